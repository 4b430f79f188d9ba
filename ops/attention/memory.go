package attention

import (
	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// memory is a call's scratch memory, given back as a whole.
type memory struct {
	c    *ops.Call
	held []*tensor.Tensor
}

func (m *memory) release() {
	for _, t := range m.held {
		m.c.Release(t)
	}
}

// scratch returns a tensor whose elements are not set.
func (m *memory) scratch(d tensor.DType, shape ...int) (*tensor.Tensor, error) {
	t, err := m.c.Scratch(d, shape...)
	if err == nil {
		m.held = append(m.held, t)
	}
	return t, err
}

// floats returns n numbers whose values are not set.
func floats[W attention.Float](m *memory, n int) ([]W, error) {
	t, err := m.scratch(tensor.DTypeOf[W](), n)
	if err != nil {
		return nil, err
	}
	return tensor.Data[W](t), nil
}

// wide returns the elements of t as W: those of t itself where that is their
// type, otherwise converted ones.
func wide[W attention.Float](m *memory, t *tensor.Tensor) ([]W, error) {
	if w, err := tensor.Values[W](t); err == nil {
		return w, nil
	}
	w, err := m.scratch(tensor.DTypeOf[W](), t.Shape()...)
	if err != nil {
		return nil, err
	}
	return tensor.Data[W](w), tensor.Convert(w, t, tensor.Conversion{})
}

// result is an output that a kernel writes as W, whatever its element type.
type result[W attention.Float] struct {
	out  *tensor.Tensor
	wide *tensor.Tensor // out where its elements are W
	data []W
}

// output makes output i for elements of type d.
func output[W attention.Float](m *memory, i int, d tensor.DType, shape tensor.Shape) (r result[W], err error) {
	if r.out, err = m.c.Output(i, d, shape); err != nil {
		return r, err
	}
	r.wide = r.out
	if d != tensor.DTypeOf[W]() {
		if r.wide, err = m.scratch(tensor.DTypeOf[W](), shape...); err != nil {
			return r, err
		}
	}
	r.data = tensor.Data[W](r.wide)
	return r, nil
}

// done rounds what has been written.
func (r *result[W]) done() error {
	if r.out == r.wide {
		return nil
	}
	return tensor.Convert(r.out, r.wide, tensor.Conversion{})
}
