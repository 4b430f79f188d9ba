//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	onnxgo "github.com/owulveryck/onnx-go"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// session is the graph made ready to run.
type session struct {
	options []runtime.Option
	plan    *runtime.Session // nil where the graph has changed
	model   *model           // of plan
	runs    int              // that were successful
	inputs  map[string]tensor.Value
}

// discard makes the next run plan anew.
func (s *session) discard() {
	if s.plan != nil {
		s.plan.Close()
		s.plan, s.model = nil, nil
	}
}

// Run computes the tensors of the outputs. It returns an
// *onnx.ErrNotImplemented of onnx-go where the graph has what cannot be run
// here; another error says what is wrong with the graph or its inputs.
func (g *Graph) Run() error {
	if err := g.prepare(); err != nil {
		return asOnnxGo(err)
	}
	in, err := g.session.model.bind(nil)
	if err != nil {
		return asOnnxGo(err)
	}
	out, err := g.session.plan.Run(context.Background(), in)
	if err != nil {
		return asOnnxGo(err)
	}
	g.session.runs++
	g.session.inputs = in
	if err := g.store(out); err != nil {
		return asOnnxGo(err)
	}
	return nil
}

// prepare plans the graph if it has changed. A panic while it does, in gorgonia
// or because of a mistake of ours, becomes an error as those of kernels do.
func (g *Graph) prepare() (err error) {
	if g.err != nil {
		return g.err
	}
	if g.session.plan != nil {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = &runtime.PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	m, err := g.model()
	if err != nil {
		return err
	}
	p, err := runtime.New(m.onnx, g.session.options...)
	if err != nil {
		return err
	}
	g.session.plan, g.session.model = p, m
	return nil
}

// bind collects the inputs: those given, and for the rest what their nodes have.
func (m *model) bind(given map[string]tensor.Value) (map[string]tensor.Value, error) {
	in := make(map[string]tensor.Value, len(m.inputs))
	for name, n := range m.inputs {
		if v, ok := given[name]; ok {
			in[name] = v
			continue
		}
		if n.value.tensor == nil {
			return nil, fmt.Errorf("input %v has no tensor", n)
		}
		t, err := fromGorgonia(n.value.tensor)
		if err == nil {
			t, err = exactly(t, n.value.declared)
		}
		if err != nil {
			return nil, fmt.Errorf("input %v: %w", n, err)
		}
		in[name] = t
	}
	return in, nil
}

// store gives the nodes of the outputs the tensors of the last run.
func (g *Graph) store(out map[string]tensor.Value) error {
	for name, n := range g.session.model.outputs {
		if n.value.run == g.session.runs {
			continue // it has one of this run
		}
		t, err := toGorgonia(out[name])
		if err != nil {
			return fmt.Errorf("output %v: %w", n, err)
		}
		n.value.tensor, n.value.run = t, g.session.runs
	}
	return nil
}

// compute runs the graph once more for a value that the last run has not kept,
// which has been asked for now, and leaves the other outputs as they are.
func (g *Graph) compute(v *value) {
	g.session.discard()
	v.tensor = nil
	if g.prepare() != nil {
		return
	}
	in, err := g.session.model.bind(g.session.inputs)
	if err != nil {
		return
	}
	out, err := g.session.plan.Run(context.Background(), in)
	if err != nil {
		return
	}
	g.store(out) // an error leaves the tensor nil, which says it
}

// asOnnxGo returns the error that onnx-go's users expect: for what is not
// supported a plain *onnx.ErrNotImplemented, which they compare by its type.
func asOnnxGo(err error) error {
	var known *onnxgo.ErrNotImplemented
	if errors.As(err, &known) {
		return known
	}
	if !errors.Is(err, runtime.ErrUnsupported) {
		return fmt.Errorf("onnxgo: %w", err)
	}
	n := &onnxgo.ErrNotImplemented{Message: err.Error()}
	var node *runtime.NodeError
	if errors.As(err, &node) {
		n.Operator = node.Op
	}
	return n
}
