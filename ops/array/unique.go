package array

import (
	"cmp"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/internal/kernel/sortk"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Unique finds the different elements of a tensor or, with an axis, the
// different entries along it, sorted or in the order of their first
// occurrence. NaN equals NaN and is above all numbers; complex numbers go by
// their real part first.
var unique11 = ops.Def{
	Name: "Unique", Since: 11,
	Sig:   "X:T -> Y:T, indices?:int64, inverse_indices?:int64, counts?:int64",
	Types: ops.Types{"T": ops.Classic},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &unique{flat: !n.Has("axis"), axis: n.Int("axis", 0), sorted: n.Bool("sorted", true)}, nil
	},
}

// maxEmpty bounds the lists that are made of entries without any element,
// which cost nothing to ask for.
const maxEmpty = 1 << 20

type unique struct {
	flat   bool
	axis   int
	sorted bool
}

func (k *unique) Run(c *ops.Call) error {
	x := c.Tensor(0)
	axis, shape := 0, tensor.Shape{x.Len()}
	if !k.flat {
		var err error
		if axis, err = x.Shape().Axis(k.axis); err != nil {
			return fmt.Errorf("attribute axis: %w", err)
		}
		shape = x.Shape().Clone()
	}
	n := shape[axis]
	if x.Len() == 0 && n > maxEmpty {
		return ops.Unsupportedf("%d empty entries", n)
	}
	lists, err := c.Scratch(tensor.I64, 5, n)
	if err != nil {
		return err
	}
	defer c.Release(lists)
	g := groups{
		order: tensor.Data[int64](lists.At(0)), group: tensor.Data[int64](lists.At(1)),
		first: tensor.Data[int64](lists.At(2)), count: tensor.Data[int64](lists.At(3)),
	}
	if err := g.find(c, x, shape, axis); err != nil {
		return err
	}
	if !k.sorted {
		g.byOccurrence(tensor.Data[int64](lists.At(4)))
	}
	outer, inner := shape.Span(0, axis), shape.Span(axis+1, len(shape))
	shape[axis] = g.n
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	takeRows(c, y, x, outer, n, inner, g.first[:g.n])
	for i, l := range [][]int64{1: g.first[:g.n], 2: g.group, 3: g.count[:g.n]} {
		if i == 0 || !c.Wants(i) {
			continue
		}
		t, err := c.Output(i, tensor.I64, tensor.Shape{len(l)})
		if err != nil {
			return err
		}
		copy(tensor.Data[int64](t), l)
	}
	return nil
}

// groups are the groups of equal entries.
type groups struct {
	order []int64 // the entries, sorted
	group []int64 // the group of each entry
	first []int64 // the first entry of each group
	count []int64 // the size of each group
	n     int     // how many groups there are
}

// find sorts the entries of x, seen as of the given shape, along axis.
func (g *groups) find(c *ops.Call, x *tensor.Tensor, shape tensor.Shape, axis int) error {
	n := shape[axis]
	if n == 0 {
		return nil
	}
	width := x.Len() / n
	if shape.Span(0, axis) > 1 {
		// Entries become rows.
		rows, err := c.Scratch(x.DType(), x.Len())
		if err != nil {
			return err
		}
		defer c.Release(rows)
		outer, inner := shape.Span(0, axis), shape.Span(axis+1, len(shape))
		copyTo(c, rows, x, move.Transpose([]int{outer, n, inner}, []int{1, 0, 2}))
		x = rows
	}
	if x.DType() == tensor.Str {
		sortRows(g, tensor.Data[string](x), width)
		return nil
	}
	if ops.Complex.Has(x.DType()) {
		parts, err := partsOf(c, x)
		if err != nil {
			return err
		}
		defer c.Release(parts)
		x, width = parts, 2*width
	}
	matrix, err := c.Scratch(tensor.U64, x.Len())
	if err != nil {
		return err
	}
	defer c.Release(matrix)
	m := tensor.Data[uint64](matrix)
	keys, _ := keysOf(x, false)
	keys(m, 0, 1)
	if width != 1 {
		sortRows(g, m, width)
		return nil
	}
	if err := sortLines(c, g.order, x, sortk.Lines{Outer: 1, N: n, Inner: 1}, n, false); err != nil {
		return err
	}
	g.n = sortk.Groups(g.group, g.first, g.count, g.order, m, 1)
	return nil
}

func sortRows[T cmp.Ordered](g *groups, m []T, width int) {
	sortk.Rows(g.order, m, width)
	g.n = sortk.Groups(g.group, g.first, g.count, g.order, m, width)
}

// partsOf returns complex numbers as pairs of float64, to be given back.
func partsOf(c *ops.Call, x *tensor.Tensor) (*tensor.Tensor, error) {
	parts, err := c.Scratch(tensor.F64, 2*x.Len())
	if err != nil {
		return nil, err
	}
	p := tensor.Data[float64](parts)
	if x.DType() == tensor.C64 {
		for i, v := range tensor.Data[complex64](x) {
			p[2*i], p[2*i+1] = float64(real(v)), float64(imag(v))
		}
	} else {
		for i, v := range tensor.Data[complex128](x) {
			p[2*i], p[2*i+1] = real(v), imag(v)
		}
	}
	return parts, nil
}

// byOccurrence renumbers the groups in the order of their first entries; s
// is scratch of as many elements as there are entries.
func (g *groups) byOccurrence(s []int64) {
	next := int64(0)
	for i, old := range g.group {
		if g.first[old] == int64(i) {
			s[old] = next
			// Lists of groups are sorted on the way: the order is not needed any more.
			g.order[next] = int64(i)
			next++
		}
		g.group[i] = s[old]
	}
	copy(g.first[:next], g.order[:next])
	clear(g.count[:next])
	for _, v := range g.group {
		g.count[v]++
	}
}
