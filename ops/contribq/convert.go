package contribq

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/quantization"
	"github.com/onnxrun/onnxrun/tensor"
)

// QuantizeLinear and DequantizeLinear are those of the standard, which came to
// have the types that were missing there: 16 and 4 bits.
var quantizeLinear1 = ops.Def{
	Domain: domain, Name: "QuantizeLinear", Since: 1,
	Sig: "x:T1, y_scale:T1, y_zero_point?:T2 -> y:T2",
	Types: ops.Types{
		"T1": tensor.SetOf(tensor.F32, tensor.F16),
		"T2": ops.Float8s | tensor.SetOf(tensor.I8, tensor.U8, tensor.I16, tensor.U16, tensor.I4, tensor.U4),
	},
	New: standard(quantization.Defs, "QuantizeLinear", 21),
}

var dequantizeLinear1 = ops.Def{
	Domain: domain, Name: "DequantizeLinear", Since: 1,
	Sig: "x:T1, x_scale:T2, x_zero_point?:T1 -> y:T2",
	Types: ops.Types{
		"T1": ops.Float8s | tensor.SetOf(tensor.I8, tensor.U8, tensor.I16, tensor.U16, tensor.I32, tensor.I4, tensor.U4),
		"T2": tensor.SetOf(tensor.F32, tensor.F16),
	},
	New: standard(quantization.Defs, "DequantizeLinear", 21),
}

// grain is how many elements are worth a goroutine.
const grain = 1 << 14

// params are the scale and the zero point of a tensor of bytes.
type params struct {
	scale float32
	zero  int32
}

// paramsOf reads a scale and a zero point, which may be absent, from a call's
// inputs, for a tensor of type d.
func paramsOf(c *ops.Call, scale, zero int, d tensor.DType) (p params, err error) {
	s, z := c.Tensor(scale), c.Tensor(zero)
	if s == nil || s.DType() != tensor.F32 || s.Len() != 1 {
		return p, fmt.Errorf("input %d: got %v, want a scale, one float32", scale, tensor.Describe(c.Inputs[scale]))
	}
	p.scale = tensor.Data[float32](s)[0]
	if z == nil {
		return p, nil
	}
	if z.DType() != d || z.Len() != 1 {
		return p, fmt.Errorf("input %d: got %v, want a zero point, one %v", zero, z, d)
	}
	p.zero = byteAt(z, 0)
	return p, nil
}

// byteAt returns an element of an int8 or uint8 tensor.
func byteAt(t *tensor.Tensor, i int) int32 {
	if t.DType() == tensor.I8 {
		return int32(tensor.Data[int8](t)[i])
	}
	return int32(tensor.Data[uint8](t)[i])
}

// dequantize returns the numbers that the elements of a tensor of bytes stand
// for, to be released.
func dequantize(c *ops.Call, x *tensor.Tensor, p params) (*tensor.Tensor, error) {
	w, err := c.Scratch(tensor.F32, x.Shape()...)
	if err != nil {
		return nil, err
	}
	values, err := quant.ByteValues(x.DType())
	if err != nil || x.Len() == 0 {
		return w, err
	}
	q := &quant.Dequantizer{Layout: quant.Whole(x.Len()), Scales: []float32{p.scale}, Zeros: []float32{float32(p.zero)}}
	out := tensor.Data[float32](w)
	c.Pool.For(len(out), grain, func(lo, hi int) { q.Bytes(out[lo:hi], x.Bytes(), values, lo) })
	return w, nil
}

// quantize writes numbers to a tensor of bytes of the same size.
func quantize(c *ops.Call, y, x *tensor.Tensor, p params) {
	if y.Len() == 0 {
		return
	}
	lo, hi, _ := quant.Bounds(y.DType())
	q := &quant.Quantizer{Layout: quant.Whole(y.Len()), Scales: []float32{p.scale}, Zeros: []int32{p.zero}, Lo: lo, Hi: hi}
	in := tensor.Data[float32](x)
	load := func(buf []float32, at int) []float32 { return in[at : at+len(buf)] }
	c.Pool.For(y.Len(), grain, func(from, to int) {
		if y.DType() == tensor.I8 {
			quant.Run(q, tensor.Data[int8](y)[from:to], from, load)
		} else {
			quant.Run(q, tensor.Data[uint8](y)[from:to], from, load)
		}
	})
}
