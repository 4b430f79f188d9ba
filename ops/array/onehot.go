package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// OneHot inserts a dimension of size depth along which the element that the
// index names is values[1] and the others are values[0]. Indices may count
// from the end from version 11 on; other indices name no element.
var oneHot9 = ops.Def{
	Name: "OneHot", Since: 9,
	Sig:   "indices:T1, depth:T2, values:T3 -> output:T3",
	Types: ops.Types{"T1": ops.Numeric, "T2": ops.Numeric},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return oneHot{axis: n.Int("axis", -1)}, nil
	},
}

var oneHot11 = ops.Def{
	Name: "OneHot", Since: 11,
	Sig:   "indices:T1, depth:T2, values:T3 -> output:T3",
	Types: ops.Types{"T1": ops.Numeric, "T2": ops.Numeric},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return oneHot{axis: n.Int("axis", -1), fromEnd: true}, nil
	},
}

type oneHot struct {
	axis    int
	fromEnd bool // whether negative indices count from the end
}

func (k oneHot) Run(c *ops.Call) error {
	indices, values := c.Tensor(0), c.Tensor(2)
	depth, err := oneHotDepth(c)
	if err != nil {
		return fmt.Errorf("input 1 (depth): %w", err)
	}
	if values.Rank() != 1 || values.Len() != 2 {
		return fmt.Errorf("input 2 (values): got %v, want two elements, for off and on", values)
	}
	shape := make(tensor.Shape, indices.Rank()+1)
	axis, err := shape.Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %d is outside of [%d, %d] for indices %v", k.axis, -len(shape), len(shape)-1, indices)
	}
	copy(shape, indices.Shape()[:axis])
	shape[axis] = depth
	copy(shape[axis+1:], indices.Shape()[axis:])
	y, err := c.Output(0, values.DType(), shape)
	if err != nil || y.Len() == 0 {
		return err
	}
	at, err := c.Scratch(tensor.I64, indices.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(at)
	if err := tensor.Convert(at, indices, tensor.Conversion{}); err != nil {
		return err
	}
	idx, inner := tensor.Data[int64](at), shape.Span(axis+1, len(shape))
	if values.DType() == tensor.Str {
		oneHotFill(tensor.Data[string](y), tensor.Data[string](values), idx, depth, inner, k.fromEnd)
		return nil
	}
	d, v := y.Bytes(), values.Bytes()
	switch values.DType().Size() {
	case 1:
		oneHotFill(d, v, idx, depth, inner, k.fromEnd)
	case 2:
		oneHotFill(move.View[uint16](d), move.View[uint16](v), idx, depth, inner, k.fromEnd)
	case 4:
		oneHotFill(move.View[uint32](d), move.View[uint32](v), idx, depth, inner, k.fromEnd)
	case 8:
		oneHotFill(move.View[uint64](d), move.View[uint64](v), idx, depth, inner, k.fromEnd)
	case 16:
		oneHotFill(move.View[[2]uint64](d), move.View[[2]uint64](v), idx, depth, inner, k.fromEnd)
	}
	return nil
}

// oneHotDepth reads the depth, one element of any numeric type.
func oneHotDepth(c *ops.Call) (int, error) {
	t := c.Tensor(1)
	if t.Rank() > 1 || t.Len() != 1 {
		return 0, fmt.Errorf("got %v, want one number", t)
	}
	l, err := lengthsOf(t)
	if err != nil {
		return 0, err
	}
	if l[0] < 0 {
		return 0, fmt.Errorf("got %d, want 0 or more", l[0])
	}
	return l[0], nil
}

// oneHotFill writes [len(idx)/inner, depth, inner] elements.
func oneHotFill[E move.Elem](dst, values []E, idx []int64, depth, inner int, fromEnd bool) {
	off, on := values[0], values[1]
	move.Fill(dst, off)
	for i, p := range idx {
		if p < 0 && fromEnd {
			p += int64(depth)
		}
		if p >= 0 && p < int64(depth) {
			dst[(i/inner*depth+int(p))*inner+i%inner] = on
		}
	}
}
