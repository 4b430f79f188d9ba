package main

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
	"github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/x/gorgonnx"
	"gorgonia.org/tensor"
)

// onnxGo is onnx-go on its backend gorgonnx, which works on one thread.
type onnxGo struct{}

func newOnnxGo(wire.Job) (wire.Engine, error) { return onnxGo{}, nil }

func (onnxGo) Version() string { return wire.ModuleVersion("github.com/owulveryck/onnx-go") }

type onnxGoSession struct {
	backend *gorgonnx.Graph
	model   *onnx.Model
	names   []string
}

func (onnxGo) Open(job wire.Job, inputs []wire.Tensor) (wire.Session, error) {
	b, err := os.ReadFile(job.Model)
	if err != nil {
		return nil, err
	}
	s := &onnxGoSession{backend: gorgonnx.NewGraph(), names: job.Outputs}
	s.model = onnx.NewModel(s.backend)
	if err := s.model.UnmarshalBinary(b); err != nil {
		return nil, err
	}
	if len(s.model.Input) != len(inputs) {
		return nil, fmt.Errorf("it sees %d inputs, not %d", len(s.model.Input), len(inputs))
	}
	for i, in := range inputs {
		elements, err := slice(&in)
		if err != nil {
			return nil, err
		}
		if err := s.model.SetInput(i, tensor.New(tensor.WithShape(in.Shape...), tensor.WithBacking(elements))); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// slice returns the elements as a slice of their type, in the same memory.
func slice(t *wire.Tensor) (any, error) {
	p := unsafe.Pointer(unsafe.SliceData(t.Data))
	n := len(t.Data) / wire.ElementSize(t.DType)
	switch t.DType {
	case "float32":
		return unsafe.Slice((*float32)(p), n), nil
	case "int64":
		return unsafe.Slice((*int64)(p), n), nil
	case "int32":
		return unsafe.Slice((*int32)(p), n), nil
	case "uint8":
		return t.Data, nil
	case "bool":
		return unsafe.Slice((*bool)(p), n), nil
	}
	return nil, fmt.Errorf("no input of type %s", t.DType)
}

func (s *onnxGoSession) Run() error { return s.backend.Run() }

func (s *onnxGoSession) Outputs() ([]wire.Tensor, error) {
	found, err := s.model.GetOutputTensors()
	if err != nil {
		return nil, err
	}
	if len(found) != len(s.names) {
		return nil, fmt.Errorf("it has %d outputs, not %d", len(found), len(s.names))
	}
	var out []wire.Tensor
	for i, t := range found {
		w := wire.Tensor{Name: s.names[i], DType: t.Dtype().String(), Shape: t.Shape()}
		switch v := t.Data().(type) {
		case []float32:
			w.Data = bytesOf(v)
		case []int64:
			w.Data = bytesOf(v)
		default:
			return nil, fmt.Errorf("output %q is %T", w.Name, v)
		}
		out = append(out, w)
	}
	return out, nil
}

func bytesOf[T any](v []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(*new(T))))
}
