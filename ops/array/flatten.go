package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Flatten makes a matrix of the dimensions before axis and those from it on.
// The axis may count from the end from version 11 on.
var flatten1 = ops.Def{
	Name: "Flatten", Since: 1,
	Sig: "input:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		axis := n.Int("axis", 1)
		return ops.Func(func(c *ops.Call) error {
			x, r := c.Tensor(0).Shape(), c.Tensor(0).Rank()
			if axis < -r || axis > r {
				return fmt.Errorf("attribute axis: %d is outside of [%d, %d] for shape %v", axis, -r, r, x)
			}
			at := axis
			if at < 0 {
				at += r
			}
			return view(c, tensor.Shape{x.Span(0, at), x.Span(at, r)})
		}), nil
	},
}
