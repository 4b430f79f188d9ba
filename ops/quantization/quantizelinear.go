package quantization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// QuantizeLinear is saturate(round(x / y_scale) + y_zero_point), ties to even.
// There is one scale for the tensor, from version 13 on one for each index on
// an axis, and from 21 on one for each block along an axis. The output has the
// type of the zero point; from 21 on the attribute output_dtype may say it.
//
// Quotients are computed in the type of the scale (a power of two as scale
// leaves x its own), from 23 on in that of the attribute precision. NaN becomes
// the least integer. A small float gets the zero point added before it is
// rounded.
var quantizeLinear10 = ops.Def{
	Name: "QuantizeLinear", Since: 10,
	Sig:   "x:T1, y_scale:float32, y_zero_point?:T2 -> y:T2",
	Types: ops.Types{"T1": tensor.SetOf(tensor.F32, tensor.I32), "T2": tensor.SetOf(tensor.I8, tensor.U8)},
	New:   func(n *ops.Node) (ops.Kernel, error) { return &quantizeLinear{saturate: true}, nil },
}

var quantizeLinear13 = ops.Def{
	Name: "QuantizeLinear", Since: 13,
	Sig:   "x:T1, y_scale:float32, y_zero_point?:T2 -> y:T2",
	Types: ops.Types{"T1": tensor.SetOf(tensor.F32, tensor.I32), "T2": tensor.SetOf(tensor.I8, tensor.U8)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &quantizeLinear{granularity: granularity{axis: n.Int("axis", 1)}, saturate: true}, nil
	},
}

var quantizeLinear19 = ops.Def{
	Name: "QuantizeLinear", Since: 19,
	Sig:   "x:T1, y_scale:T1, y_zero_point?:T2 -> y:T2",
	Types: ops.Types{"T1": halves | tensor.SetOf(tensor.I32), "T2": quantized19},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &quantizeLinear{
			granularity: granularity{axis: n.Int("axis", 1)},
			saturate:    n.Bool("saturate", true),
		}, nil
	},
}

var quantizeLinear21 = ops.Def{
	Name: "QuantizeLinear", Since: 21,
	Sig:   "x:T1, y_scale:T1, y_zero_point?:T2 -> y:T2",
	Types: ops.Types{"T1": halves | tensor.SetOf(tensor.I32), "T2": quantized21},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newQuantizeLinear(n, quantized21)
	},
}

var quantizeLinear23 = ops.Def{
	Name: "QuantizeLinear", Since: 23,
	Sig: "x:T1, y_scale:T2, y_zero_point?:T3 -> y:T3",
	Types: ops.Types{
		"T1": halves | tensor.SetOf(tensor.I32),
		"T2": halves | tensor.SetOf(tensor.I32, tensor.F8E8M0),
		"T3": quantized25,
	},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newQuantizeLinear(n, quantized25)
		if err != nil {
			return nil, err
		}
		k.precision = n.DType("precision", tensor.Undefined)
		switch k.precision {
		case tensor.Undefined, tensor.F32, tensor.F16, tensor.BF16:
			return k, nil
		}
		return nil, fmt.Errorf("attribute precision: got %v, want one of %v", k.precision, halves)
	},
}

func newQuantizeLinear(n *ops.Node, types tensor.DTypes) (*quantizeLinear, error) {
	k := &quantizeLinear{
		granularity: granularity{axis: n.Int("axis", 1), block: n.Int("block_size", 0)},
		saturate:    n.Bool("saturate", true),
		dtype:       n.DType("output_dtype", tensor.Undefined),
	}
	if k.dtype != tensor.Undefined && !types.Has(k.dtype) {
		return nil, fmt.Errorf("attribute output_dtype: got %v, want one of %v", k.dtype, types)
	}
	return k, nil
}

type quantizeLinear struct {
	granularity
	saturate  bool // of float8
	dtype     tensor.DType
	precision tensor.DType
}

