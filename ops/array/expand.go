package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Expand broadcasts the input and a shape with each other.
var expand8 = ops.Def{
	Name: "Expand", Since: 8,
	Sig: "input:T, shape:int64 -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) { return ops.Func(expand), nil },
}

func expand(c *ops.Call) error {
	x := c.Tensor(0)
	want, err := intsInput(c, 1, "shape")
	if err != nil {
		return err
	}
	if err := tensor.Shape(want).Check(1); err != nil {
		return fmt.Errorf("input 1 (shape): %w", err)
	}
	shape, err := tensor.Broadcast(x.Shape(), want)
	if err != nil {
		return err
	}
	if err := shape.Check(1); err != nil {
		return err
	}
	if shape.Len() == x.Len() {
		return view(c, shape)
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	copyTo(c, y, x, move.Broadcast(x.Shape(), shape))
	return nil
}
