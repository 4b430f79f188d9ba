package array

import (
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Where takes the element of X where the condition holds and that of Y where
// it does not, all three broadcast together.
var where9 = ops.Def{
	Name: "Where", Since: 9,
	Sig:   "condition:bool, X:T, Y:T -> output:T",
	New:   func(n *ops.Node) (ops.Kernel, error) { return ops.Func(where), nil },
	Reuse: []ops.Reuse{{Output: 0, Input: 1}, {Output: 0, Input: 2}},
}

func where(c *ops.Call) error {
	cond, x, y := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	shape, err := tensor.Broadcast(x.Shape(), y.Shape())
	if err != nil {
		return err
	}
	if shape, err = tensor.Broadcast(cond.Shape(), shape); err != nil {
		return err
	}
	out, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	l := move.NewSelection(shape, cond.Shape(), x.Shape(), y.Shape())
	if x.DType() == tensor.Str {
		move.Select(c.Pool, tensor.Data[string](out), cond.Bytes(), tensor.Data[string](x), tensor.Data[string](y), l)
	} else {
		move.SelectBytes(c.Pool, out.Bytes(), cond.Bytes(), x.Bytes(), y.Bytes(), x.DType().Size(), l)
	}
	return nil
}