func (k *quantizeLinear) Run(c *ops.Call) error {
	x, scale, zero := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	l, err := k.layout("y_scale", x, scale)
	if err != nil {
		return err
	}
	if err := checkZero("y_zero_point", zero, scale); err != nil {
		return err
	}
	dtype := tensor.U8
	switch {
	case zero != nil && k.dtype != tensor.Undefined && k.dtype != zero.DType():
		return fmt.Errorf("input 2 (y_zero_point): got %v, the attribute output_dtype says %v", zero, k.dtype)
	case zero != nil:
		dtype = zero.DType()
	case k.dtype != tensor.Undefined:
		dtype = k.dtype
	}
	y, err := c.Output(0, dtype, x.Shape())
	if err != nil || y.Len() == 0 {
		return err
	}
	lo, hi, isInt := quant.Bounds(dtype)
	q := &quant.Quantizer{Layout: l, Lo: lo, Hi: hi, Round: rounding(k.precision, scale.DType())}
	if zero != nil && isInt {
		zeros, err := as(c, zero, tensor.I32)
		if err != nil {
			return err
		}
		defer c.Release(zeros)
		q.Zeros = tensor.Data[int32](zeros)
	}
	out := bytewise(y)
	if isInt && x.DType() == tensor.I32 && scale.DType() == tensor.I32 && k.precision == tensor.Undefined {
		return runInt32(c, q, out, x, scale)
	}
	scales, err := as(c, scale, tensor.F32)
	if err != nil {
		return err
	}
	defer c.Release(scales)
	q.Scales = tensor.Data[float32](scales)
	if !isInt {
		return k.smallFloats(c, q, y, x, zero)
	}
	load := loader(x)
	switch out.DType() {
	case tensor.I8:
		runInt(c, q, tensor.Data[int8](out), load)
	case tensor.U8:
		runInt(c, q, tensor.Data[uint8](out), load)
	case tensor.I16:
		runInt(c, q, tensor.Data[int16](out), load)
	case tensor.U16:
		runInt(c, q, tensor.Data[uint16](out), load)
	}
	return nil
}

type loadFunc = func(buf []float32, at int) []float32

func runInt[T quant.Integer](c *ops.Call, q *quant.Quantizer, y []T, load loadFunc) {
	c.Pool.For(len(y), grain, func(lo, hi int) { quant.Run(q, y[lo:hi], lo, load) })
}

func runInt32(c *ops.Call, q *quant.Quantizer, y, x, scale *tensor.Tensor) error {
	in, scales := tensor.Data[int32](x), tensor.Data[int32](scale)
	c.Pool.For(x.Len(), grain, func(lo, hi int) {
		switch y.DType() {
		case tensor.I8:
			quant.Int32(q, scales, tensor.Data[int8](y)[lo:hi], in, lo)
		case tensor.U8:
			quant.Int32(q, scales, tensor.Data[uint8](y)[lo:hi], in, lo)
		case tensor.I16:
			quant.Int32(q, scales, tensor.Data[int16](y)[lo:hi], in, lo)
		case tensor.U16:
			quant.Int32(q, scales, tensor.Data[uint16](y)[lo:hi], in, lo)
		}
	})
	return nil
}

// smallFloats quantizes to float8 and float4. The zero points of float8 are
// usually 0 and then leave a negative zero its sign.
func (k *quantizeLinear) smallFloats(c *ops.Call, q *quant.Quantizer, y, x, zero *tensor.Tensor) error {
	var zeros []float32
	if zero != nil {
		z, err := as(c, zero, tensor.F32)
		if err != nil {
			return err
		}
		defer c.Release(z)
		for _, v := range tensor.Data[float32](z) {
			if v != 0 || y.DType() == tensor.F4E2M1 {
				zeros = tensor.Data[float32](z)
				break
			}
		}
	}
	v, err := c.Scratch(tensor.F32, x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(v)
	load, quotients := loader(x), tensor.Data[float32](v)
	o := tensor.Conversion{NoSaturate: !k.saturate}
	c.Pool.For(x.Len(), grain, func(lo, hi int) {
		quant.Quotients(q, zeros, quotients[lo:hi], lo, load)
		_ = tensor.ConvertRange(y, v, lo, hi, o) // numbers always convert
	})
	return nil
}

// loader returns how to read elements of x as float32.
func loader(x *tensor.Tensor) loadFunc {
	switch x.DType() {
	case tensor.F32:
		l := tensor.Data[float32](x)
		return func(buf []float32, at int) []float32 { return l[at : at+len(buf)] }
	case tensor.F16:
		l := tensor.Data[tensor.Float16](x)
		return func(buf []float32, at int) []float32 {
			tensor.WidenSlice(buf, l[at:at+len(buf)])
			return buf
		}
	case tensor.BF16:
		l := tensor.Data[tensor.BFloat16](x)
		return func(buf []float32, at int) []float32 {
			tensor.WidenSlice(buf, l[at:at+len(buf)])
			return buf
		}
	}
	l := tensor.Data[int32](x)
	return func(buf []float32, at int) []float32 {
		for i, v := range l[at : at+len(buf)] {
			buf[i] = float32(v)
		}
		return buf
	}
}

// rounding returns how quotients of float32 become those of the precision
// asked for, or of the scale's; nil where they are.
func rounding(precision, scale tensor.DType) func([]float32) {
	if precision == tensor.Undefined {
		precision = scale
	}
	switch precision {
	case tensor.F16:
		return func(v []float32) {
			for i, f := range v {
				v[i] = tensor.ToFloat16(f).Float32()
			}
		}
	case tensor.BF16:
		return func(v []float32) {
			for i, f := range v {
				v[i] = tensor.ToBFloat16(f).Float32()
			}
		}
	}
	return nil
}
