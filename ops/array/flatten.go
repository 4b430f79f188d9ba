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
		return &flatten{n.Int("axis", 1)}, nil
	},
}

type flatten struct{ axis int }

func (k *flatten) Run(c *ops.Call) error { return viewOf(c, k) }

func (k *flatten) resolve(c *ops.Call) (tensor.Shape, error) {
	x, r, at := c.Tensor(0).Shape(), c.Tensor(0).Rank(), k.axis
	if at < -r || at > r {
		return nil, fmt.Errorf("attribute axis: %d is outside of [%d, %d] for shape %v", at, -r, r, x)
	}
	if at < 0 {
		at += r
	}
	return tensor.Shape{x.Span(0, at), x.Span(at, r)}, nil
}
