package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/pad"
	"github.com/onnxrun/onnxrun/ops"
)

// CenterCropPad cuts or pads dimensions to given sizes around their centers;
// where the difference is odd, the larger part is at the end.
var centerCropPad18 = ops.Def{
	Name: "CenterCropPad", Since: 18,
	Sig:   "input_data:T, shape:Tind -> output_data:T",
	Types: ops.Types{"Tind": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &centerCropPad{n.Ints("axes")}, nil
	},
}

type centerCropPad struct{ axes []int } // nil is all

func (k *centerCropPad) Run(c *ops.Call) error {
	x := c.Tensor(0)
	sizes, err := intsInput(c, 1, "shape")
	if err != nil {
		return err
	}
	axes := k.axes
	if axes == nil {
		for i := range x.Rank() {
			axes = append(axes, i)
		}
	}
	if len(sizes) != len(axes) {
		return fmt.Errorf("input 1 (shape): got %d sizes, want one for each of %d axes", len(sizes), len(axes))
	}
	pads := make([]int, 2*len(axes))
	for i, a := range axes {
		axis, err := x.Shape().Axis(a)
		if err != nil {
			return fmt.Errorf("attribute axes: %w", err)
		}
		size := sizes[i]
		if size < 0 || size > maxPad {
			return fmt.Errorf("input 1 (shape): size %d of dimension %d is out of range", size, axis)
		}
		diff := size - x.Dim(axis)
		pads[i] = diff / 2 // towards zero, on either side
		pads[len(axes)+i] = diff - diff/2
	}
	s, err := padShape(x.Shape(), pads, axes)
	if err != nil {
		return err
	}
	return padTo(c, s, pad.Constant, nil)
}
