package quantization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// DequantizeLinear is (x - x_zero_point)·x_scale, computed in float32 and
// rounded to the type of the scale, or to the one that the attribute
// output_dtype says from version 23 on. There is one scale for the tensor,
// from version 13 on one for each index on an axis, and from 21 on one for each
// block along an axis.
var dequantizeLinear10 = ops.Def{
	Name: "DequantizeLinear", Since: 10,
	Sig:   "x:T, x_scale:float32, x_zero_point?:T -> y:float32",
	Types: ops.Types{"T": tensor.SetOf(tensor.I8, tensor.U8, tensor.I32)},
	New:   func(n *ops.Node) (ops.Kernel, error) { return &dequantizeLinear{}, nil },
}

var dequantizeLinear13 = ops.Def{
	Name: "DequantizeLinear", Since: 13,
	Sig:   "x:T1, x_scale:T2, x_zero_point?:T1 -> y:T2",
	Types: ops.Types{"T1": quantized19 | tensor.SetOf(tensor.I32), "T2": halves},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &dequantizeLinear{granularity: granularity{axis: n.Int("axis", 1)}}, nil
	},
}

var dequantizeLinear21 = ops.Def{
	Name: "DequantizeLinear", Since: 21,
	Sig:   "x:T1, x_scale:T2, x_zero_point?:T1 -> y:T2",
	Types: ops.Types{"T1": quantized21 | tensor.SetOf(tensor.I32), "T2": halves},
	New:   newDequantizeLinear,
}

var dequantizeLinear23 = ops.Def{
	Name: "DequantizeLinear", Since: 23,
	Sig: "x:T1, x_scale:T2, x_zero_point?:T1 -> y:T3",
	Types: ops.Types{
		"T1": quantized25 | tensor.SetOf(tensor.I32),
		"T2": halves | tensor.SetOf(tensor.F8E8M0),
		"T3": halves,
	},
	New: func(n *ops.Node) (ops.Kernel, error) {
		d := n.DType("output_dtype", tensor.Undefined)
		if d != tensor.Undefined && !halves.Has(d) {
			return nil, fmt.Errorf("attribute output_dtype: got %v, want one of %v", d, halves)
		}
		k, err := newDequantizeLinear(n)
		if err == nil {
			k.(*dequantizeLinear).dtype = d
		}
		return k, err
	},
}

func newDequantizeLinear(n *ops.Node) (ops.Kernel, error) {
	return &dequantizeLinear{granularity: granularity{axis: n.Int("axis", 1), block: n.Int("block_size", 0)}}, nil
}

type dequantizeLinear struct {
	granularity
	dtype tensor.DType
}

func (k *dequantizeLinear) Run(c *ops.Call) error {
	x, scale, zero := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	l, err := k.layout("x_scale", x, scale)
	if err != nil {
		return err
	}
	if err := checkZero("x_zero_point", zero, scale); err != nil {
		return err
	}
	dtype := k.dtype
	if dtype == tensor.Undefined {
		if dtype = scale.DType(); dtype == tensor.F8E8M0 {
			return fmt.Errorf("input 1 (x_scale): got %v, want the attribute output_dtype to say the type of y", scale)
		}
	}
	y, err := c.Output(0, dtype, x.Shape())
	if err != nil || y.Len() == 0 {
		return err
	}
	scales, err := as(c, scale, tensor.F32)
	if err != nil {
		return err
	}
	defer c.Release(scales)
	q := &quant.Dequantizer{Layout: l, Scales: tensor.Data[float32](scales)}
	convert, release, err := dequantizer(c, q, x, zero)
	if err != nil {
		return err
	}
	defer release()
	wide := y
	if dtype != tensor.F32 {
		if wide, err = c.Scratch(tensor.F32, x.Shape()...); err != nil {
			return err
		}
		defer c.Release(wide)
	}
	out := tensor.Data[float32](wide)
	c.Pool.For(len(out), grain, func(lo, hi int) {
		convert(out[lo:hi], lo)
		if wide != y {
			_ = tensor.ConvertRange(y, wide, lo, hi, tensor.Conversion{}) // floats always convert
		}
	})
	return nil
}

// dequantizer returns how to write the numbers that the elements of x from lo
// on stand for.
func dequantizer(c *ops.Call, q *quant.Dequantizer, x, zero *tensor.Tensor) (f func(dst []float32, lo int), release func(), err error) {
	release = func() {}
	switch x.DType() {
	case tensor.I16:
		return words[int16](q, x, zero), release, nil
	case tensor.U16:
		return words[uint16](q, x, zero), release, nil
	case tensor.I32:
		return words[int32](q, x, zero), release, nil
	}
	if zero != nil {
		z, err := as(c, zero, tensor.F32)
		if err != nil {
			return nil, release, err
		}
		release = func() { c.Release(z) }
		q.Zeros = tensor.Data[float32](z)
	}
	values, err := quant.ByteValues(x.DType())
	return func(dst []float32, lo int) { q.Bytes(dst, x.Bytes(), values, lo) }, release, err
}

func words[T int16 | uint16 | int32](q *quant.Dequantizer, x, zero *tensor.Tensor) func([]float32, int) {
	in := tensor.Data[T](x)
	var zeros []T
	if zero != nil {
		zeros = tensor.Data[T](zero)
	}
	return func(dst []float32, lo int) { quant.Words(q, zeros, dst, in, lo) }
}
