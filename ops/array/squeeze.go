package array

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Squeeze removes dimensions of size 1. The axes are an attribute up to
// version 11 and an input from 13 on.
var squeeze1 = ops.Def{
	Name: "Squeeze", Since: 1,
	Sig: "data:T -> squeezed:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &squeeze{axes: n.Ints("axes")}, nil
	},
}

var squeeze13 = ops.Def{
	Name: "Squeeze", Since: 13,
	Sig: "data:T, axes?:int64 -> squeezed:T",
	New: func(n *ops.Node) (ops.Kernel, error) { return &squeeze{}, nil },
}

type squeeze struct{ axes []int }

func (k *squeeze) Run(c *ops.Call) error { return viewOf(c, k) }

func (k *squeeze) resolve(c *ops.Call) (tensor.Shape, error) {
	x, axes := c.Tensor(0), k.axes
	if t := c.Tensor(1); t != nil {
		var err error
		if axes, err = ops.IntsOf(t); err != nil {
			return nil, fmt.Errorf("input 1 (axes): %w", err)
		}
	}
	axes, err := ops.NormAxes(x.Shape(), axes)
	if err != nil {
		return nil, fmt.Errorf("axes: %w", err)
	}
	all := !c.Has(1) && k.axes == nil
	var shape tensor.Shape
	for i, d := range x.Shape() {
		switch {
		case slices.Contains(axes, i) && d != 1:
			return nil, fmt.Errorf("axes: dimension %d of %v is %d, want 1", i, x, d)
		case slices.Contains(axes, i) || all && d == 1:
		default:
			shape = append(shape, d)
		}
	}
	return shape, nil
}
