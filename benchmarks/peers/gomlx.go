package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"
	_ "github.com/gomlx/gomlx/backends/simplego" // the backend in pure Go
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/onnx-gomlx/onnx"
	"github.com/onnxrun/onnxrun/benchmarks/wire"
)

// gomlx is onnx-gomlx on its backend in pure Go. A model becomes a graph, with
// its weights as variables, which is compiled in the first run.
type gomlx struct{}

func newGomlx(wire.Job) (wire.Engine, error) { return gomlx{}, nil }

func (gomlx) Version() string { return wire.ModuleVersion("github.com/gomlx/onnx-gomlx") }

type gomlxSession struct {
	exec    *context.Exec
	inputs  []any
	names   []string
	outputs []*tensors.Tensor
}

func (gomlx) Open(job wire.Job, inputs []wire.Tensor) (wire.Session, error) {
	model, err := onnx.ReadFile(job.Model)
	if err != nil {
		return nil, err
	}
	backend, err := backends.NewWithConfig(fmt.Sprintf("go:parallelism=%d", job.Threads))
	if err != nil {
		return nil, err
	}
	ctx := context.New()
	if err := model.VariablesToContext(ctx); err != nil {
		return nil, err
	}
	s := &gomlxSession{names: job.Outputs}
	for _, in := range inputs {
		d, err := dtypes.DTypeString(in.DType)
		if err != nil {
			return nil, err
		}
		t := tensors.FromShape(shapes.Make(d, in.Shape...))
		if err := t.MutableBytes(func(b []byte) { copy(b, in.Data) }); err != nil {
			return nil, err
		}
		s.inputs = append(s.inputs, t)
	}
	s.exec, err = context.NewExec(backend, ctx.Reuse(), func(ctx *context.Context, nodes []*graph.Node) []*graph.Node {
		named := make(map[string]*graph.Node, len(nodes))
		for i, n := range nodes {
			named[inputs[i].Name] = n
		}
		return model.CallGraph(ctx, nodes[0].Graph(), named, job.Outputs...)
	})
	return s, err
}

func (s *gomlxSession) Run() (err error) {
	for _, t := range s.outputs {
		if err := t.FinalizeAll(); err != nil {
			return err
		}
	}
	s.outputs, err = s.exec.Exec(s.inputs...)
	return err
}

func (s *gomlxSession) Outputs() ([]wire.Tensor, error) {
	var out []wire.Tensor
	for i, t := range s.outputs {
		w := wire.Tensor{Name: s.names[i], DType: strings.ToLower(t.DType().String()), Shape: t.Shape().Dimensions}
		if err := t.ConstBytes(func(b []byte) { w.Data = slices.Clone(b) }); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}
