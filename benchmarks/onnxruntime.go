package main

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
	ort "github.com/yalue/onnxruntime_go"
)

// ortEngine is onnxruntime's C library on the CPU with its defaults: all graph
// optimizations, sequential execution, memory arena and pattern, worker threads
// that spin between two loops.
type ortEngine struct{}

func newORT(job wire.Job) (wire.Engine, error) {
	if job.Library == "" {
		return nil, errors.New("the path of onnxruntime's library was not given")
	}
	ort.SetSharedLibraryPath(job.Library)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return nil, err
	}
	return ortEngine{}, nil
}

func (ortEngine) Version() string { return ort.GetVersion() }

type ortSession struct {
	session *ort.DynamicAdvancedSession
	names   []string
	inputs  []ort.Value
	outputs []wire.Tensor
	binding *ort.IoBinding // of inputs and outputs, from the second run on
}

func (ortEngine) Open(job wire.Job, inputs []wire.Tensor) (wire.Session, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	if err := errors.Join(
		options.SetIntraOpNumThreads(job.Threads),
		options.SetExecutionMode(ort.ExecutionModeSequential),
		options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
	); err != nil {
		return nil, err
	}
	s := &ortSession{names: job.Outputs}
	var in []string
	for _, t := range inputs {
		v, err := ortValue(&t)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", t.Name, err)
		}
		in, s.inputs = append(in, t.Name), append(s.inputs, v)
	}
	s.session, err = ort.NewDynamicAdvancedSession(job.Model, in, s.names, options)
	if err != nil {
		return nil, err
	}
	if s.binding, err = s.session.CreateIoBinding(); err != nil {
		return nil, err
	}
	for i, name := range in {
		if err := s.binding.BindInput(name, s.inputs[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Run binds outputs of the shapes that the first run has found, so that later
// ones write them in place.
func (s *ortSession) Run() error {
	if s.outputs != nil {
		return s.session.RunWithBinding(s.binding)
	}
	values := make([]ort.Value, len(s.names))
	if err := s.session.Run(s.inputs, values); err != nil {
		return err
	}
	for i, v := range values {
		t, err := ortTensor(s.names[i], v)
		if err != nil {
			return err
		}
		s.outputs = append(s.outputs, t)
		bound, err := ortValue(&s.outputs[i])
		if err != nil {
			return err
		}
		if err := errors.Join(s.binding.BindOutput(s.names[i], bound), v.Destroy()); err != nil {
			return err
		}
	}
	return nil
}

func (s *ortSession) Outputs() ([]wire.Tensor, error) { return s.outputs, nil }

var ortTypes = map[string]ort.TensorElementDataType{
	"float32": ort.TensorElementDataTypeFloat,
	"float64": ort.TensorElementDataTypeDouble,
	"int32":   ort.TensorElementDataTypeInt32,
	"int64":   ort.TensorElementDataTypeInt64,
	"int8":    ort.TensorElementDataTypeInt8,
	"uint8":   ort.TensorElementDataTypeUint8,
	"bool":    ort.TensorElementDataTypeBool,
}

// ortValue makes a value of the tensor's own memory.
func ortValue(t *wire.Tensor) (ort.Value, error) {
	shape := make(ort.Shape, len(t.Shape))
	for i, d := range t.Shape {
		shape[i] = int64(d)
	}
	return ort.NewCustomDataTensor(shape, t.Data, ortTypes[t.DType])
}

// ortTensor makes a tensor of a value's type and shape.
func ortTensor(name string, v ort.Value) (wire.Tensor, error) {
	for dtype, d := range ortTypes {
		if d != ort.TensorElementDataType(v.DataType()) {
			continue
		}
		in := wire.Input{DType: dtype}
		for _, n := range v.GetShape() {
			in.Shape = append(in.Shape, int(n))
		}
		return wire.Tensor{Name: name, DType: dtype, Shape: in.Shape, Data: wire.Aligned(in.Bytes())}, nil
	}
	return wire.Tensor{}, fmt.Errorf("output %q has an element type that the benchmark does not know", name)
}
