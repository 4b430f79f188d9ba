package contribq

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// QAttention is com.microsoft's Attention with a quantized input and quantized
// weights, which may have a scale and a zero point for each column. Both are
// multiplied as the numbers that they stand for.
var qAttention1 = ops.Def{
	Domain: domain, Name: "QAttention", Since: 1,
	Sig: "input:T1, weight:T2, bias:T3, input_scale:T3, weight_scale:T3, mask_index?:T4, input_zero_point?:T1, weight_zero_point?:T2, past?:T3" +
		" -> output:T3, present?:T3",
	Types: ops.Types{"T1": byteTypes, "T2": byteTypes, "T3": tensor.SetOf(tensor.F32), "T4": tensor.SetOf(tensor.I32)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &qAttention{}
		in := inner{
			op: "Attention", domain: domain, opset: 1,
			attrs:     pass(n, "num_heads", "unidirectional", "mask_filter_value", "scale", "do_rotary", "past_present_share_buffer"),
			constants: make([]*tensor.Tensor, 5),
		}
		w, scale, zero := n.Constant(1), n.Constant(4), n.Constant(7)
		if w != nil && scale != nil && (zero != nil || !n.HasInput(7)) && checkColumns(w, scale, zero) == nil {
			t, err := tensor.New(tensor.F32, w.Shape())
			if err != nil {
				return nil, err
			}
			if err := dequantizeColumns(t, w, scale, zero); err != nil {
				return nil, err
			}
			k.weights, in.constants[1] = t, t
		}
		var err error
		k.attention, err = in.build()
		return k, err
	},
}

type qAttention struct {
	attention ops.Kernel
	weights   *tensor.Tensor // as float32, where they are constant
}

func (k *qAttention) Run(c *ops.Call) error {
	p, err := paramsOf(c, 3, 6, c.Tensor(0).DType())
	if err != nil {
		return err
	}
	x, err := dequantize(c, c.Tensor(0), p)
	if err != nil {
		return err
	}
	defer c.Release(x)
	weights := k.weights
	if weights == nil {
		w, scale, zero := c.Tensor(1), c.Tensor(4), c.Tensor(7)
		if err := checkColumns(w, scale, zero); err != nil {
			return err
		}
		if weights, err = c.Scratch(tensor.F32, w.Shape()...); err != nil {
			return err
		}
		defer c.Release(weights)
		if err := dequantizeColumns(weights, w, scale, zero); err != nil {
			return err
		}
	}
	out, err := call(c, k.attention, len(c.Outputs), x, weights, c.Tensor(2), c.Tensor(5), c.Tensor(8))
	if err != nil {
		return err
	}
	for i, t := range out {
		if t != nil {
			c.GiveOutput(i, t)
		}
	}
	return nil
}

func checkColumns(w, scale, zero *tensor.Tensor) error {
	if w.Rank() != 2 {
		return fmt.Errorf("input 1 (weight): got %v, want a matrix", w)
	}
	for _, t := range []*tensor.Tensor{scale, zero} {
		if t != nil && t.Len() != 1 && (t.Rank() != 1 || t.Len() != w.Dim(1)) {
			return fmt.Errorf("input 4 (weight_scale), 7 (weight_zero_point): got %v, want one element or one for each of %d columns", t, w.Dim(1))
		}
	}
	if zero != nil && scale.Len() == 1 && zero.Len() != 1 {
		return fmt.Errorf("input 7 (weight_zero_point): got %v, want one element as input 4 (weight_scale) has", zero)
	}
	return nil
}

// dequantizeColumns writes the numbers that weights stand for.
func dequantizeColumns(dst, w, scale, zero *tensor.Tensor) error {
	if w.Len() == 0 {
		return nil
	}
	q := &quant.Dequantizer{Layout: quant.Whole(w.Len()), Scales: tensor.Data[float32](scale)}
	if scale.Len() != 1 {
		q.Layout = quant.Layout{Outer: w.Dim(0), Axis: w.Dim(1), Inner: 1}
	}
	if zero != nil {
		q.Zeros = make([]float32, scale.Len())
		for i := range q.Zeros {
			q.Zeros[i] = float32(byteAt(zero, i%zero.Len()))
		}
	}
	values, err := quant.ByteValues(w.DType())
	if err != nil {
		return err
	}
	q.Bytes(tensor.Data[float32](dst), w.Bytes(), values, 0)
	return nil
}
