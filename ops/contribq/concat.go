package contribq

import (
	"fmt"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// QLinearConcat joins tensors of different scales: each of the inputs is
// followed by its scale and zero point.
var qLinearConcat1 = ops.Def{
	Domain: domain, Name: "QLinearConcat", Since: 1,
	Sig:   "Y_scale:float32, Y_zero_point:T, inputs+:any -> Y:T",
	Types: ops.Types{"T": byteTypes},
	New: func(n *ops.Node) (ops.Kernel, error) {
		count := len(n.Inputs) - 2
		if count%3 != 0 {
			return nil, fmt.Errorf("got %d inputs after input 1, want a tensor, a scale and a zero point each", count)
		}
		axis := &onnx.Attr{Name: "axis", Kind: onnx.AttrInt, Int: int64(n.RequiredInt("axis"))}
		k, err := inner{op: "Concat", attrs: []*onnx.Attr{axis}, constants: make([]*tensor.Tensor, count/3)}.build()
		return ops.Func(func(c *ops.Call) error { return concat(c, k) }), err
	},
}

func concat(c *ops.Call, k ops.Kernel) error {
	d := c.Tensor(1).DType()
	py, err := paramsOf(c, 0, 1, d)
	if err != nil {
		return err
	}
	in := make([]*tensor.Tensor, (c.NumInputs()-2)/3)
	for i := range in {
		x := c.Tensor(2 + 3*i)
		if x == nil || x.DType() != d {
			return fmt.Errorf("input %d: got %v, want a tensor of %v", 2+3*i, tensor.Describe(c.Inputs[2+3*i]), d)
		}
		px, err := paramsOf(c, 3+3*i, 4+3*i, d)
		if err != nil {
			return err
		}
		if in[i] = x; px == py {
			continue
		}
		table, err := tableOf(c, d, px, py, nil)
		if err != nil {
			return err
		}
		if in[i], err = c.Scratch(d, x.Shape()...); err != nil {
			return err
		}
		defer c.Release(in[i])
		lookUp(c, in[i].Bytes(), x.Bytes(), table)
	}
	out, err := call(c, k, 1, in...)
	if err != nil {
		return err
	}
	c.GiveOutput(0, out[0])
	return nil
}
