package generator

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ConstantOfShape fills a tensor of the given shape with one value, a float32
// zero by default.
var constantOfShape9 = ops.Def{
	Name: "ConstantOfShape", Since: 9,
	Sig: "input:int64 -> output:T2",
	New: func(n *ops.Node) (ops.Kernel, error) {
		v := n.Tensor("value")
		if v == nil {
			v = tensor.Scalar(float32(0))
		}
		if v.Len() != 1 {
			return nil, fmt.Errorf("attribute value: got %v, want one element", v)
		}
		return constantOfShape{v}, nil
	},
}

type constantOfShape struct{ value *tensor.Tensor }

func (k constantOfShape) Run(c *ops.Call) error {
	shape, err := ops.IntsOf(c.Tensor(0))
	if err != nil {
		return fmt.Errorf("input 0 (input): %w", err)
	}
	y, err := c.Output(0, k.value.DType(), shape)
	if err != nil {
		return err
	}
	l := move.Broadcast(nil, []int{y.Len()})
	if k.value.DType() == tensor.Str {
		move.Copy(c.Pool, tensor.Data[string](y), tensor.Data[string](k.value), l)
	} else {
		move.Bytes(c.Pool, y.Bytes(), k.value.Bytes(), y.DType().Size(), l)
	}
	return nil
}
