package sequence

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ConcatFromSequence joins the tensors of a sequence along an axis, which is a
// new one where new_axis says so.
var concatFromSequence11 = ops.Def{
	Name: "ConcatFromSequence", Since: 11,
	Sig: "input_sequence:seq(T) -> concat_result:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return concatFromSequence{axis: n.RequiredInt("axis"), newAxis: n.Bool("new_axis", false)}, nil
	},
}

type concatFromSequence struct {
	axis    int
	newAxis bool
}

func (k concatFromSequence) Run(c *ops.Call) error {
	parts, err := tensorsOf(c.Sequence(0))
	if err != nil {
		return err
	}
	shape := parts[0].Shape().Clone()
	if k.newAxis {
		shape = append(shape, 1) // makes the axis' range one larger
	}
	axis, err := shape.Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	shape = parts[0].Shape().Clone()
	total := 0
	for i, p := range parts {
		n := 1
		ok := p.DType() == parts[0].DType() && p.Rank() == len(shape)
		for d := range shape {
			ok = ok && (p.Dim(d) == shape[d] || d == axis && !k.newAxis)
		}
		if !ok {
			return fmt.Errorf("input 0 (input_sequence): element %d is %v, which does not join %v at axis %d", i, p, parts[0], axis)
		}
		if !k.newAxis {
			n = p.Dim(axis)
		}
		if total += n; total < 0 {
			return errors.New("the output has too many elements")
		}
	}
	if k.newAxis {
		shape = slices.Insert(shape, axis, total)
	} else {
		shape[axis] = total
	}
	y, err := c.Output(0, parts[0].DType(), shape)
	if err != nil || y.Len() == 0 {
		return err
	}
	outer, row, at := shape.Span(0, axis), shape.Span(axis, len(shape)), 0
	for _, p := range parts {
		n := p.Len() / outer
		copyTo(c, y, p, move.Part(outer, n, row, at, false))
		at += n
	}
	return nil
}

// tensorsOf returns the elements of a sequence, at least one, which must be
// tensors.
func tensorsOf(s *tensor.Sequence) ([]*tensor.Tensor, error) {
	if len(s.Elems) == 0 {
		return nil, errors.New("input 0 (input_sequence) is empty")
	}
	ts := make([]*tensor.Tensor, len(s.Elems))
	for i, v := range s.Elems {
		t, ok := v.(*tensor.Tensor)
		if !ok {
			return nil, fmt.Errorf("input 0 (input_sequence): element %d is %s, want a tensor", i, tensor.Describe(v))
		}
		ts[i] = t
	}
	return ts, nil
}

// copyTo copies elements of src to dst, which has the same element type, as l
// says.
func copyTo(c *ops.Call, dst, src *tensor.Tensor, l move.Layout) {
	if dst.DType() == tensor.Str {
		move.Copy(c.Pool, tensor.Data[string](dst), tensor.Data[string](src), l)
	} else {
		move.Bytes(c.Pool, dst.Bytes(), src.Bytes(), dst.DType().Size(), l)
	}
}
