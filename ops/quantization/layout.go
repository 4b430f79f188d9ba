package quantization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// granularity says which elements share a scale.
type granularity struct {
	axis  int
	block int
}

// layout compares the scale with x and finds which element has which. name is
// that of the scale.
func (g granularity) layout(name string, x, scale *tensor.Tensor) (quant.Layout, error) {
	shape := x.Shape()
	if scale.Len() == 1 && scale.Rank() <= 1 {
		return quant.Whole(x.Len()), nil
	}
	if g.block < 0 {
		return quant.Layout{}, fmt.Errorf("attribute block_size: got %d, want 0 or more", g.block)
	}
	axis, err := shape.Axis(g.axis)
	if err != nil {
		return quant.Layout{}, fmt.Errorf("attribute axis: %w", err)
	}
	l := quant.Layout{Outer: shape.Span(0, axis), Axis: shape[axis], Inner: shape.Span(axis+1, len(shape))}
	if g.block == 0 {
		if scale.Rank() != 1 || scale.Dim(0) != shape[axis] {
			return l, fmt.Errorf("input 1 (%s): got %v, want one element or one for each of %d along axis %d of %v", name, scale, shape[axis], axis, x)
		}
		return l, nil
	}
	want := shape.Clone()
	if shape[axis] > 0 {
		want[axis] = (shape[axis]-1)/g.block + 1
	}
	if !scale.Shape().Equal(want) {
		return l, fmt.Errorf("input 1 (%s): got %v, want shape %v for blocks of %d along axis %d of %v", name, scale, want, g.block, axis, x)
	}
	l.Block = g.block
	return l, nil
}

// checkZero compares a zero point with the scale.
func checkZero(name string, zero, scale *tensor.Tensor) error {
	if zero == nil || zero.Shape().Equal(scale.Shape()) || zero.Len() == 1 && scale.Len() == 1 && zero.Rank() <= 1 {
		return nil
	}
	return fmt.Errorf("input 2 (%s): got %v, want the shape %v of the scale", name, zero, scale.Shape())
}

// as returns t with its elements as those of type d. What it returns is to be
// released.
func as(c *ops.Call, t *tensor.Tensor, d tensor.DType) (*tensor.Tensor, error) {
	if t.DType() == d {
		tensor.Retain(t)
		return t, nil
	}
	w, err := c.Scratch(d, t.Shape()...)
	if err != nil {
		return nil, err
	}
	return w, tensor.Convert(w, t, tensor.Conversion{})
}

// bytewise returns a view of a tensor of a type narrower than a byte as of the
// byte type that holds it.
func bytewise(t *tensor.Tensor) *tensor.Tensor {
	d := t.DType()
	switch d {
	case tensor.I4, tensor.I2:
		d = tensor.I8
	case tensor.U4, tensor.U2:
		d = tensor.U8
	default:
		return t
	}
	v, _ := t.Reinterpret(d) // of the same size, so it does not fail
	return v
}

// grain is how many elements are worth a goroutine.
const grain = 1 << 14

var (
	quantized19 = ops.Float8s | tensor.SetOf(tensor.I8, tensor.U8)
	quantized21 = quantized19 | tensor.SetOf(tensor.I16, tensor.U16, tensor.I4, tensor.U4)
	quantized25 = quantized21 | tensor.SetOf(tensor.F4E2M1, tensor.I2, tensor.U2)
	halves      = tensor.SetOf(tensor.F32, tensor.F16, tensor.BF16)
)
