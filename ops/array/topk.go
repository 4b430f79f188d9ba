package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gather"
	"github.com/onnxrun/onnxrun/internal/kernel/sortk"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// TopK finds the k largest or, from version 11 on, smallest elements along a
// dimension and their indices; of equal ones the lower index comes first, and
// NaN is above all numbers. k is an attribute in version 1 and an input from
// 10 on. The result is sorted even where sorted=0 leaves that open.
var topK1 = ops.Def{
	Name: "TopK", Since: 1,
	Sig:   "X:T -> Values:T, Indices:int64",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := n.RequiredInt("k")
		if k < 0 {
			return nil, fmt.Errorf("attribute k: got %d, want 0 or more", k)
		}
		return &topK{axis: n.Int("axis", -1), k: k, largest: true}, nil
	},
}

var topK10 = ops.Def{
	Name: "TopK", Since: 10,
	Sig:   "X:T, K:int64 -> Values:T, Indices:int64",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &topK{axis: n.Int("axis", -1), largest: true}, nil
	},
}

var topK11 = ops.Def{
	Name: "TopK", Since: 11,
	Sig:   "X:T, K:int64 -> Values:T, Indices:int64",
	Types: ops.Types{"T": ops.Numeric},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("sorted")
		return &topK{axis: n.Int("axis", -1), largest: n.Bool("largest", true)}, nil
	},
}

type topK struct {
	axis, k int // k where it is an attribute
	largest bool
}

func (t *topK) Run(c *ops.Call) error {
	x, k := c.Tensor(0), t.k
	axis, err := x.Shape().Axis(t.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	if c.Has(1) {
		l, err := intsInput(c, 1, "K")
		if err != nil {
			return err
		}
		if len(l) != 1 || l[0] < 0 {
			return fmt.Errorf("input 1 (K): got %v, want one number, 0 or more", l)
		}
		k = l[0]
	}
	n := x.Dim(axis)
	if k > n {
		return fmt.Errorf("k is %d, but dimension %d of %v has %d entries", k, axis, x, n)
	}
	shape := x.Shape().Clone()
	shape[axis] = k
	values, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	indices, err := c.Output(1, tensor.I64, shape)
	if err != nil {
		return err
	}
	if len(c.Outputs) < 2 {
		defer c.Release(indices)
	}
	if shape.Len() == 0 {
		return nil
	}
	lines := sortk.Lines{Outer: shape.Span(0, axis), N: n, Inner: shape.Span(axis+1, len(shape))}
	idx := tensor.Data[int64](indices)
	if err := sortLines(c, idx, x, lines, k, t.largest); err != nil {
		return err
	}
	at, err := c.Scratch(tensor.I64, len(idx))
	if err != nil {
		return err
	}
	defer c.Release(at)
	off := tensor.Data[int64](at)
	gather.Lines(c.Pool, off, idx, shape, x.Shape(), axis) // they are within the dimension
	takeRows(c, values, x, 1, x.Len(), 1, off)
	return nil
}

// sortLines finds the positions of the first k elements of each line of x.
func sortLines(c *ops.Call, dst []int64, x *tensor.Tensor, l sortk.Lines, k int, descending bool) error {
	keys, wide := keysOf(x, descending)
	s, err := c.Scratch(tensor.U64, l.Scratch(c.Pool, k))
	if err != nil {
		return err
	}
	defer c.Release(s)
	sortk.Top(c.Pool, dst, keys, wide, l, k, tensor.Data[uint64](s))
	return nil
}

// keysOf returns the sort keys of a tensor of numbers or bools.
func keysOf(x *tensor.Tensor, descending bool) (keys sortk.Keys, wide bool) {
	switch x.DType() {
	case tensor.F32:
		return sortk.KeysOf(tensor.Data[float32](x), descending)
	case tensor.F64:
		return sortk.KeysOf(tensor.Data[float64](x), descending)
	case tensor.F16:
		return sortk.KeysOf(tensor.Data[tensor.Float16](x), descending)
	case tensor.BF16:
		return sortk.KeysOf(tensor.Data[tensor.BFloat16](x), descending)
	case tensor.I8:
		return sortk.KeysOf(tensor.Data[int8](x), descending)
	case tensor.I16:
		return sortk.KeysOf(tensor.Data[int16](x), descending)
	case tensor.I32:
		return sortk.KeysOf(tensor.Data[int32](x), descending)
	case tensor.I64:
		return sortk.KeysOf(tensor.Data[int64](x), descending)
	case tensor.U8:
		return sortk.KeysOf(tensor.Data[uint8](x), descending)
	case tensor.U16:
		return sortk.KeysOf(tensor.Data[uint16](x), descending)
	case tensor.U32:
		return sortk.KeysOf(tensor.Data[uint32](x), descending)
	case tensor.U64:
		return sortk.KeysOf(tensor.Data[uint64](x), descending)
	}
	return sortk.KeysOf(tensor.Data[bool](x), descending)
}
