package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/onnxrun/onnxrun/benchmarks/internal/wire"
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
	outputs map[string]tensor.Value
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

func (s *ourSession) Run() (err error) {
	s.outputs, err = s.session.Run(context.Background(), s.inputs)
	return err
}

func (s *ourSession) Outputs() ([]wire.Tensor, error) {
	var out []wire.Tensor
	for _, info := range s.session.Outputs() {
		t, ok := s.outputs[info.Name].(*tensor.Tensor)
		if !ok {
			return nil, fmt.Errorf("output %q is no tensor", info.Name)
		}
		out = append(out, wire.Tensor{Name: info.Name, DType: t.DType().String(), Shape: t.Shape(), Data: t.Bytes()})
	}
	return out, nil
}
