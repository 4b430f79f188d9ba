package array

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Gather takes entries along one dimension by index: the dimensions of the
// indices stand in the output in its place. Negative indices, which count from
// the end, are allowed from version 11 on; they are no error before.
var gather1 = ops.Def{
	Name: "Gather", Since: 1,
	Sig:   "data:T, indices:Tind -> output:T",
	Types: ops.Types{"Tind": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return gatherAlong{n.Int("axis", 0)}, nil
	},
}

type gatherAlong struct{ axis int }

func (k gatherAlong) Run(c *ops.Call) error {
	x, ind := c.Tensor(0), c.Tensor(1)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	n := x.Dim(axis)
	idx, scratch, err := indicesAlong(c, 1, "indices", n)
	if err != nil {
		return err
	}
	defer c.Release(scratch)
	shape := slices.Concat(x.Shape()[:axis], ind.Shape(), x.Shape()[axis+1:])
	outer, inner := x.Shape().Span(0, axis), x.Shape().Span(axis+1, x.Rank())
	if outer == 1 && len(idx) == 1 {
		return rowView(c, x, axis, int(idx[0]), shape)
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	takeRows(c, y, x, outer, n, inner, idx)
	return nil
}

// rowView makes the output a view of entry i along axis, before which all
// dimensions are 1.
func rowView(c *ops.Call, x *tensor.Tensor, axis, i int, shape tensor.Shape) error {
	rows, err := x.Reshape(x.Shape()[axis:])
	if err != nil {
		return err
	}
	y, err := rows.Rows(i, i+1).Reshape(shape)
	if err != nil {
		return err
	}
	c.SetOutput(0, y)
	return nil
}
