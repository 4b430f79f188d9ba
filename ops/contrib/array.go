package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/array"
	"github.com/onnxrun/onnxrun/tensor"
)

// Trilu is the standard's operator of version 14.
var trilu1 = ops.Def{
	Domain: domain, Name: "Trilu", Since: 1,
	Sig:   "X:T, k?:int64 -> Y:T",
	New:   standard(array.Defs, "Trilu", 14),
	Reuse: ops.Elementwise(1),
}

// Pad is the standard's operator of version 11, except that pads may be a
// matrix of one row.
var pad1 = ops.Def{
	Domain: domain, Name: "Pad", Since: 1,
	Sig:   "data:T, pads:int64, value?:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		inner, err := standardPad(n)
		if err != nil {
			return nil, err
		}
		return ops.Func(func(c *ops.Call) error {
			pads := c.Tensor(1)
			if pads.Rank() != 2 || pads.Dim(0) != 1 {
				return inner.Run(c)
			}
			row, err := pads.Reshape(pads.Shape()[1:])
			if err != nil {
				return err
			}
			flat := *c
			flat.Inputs = append([]tensor.Value(nil), c.Inputs...)
			flat.Inputs[1] = row
			return inner.Run(&flat)
		}), nil
	},
}

var standardPad = standard(array.Defs, "Pad", 11)

// ExpandDims inserts a dimension of size 1.
var expandDims1 = ops.Def{
	Domain: domain, Name: "ExpandDims", Since: 1,
	Sig: "X:T, axis:int32 -> Y:T",
	New: func(*ops.Node) (ops.Kernel, error) { return ops.Func(runExpandDims), nil },
}

func runExpandDims(c *ops.Call) error {
	x := c.Tensor(0)
	l, err := ops.IntsOf(c.Tensor(1))
	if err != nil || len(l) != 1 {
		return fmt.Errorf("input 1 (axis): got %v, want one number", c.Tensor(1))
	}
	axis, r := l[0], x.Rank()
	if axis < -r-1 || axis > r {
		return fmt.Errorf("input 1 (axis): %d is outside of [%d, %d]", axis, -r-1, r)
	}
	if axis < 0 {
		axis += r + 1
	}
	shape := append(x.Shape()[:axis:axis], 1)
	y, err := x.Reshape(append(shape, x.Shape()[axis:]...))
	if err != nil {
		return err
	}
	c.SetOutput(0, y)
	return nil
}
