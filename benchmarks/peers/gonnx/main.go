// Gonnx serves github.com/advancedclimatesystems/gonnx to the benchmark.
package main

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/advancedclimatesystems/gonnx"
	"github.com/onnxrun/onnxrun/benchmarks/wire"
	"gorgonia.org/tensor"
)

func main() {
	err := wire.Serve(map[string]func(wire.Job) (wire.Engine, error){
		"gonnx": func(wire.Job) (wire.Engine, error) { return engine{}, nil },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "gonnx:", err)
		os.Exit(1)
	}
}

// engine is gonnx, which works on one thread and knows operator set 13.
type engine struct{}

func (engine) Version() string { return wire.ModuleVersion("github.com/advancedclimatesystems/gonnx") }

type session struct {
	model           *gonnx.Model
	inputs, outputs gonnx.Tensors
	names           []string
}

func (engine) Open(job wire.Job, inputs []wire.Tensor) (wire.Session, error) {
	m, err := gonnx.NewModelFromFile(job.Model)
	if err != nil {
		return nil, err
	}
	s := &session{model: m, inputs: gonnx.Tensors{}, names: job.Outputs}
	for _, in := range inputs {
		p, n := unsafe.Pointer(unsafe.SliceData(in.Data)), len(in.Data)/wire.ElementSize(in.DType)
		var elements any
		switch in.DType {
		case "float32":
			elements = unsafe.Slice((*float32)(p), n)
		case "int64":
			elements = unsafe.Slice((*int64)(p), n)
		case "uint8":
			elements = in.Data
		default:
			return nil, fmt.Errorf("no input of type %s", in.DType)
		}
		s.inputs[in.Name] = tensor.New(tensor.WithShape(in.Shape...), tensor.WithBacking(elements))
	}
	return s, nil
}

func (s *session) Run() (err error) {
	s.outputs, err = s.model.Run(s.inputs)
	return err
}

func (s *session) Outputs() ([]wire.Tensor, error) {
	var out []wire.Tensor
	for _, name := range s.names {
		t := s.outputs[name]
		if t == nil {
			return nil, fmt.Errorf("no output %q", name)
		}
		w := wire.Tensor{Name: name, DType: t.Dtype().String(), Shape: t.Shape()}
		switch v := t.Data().(type) {
		case []float32:
			w.Data = bytesOf(v)
		case []int64:
			w.Data = bytesOf(v)
		default:
			return nil, fmt.Errorf("output %q is %T", name, v)
		}
		out = append(out, w)
	}
	return out, nil
}

func bytesOf[T any](v []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(*new(T))))
}
