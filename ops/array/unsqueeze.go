package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Unsqueeze inserts dimensions of size 1, at the places of the result that axes
// lists: an attribute up to version 11, an input from 13 on.
var unsqueeze1 = ops.Def{
	Name: "Unsqueeze", Since: 1,
	Sig: "data:T -> expanded:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &unsqueeze{n.RequiredInts("axes")}, nil
	},
}

var unsqueeze13 = ops.Def{
	Name: "Unsqueeze", Since: 13,
	Sig: "data:T, axes:int64 -> expanded:T",
	New: func(n *ops.Node) (ops.Kernel, error) { return &unsqueeze{}, nil },
}

type unsqueeze struct{ axes []int }

func (k *unsqueeze) Run(c *ops.Call) error { return viewOf(c, k) }

func (k *unsqueeze) resolve(c *ops.Call) (tensor.Shape, error) {
	x, axes := c.Tensor(0), k.axes
	if c.Has(1) {
		var err error
		if axes, err = intsInput(c, 1, "axes"); err != nil {
			return nil, err
		}
	}
	if len(axes) > maxRank {
		return nil, fmt.Errorf("axes: got %d of them", len(axes))
	}
	shape := make(tensor.Shape, x.Rank()+len(axes))
	axes, err := ops.NormAxes(shape, axes)
	if err != nil {
		return nil, fmt.Errorf("axes: %w", err)
	}
	for _, a := range axes {
		shape[a] = 1
	}
	rest := x.Shape()
	for i, d := range shape {
		if d == 0 {
			shape[i], rest = rest[0], rest[1:]
		}
	}
	return shape, nil
}
