package normalization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// pad is a call's scratch memory, given back as a whole.
type pad struct {
	c    *ops.Call
	held []*tensor.Tensor
}

func (p *pad) release() {
	for _, t := range p.held {
		p.c.Release(t)
	}
}

// scratch returns n numbers whose values are not set.
func scratch[W norm.Float](p *pad, n int) ([]W, error) {
	t, err := p.c.Scratch(tensor.DTypeOf[W](), n)
	if err != nil {
		return nil, err
	}
	p.held = append(p.held, t)
	return tensor.Data[W](t), nil
}

// convert returns the elements of a tensor of any float type as W: those of t
// itself where they are, otherwise a copy.
func convert[W norm.Float](p *pad, t *tensor.Tensor) ([]W, error) {
	if w, err := tensor.Values[W](t); err == nil {
		return w, nil
	}
	w, err := scratch[W](p, t.Len())
	fill(w, t)
	return w, err
}

// fill writes the elements of a tensor of any float type to dst.
func fill[W norm.Float](dst []W, t *tensor.Tensor) {
	if len(dst) == 0 {
		return
	}
	switch t.DType() {
	case tensor.F32:
		cast(dst, tensor.Data[float32](t))
	case tensor.F64:
		cast(dst, tensor.Data[float64](t))
	case tensor.F16:
		for i, v := range tensor.Data[tensor.Float16](t) {
			dst[i] = W(v.Float32())
		}
	case tensor.BF16:
		for i, v := range tensor.Data[tensor.BFloat16](t) {
			dst[i] = W(v.Float32())
		}
	}
}

// store rounds src to a tensor of any float type.
func store[S norm.Float](t *tensor.Tensor, src []S) {
	switch t.DType() {
	case tensor.F32:
		cast(tensor.Data[float32](t), src)
	case tensor.F64:
		cast(tensor.Data[float64](t), src)
	case tensor.F16:
		for i, d := 0, tensor.Data[tensor.Float16](t); i < len(d); i++ {
			d[i] = tensor.ToFloat16(float32(src[i]))
		}
	case tensor.BF16:
		for i, d := 0, tensor.Data[tensor.BFloat16](t); i < len(d); i++ {
			d[i] = tensor.ToBFloat16(float32(src[i]))
		}
	}
}

func cast[D, S norm.Float](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

// wantLen checks that a parameter has n elements.
func wantLen(t *tensor.Tensor, input int, name string, n int) error {
	if t.Len() != n {
		return fmt.Errorf("input %d (%s): got %v, want %d elements", input, name, t, n)
	}
	return nil
}
