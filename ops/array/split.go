package array

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Split cuts a tensor along one dimension. The lengths of the parts are an
// attribute or an input in version 1, an attribute from 2 and an input from 13
// on; without them the parts are equal, from 18 on but for the last.
var split1 = ops.Def{
	Name: "Split", Since: 1,
	Sig: "input:T, split?:T -> outputs+:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newSplit(n, n.Ints("split")), nil
	},
}

var split2 = ops.Def{
	Name: "Split", Since: 2,
	Sig: "input:T -> outputs+:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newSplit(n, n.Ints("split")), nil
	},
}

var split13 = ops.Def{
	Name: "Split", Since: 13,
	Sig: "input:T, split?:int64 -> outputs+:T",
	New: func(n *ops.Node) (ops.Kernel, error) { return newSplit(n, nil), nil },
}

var split18 = ops.Def{
	Name: "Split", Since: 18,
	Sig: "input:T, split?:int64 -> outputs+:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := newSplit(n, nil)
		k.uneven = true
		switch {
		case !n.Has("num_outputs") && !n.HasInput(1):
			return nil, errors.New("neither attribute num_outputs nor input 1 (split) is there")
		case n.Has("num_outputs") && n.HasInput(1):
			return nil, errors.New("attribute num_outputs and input 1 (split) exclude each other")
		case n.Has("num_outputs"):
			if m := n.Int("num_outputs", 0); m != len(n.Outputs) {
				return nil, fmt.Errorf("attribute num_outputs: got %d, but the node has %d outputs", m, len(n.Outputs))
			}
		}
		return k, nil
	},
}

type split struct {
	axis    int
	lengths []int // the attribute
	parts   int   // outputs
	uneven  bool  // whether the last of equal parts may be shorter
}

func newSplit(n *ops.Node, lengths []int) *split {
	return &split{axis: n.Int("axis", 0), lengths: lengths, parts: len(n.Outputs)}
}

func (k *split) Run(c *ops.Call) error {
	x := c.Tensor(0)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	lengths := k.lengths
	if c.Has(1) {
		if lengths, err = lengthsOf(c.Tensor(1)); err != nil {
			return fmt.Errorf("input 1 (split): %w", err)
		}
	}
	if lengths == nil {
		lengths, err = k.equal(x.Dim(axis))
	} else {
		err = k.check(lengths, x.Dim(axis))
	}
	if err != nil {
		return fmt.Errorf("dimension %d of %v: %w", axis, x, err)
	}
	outer, inner := x.Shape().Span(0, axis), x.Shape().Span(axis+1, x.Rank())
	at := 0
	for i, n := range lengths {
		if c.Wants(i) {
			if err := k.part(c, i, axis, n, outer, inner, at); err != nil {
				return err
			}
		}
		at += n
	}
	return nil
}

// part makes output i of the n entries from at on.
func (k *split) part(c *ops.Call, i, axis, n, outer, inner, at int) error {
	x := c.Tensor(0)
	shape := x.Shape().Clone()
	shape[axis] = n
	if outer == 1 {
		return viewPart(c, i, at*inner, shape)
	}
	y, err := c.Output(i, x.DType(), shape)
	if err != nil {
		return err
	}
	copyTo(c, y, x, move.Part(outer, n*inner, x.Dim(axis)*inner, at*inner, true))
	return nil
}

// equal returns the lengths of equal parts of n.
func (k *split) equal(n int) ([]int, error) {
	if !k.uneven && n%k.parts != 0 {
		return nil, fmt.Errorf("%d entries do not make %d equal parts", n, k.parts)
	}
	each := (n + k.parts - 1) / k.parts
	lengths := make([]int, k.parts)
	for i := range lengths {
		lengths[i] = max(0, min(each, n-i*each))
	}
	return lengths, nil
}

func (k *split) check(lengths []int, n int) error {
	if len(lengths) != k.parts {
		return fmt.Errorf("split %v has %d lengths for %d outputs", lengths, len(lengths), k.parts)
	}
	left := n
	for _, l := range lengths {
		if l < 0 || l > left {
			return fmt.Errorf("split %v: the lengths do not add up to %d", lengths, n)
		}
		left -= l
	}
	if left != 0 {
		return fmt.Errorf("split %v: the lengths do not add up to %d", lengths, n)
	}
	return nil
}

// lengthsOf reads the lengths of the parts, which version 1 takes in the type
// of the data.
func lengthsOf(t *tensor.Tensor) ([]int, error) {
	if t.DType() == tensor.I64 || t.DType() == tensor.I32 {
		return ops.IntsOf(t)
	}
	if t.Rank() > 1 {
		return nil, fmt.Errorf("got %v, want a vector", t)
	}
	wide, err := tensor.New(tensor.I64, t.Shape())
	if err != nil {
		return nil, err
	}
	if err := tensor.Convert(wide, t, tensor.Conversion{}); err != nil {
		return nil, err
	}
	return ops.IntsOf(wide)
}
