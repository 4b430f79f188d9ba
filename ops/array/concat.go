package array

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
)

// Concat joins tensors along one dimension; they agree in all others. The axis
// is 1 by default in version 1 and required from 4 on.
var concat1 = ops.Def{
	Name: "Concat", Since: 1,
	Sig: "inputs+:T -> concat_result:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return concat{n.Int("axis", 1)}, nil
	},
}

var concat4 = ops.Def{
	Name: "Concat", Since: 4,
	Sig: "inputs+:T -> concat_result:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return concat{n.RequiredInt("axis")}, nil
	},
}

type concat struct{ axis int }

func (k concat) Run(c *ops.Call) error {
	for i := range c.NumInputs() {
		if !c.Has(i) {
			return fmt.Errorf("input %d is missing", i)
		}
	}
	first := c.Tensor(0)
	axis, err := first.Shape().Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	shape := first.Shape().Clone()
	for i := 1; i < c.NumInputs(); i++ {
		x := c.Tensor(i)
		if x.Rank() != first.Rank() {
			return fmt.Errorf("input %d: got %v, want the rank of input 0, %v", i, x, first)
		}
		for d := range shape {
			if d != axis && x.Dim(d) != shape[d] {
				return fmt.Errorf("input %d: got %v, want dimension %d to be %d as in input 0, %v", i, x, d, shape[d], first)
			}
		}
		if shape[axis] += x.Dim(axis); shape[axis] < 0 {
			return errors.New("the output has too many elements")
		}
	}
	if c.NumInputs() == 1 {
		c.SetOutput(0, first)
		return nil
	}
	y, err := c.Output(0, first.DType(), shape)
	if err != nil {
		return err
	}
	outer, inner := shape.Span(0, axis), shape.Span(axis+1, len(shape))
	at := 0
	for i := range c.NumInputs() {
		x := c.Tensor(i)
		n := x.Dim(axis) * inner
		copyTo(c, y, x, move.Part(outer, n, shape[axis]*inner, at, false))
		at += n
	}
	return nil
}
