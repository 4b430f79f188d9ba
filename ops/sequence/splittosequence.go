package sequence

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SplitToSequence cuts a tensor along an axis: into parts of one length, of
// which the last may be shorter, or of the lengths in a list. Without either
// the parts are single entries, and keepdims says whether these keep the axis.
var splitToSequence11 = ops.Def{
	Name: "SplitToSequence", Since: 11,
	Sig:   "input:T, split?:I -> output_sequence:seq(T)",
	Types: ops.Types{"I": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return splitToSequence{axis: n.Int("axis", 0), keepDims: n.Bool("keepdims", true)}, nil
	},
}

type splitToSequence struct {
	axis     int
	keepDims bool
}

// maxEmpty bounds the number of parts of a tensor without elements, which
// cost nothing to ask for.
const maxEmpty = 1 << 20

func (k splitToSequence) Run(c *ops.Call) error {
	x := c.Tensor(0)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	n, each := x.Dim(axis), 1
	var lengths []int
	if c.Has(1) {
		l, err := ops.IntsOf(c.Tensor(1))
		if err == nil && c.Tensor(1).Rank() == 0 {
			if each = l[0]; each <= 0 {
				err = fmt.Errorf("got %d, want a length above 0", each)
			}
		} else if err == nil {
			lengths, err = l, checkLengths(l, n)
		}
		if err != nil {
			return fmt.Errorf("input 1 (split): %w", err)
		}
	}
	if lengths == nil {
		if x.Len() == 0 && n/each > maxEmpty {
			return ops.Unsupportedf("%d empty parts", n/each)
		}
		for at := 0; at < n; at += min(each, n-at) {
			lengths = append(lengths, min(each, n-at))
		}
	}
	s := &tensor.Sequence{Of: tensor.TensorOf(x.DType()), Elems: make([]tensor.Value, len(lengths))}
	at := 0
	for i, l := range lengths {
		p, err := part(c, x, axis, at, l)
		if err == nil && !c.Has(1) && !k.keepDims {
			p, err = p.Reshape(slices.Delete(p.Shape().Clone(), axis, axis+1))
		}
		if err != nil {
			return err
		}
		s.Elems[i] = p
		at += l
	}
	c.SetOutput(0, s)
	return nil
}

func checkLengths(lengths []int, n int) error {
	left := n
	for _, l := range lengths {
		if l < 0 || l > left {
			return fmt.Errorf("lengths %v do not add up to %d", lengths, n)
		}
		left -= l
	}
	if left != 0 {
		return fmt.Errorf("lengths %v do not add up to %d", lengths, n)
	}
	return nil
}

// part returns the n entries of x along axis from at on: a view where they are
// contiguous.
func part(c *ops.Call, x *tensor.Tensor, axis, at, n int) (*tensor.Tensor, error) {
	shape := x.Shape().Clone()
	shape[axis] = n
	outer, inner := shape.Span(0, axis), shape.Span(axis+1, len(shape))
	if outer == 1 {
		rows, err := x.Reshape(x.Shape()[axis:])
		if err != nil {
			return nil, err
		}
		return rows.Rows(at, at+n).Reshape(shape)
	}
	y, err := c.Scratch(x.DType(), shape...)
	if err != nil {
		return nil, err
	}
	copyTo(c, y, x, move.Part(outer, n*inner, x.Dim(axis)*inner, at*inner, true))
	return y, nil
}
