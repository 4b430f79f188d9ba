package array

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
)

// Tile repeats a tensor: along one axis in version 1, where both inputs have
// the type of the data, and along each dimension from 6 on.
var tile1 = ops.Def{
	Name: "Tile", Since: 1,
	Sig: "input:T, tiles:T, axis:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) { return ops.Func(tileAxis), nil },
}

var tile6 = ops.Def{
	Name: "Tile", Since: 6,
	Sig: "input:T, repeats:int64 -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			repeats, err := intsInput(c, 1, "repeats")
			if err != nil {
				return err
			}
			if x := c.Tensor(0); len(repeats) != x.Rank() {
				return fmt.Errorf("input 1 (repeats): got %v, want a number for each dimension of %v", repeats, x)
			}
			return tile(c, repeats)
		}), nil
	},
}

func tileAxis(c *ops.Call) error {
	x := c.Tensor(0)
	var v [2]int // tiles, axis
	for i, name := range []string{"tiles", "axis"} {
		l, err := lengthsOf(c.Tensor(i + 1))
		if err != nil {
			return fmt.Errorf("input %d (%s): %w", i+1, name, err)
		}
		if len(l) != 1 {
			return fmt.Errorf("input %d (%s): got %v, want one number", i+1, name, c.Tensor(i+1))
		}
		v[i] = l[0]
	}
	axis, err := x.Shape().Axis(v[1])
	if err != nil {
		return fmt.Errorf("input 2 (axis): %w", err)
	}
	repeats := make([]int, x.Rank())
	for i := range repeats {
		repeats[i] = 1
	}
	repeats[axis] = v[0]
	return tile(c, repeats)
}

func tile(c *ops.Call, repeats []int) error {
	x := c.Tensor(0)
	shape := x.Shape().Clone()
	for i, r := range repeats {
		if r < 0 {
			return fmt.Errorf("input 1: %d repeats of dimension %d", r, i)
		}
		if shape[i] > 0 && r > math.MaxInt/shape[i] {
			return fmt.Errorf("input 1: %d repeats of dimension %d of %v are too many", r, i, x)
		}
		shape[i] *= r
	}
	if shape.Equal(x.Shape()) {
		c.SetOutput(0, x)
		return nil
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	copyTo(c, y, x, move.Tile(x.Shape(), repeats))
	return nil
}
