package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

// ours is onnxrun.
type ours struct{}

func newOurs(wire.Job) (wire.Engine, error) { return ours{}, nil }

func (ours) Version() string {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return "of this tree"
}

type ourSession struct {
	session *runtime.Session
	inputs  map[string]tensor.Value
	outputs map[string]*tensor.Tensor
}

func (ours) Open(job wire.Job, inputs []wire.Tensor) (wire.Session, error) {
	s, err := runtime.Open(job.Model, runtime.WithThreads(job.Threads))
	if err != nil {
		return nil, err
	}
	bound := make(map[string]tensor.Value, len(inputs))
	for _, in := range inputs {
		d, err := tensor.ParseDType(in.DType)
		if err != nil {
			return nil, err
		}
		if bound[in.Name], err = tensor.FromBytes(d, in.Shape, in.Data, nil); err != nil {
			return nil, fmt.Errorf("input %q: %w", in.Name, err)
		}
	}
	return &ourSession{session: s, inputs: bound}, nil
}

// Run writes into tensors of the shapes that the first run has found, as
// onnxruntime's runs do.
func (s *ourSession) Run() error {
	if s.outputs != nil {
		return s.session.RunInto(context.Background(), s.inputs, s.outputs)
	}
	first, err := s.session.Run(context.Background(), s.inputs)
	if err != nil {
		return err
	}
	s.outputs = make(map[string]*tensor.Tensor, len(first))
	for name, v := range first {
		t, ok := v.(*tensor.Tensor)
		if !ok {
			return fmt.Errorf("output %q is no tensor", name)
		}
		if s.outputs[name], err = tensor.New(t.DType(), t.Shape()); err != nil {
			return err
		}
	}
	return nil
}

func (s *ourSession) Outputs() ([]wire.Tensor, error) {
	var out []wire.Tensor
	for _, info := range s.session.Outputs() {
		t := s.outputs[info.Name]
		out = append(out, wire.Tensor{Name: info.Name, DType: t.DType().String(), Shape: t.Shape(), Data: t.Bytes()})
	}
	return out, nil
}
