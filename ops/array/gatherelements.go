package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
)

// GatherElements takes single elements: the output has the shape of the
// indices, each of which replaces its own coordinate along the axis.
var gatherElements11 = ops.Def{
	Name: "GatherElements", Since: 11,
	Sig:   "data:T, indices:Tind -> output:T",
	Types: ops.Types{"Tind": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return gatherElements{n.Int("axis", 0)}, nil
	},
}

type gatherElements struct{ axis int }

func (k gatherElements) Run(c *ops.Call) error {
	x := c.Tensor(0)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	at, scratch, err := offsetsOnLines(c, 1, "indices", x.Shape(), axis)
	if err != nil {
		return err
	}
	defer c.Release(scratch)
	y, err := c.Output(0, x.DType(), c.Tensor(1).Shape())
	if err != nil {
		return err
	}
	takeRows(c, y, x, 1, x.Len(), 1, at)
	return nil
}
