package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Reshape gives the elements another shape, in which one dimension may be -1
// (what is left) and a 0 stands for the input's dimension at the same place,
// unless allowzero says that it is a 0. The shape is an attribute in version 1
// and an input from 5 on.
var reshape1 = ops.Def{
	Name: "Reshape", Since: 1,
	Sig: "data:T -> reshaped:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		return &reshape{shape: n.Ints("shape")}, nil
	},
}

var reshape5 = ops.Def{
	Name: "Reshape", Since: 5,
	Sig: "data:T, shape:int64 -> reshaped:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &reshape{input: true}, nil
	},
}

var reshape14 = ops.Def{
	Name: "Reshape", Since: 14,
	Sig: "data:T, shape:int64 -> reshaped:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &reshape{input: true, allowZero: n.Bool("allowzero", false)}, nil
	},
}

type reshape struct {
	shape     []int // the attribute
	input     bool  // whether the shape is an input
	allowZero bool
}

func (k *reshape) Run(c *ops.Call) error { return viewOf(c, k) }

// resolve replaces the 0s and the -1 of the wanted shape.
func (k *reshape) resolve(c *ops.Call) (tensor.Shape, error) {
	x, want := c.Tensor(0), k.shape
	if k.input {
		var err error
		if want, err = intsInput(c, 1, "shape"); err != nil {
			return nil, err
		}
	}
	shape := make(tensor.Shape, len(want))
	open := -1
	for i, d := range want {
		switch {
		case d == -1 && open >= 0:
			return nil, fmt.Errorf("shape %v: more than one dimension is -1", want)
		case d == -1:
			open = i
			d = 1
		case d < 0:
			return nil, fmt.Errorf("shape %v: dimension %d is %d", want, i, d)
		case d == 0 && !k.allowZero:
			if i >= x.Rank() {
				return nil, fmt.Errorf("shape %v: dimension %d is to be copied, but the input is %v", want, i, x)
			}
			d = x.Dim(i)
		}
		shape[i] = d
	}
	if open < 0 {
		return shape, nil
	}
	if err := shape.Check(1); err != nil {
		return nil, err
	}
	n := shape.Len()
	switch {
	case n == 0 && k.allowZero:
		return nil, fmt.Errorf("shape %v: -1 beside a 0 does not say how large it is", want)
	case n == 0:
		shape[open] = 0
	case x.Len()%n != 0:
		return nil, fmt.Errorf("shape %v: the %d elements of %v do not divide by %d", want, x.Len(), x, n)
	default:
		shape[open] = x.Len() / n
	}
	return shape, nil
}
