package array

import (
	"fmt"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Slice takes the entries from starts to ends along some dimensions, as Python
// does. Starts, ends and axes are attributes in version 1; from 10 on they are
// inputs, and there are steps.
var slice1 = ops.Def{
	Name: "Slice", Since: 1,
	Sig: "data:T -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return &slice{attrs: true, starts: n.RequiredInts("starts"), ends: n.RequiredInts("ends"), axes: n.Ints("axes")}, nil
	},
}

var slice10 = ops.Def{
	Name: "Slice", Since: 10,
	Sig:   "data:T, starts:Tind, ends:Tind, axes?:Tind, steps?:Tind -> output:T",
	Types: ops.Types{"Tind": ops.Indices},
	New:   func(n *ops.Node) (ops.Kernel, error) { return &slice{}, nil },
}

type slice struct {
	attrs              bool // whether the following are attributes
	starts, ends, axes []int
}

func (k *slice) Run(c *ops.Call) error {
	x := c.Tensor(0)
	starts, ends, axes, steps := k.starts, k.ends, k.axes, []int(nil)
	if !k.attrs {
		for i, in := range []struct {
			name string
			to   *[]int
		}{{"starts", &starts}, {"ends", &ends}, {"axes", &axes}, {"steps", &steps}} {
			if !c.Has(i + 1) {
				continue
			}
			var err error
			if *in.to, err = intsInput(c, i+1, in.name); err != nil {
				return err
			}
		}
	}
	r, err := newRanges(x.Shape(), starts, ends, axes, steps)
	if err != nil {
		return err
	}
	shape := tensor.Shape(r.counts)
	if shape.Equal(x.Shape()) && !slices.ContainsFunc(r.steps, func(s int) bool { return s != 1 }) {
		c.SetOutput(0, x)
		return nil
	}
	if at, ok := r.contiguous(x.Shape()); ok && shape.Check(1) == nil && shape.Len() >= x.Len()/8 {
		return viewPart(c, 0, at, shape)
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	copyTo(c, y, x, move.Slice(x.Shape(), r.starts, r.steps, r.counts))
	return nil
}

// ranges are the entries to take along every dimension of a shape.
type ranges struct{ starts, steps, counts []int }

func newRanges(shape tensor.Shape, starts, ends, axes, steps []int) (*ranges, error) {
	n := len(starts)
	if len(ends) != n || (axes != nil && len(axes) != n) || (steps != nil && len(steps) != n) {
		return nil, fmt.Errorf("starts %v, ends %v, axes %v and steps %v differ in length", starts, ends, axes, steps)
	}
	if axes == nil && n > len(shape) {
		return nil, fmt.Errorf("starts %v are for more dimensions than shape %v has", starts, shape)
	}
	r := &ranges{make([]int, len(shape)), make([]int, len(shape)), slices.Clone(shape)}
	for i := range r.steps {
		r.steps[i] = 1
	}
	seen := make([]bool, len(shape))
	for i := range n {
		axis, step := i, 1
		if axes != nil {
			var err error
			if axis, err = shape.Axis(axes[i]); err != nil {
				return nil, fmt.Errorf("axes: %w", err)
			}
		}
		if seen[axis] {
			return nil, fmt.Errorf("axes: axis %d is given twice", axis)
		}
		seen[axis] = true
		if steps != nil {
			step = steps[i]
		}
		if step == 0 {
			return nil, fmt.Errorf("steps %v: a step is 0", steps)
		}
		r.starts[axis], r.steps[axis], r.counts[axis] = clampRange(shape[axis], starts[i], ends[i], step)
	}
	return r, nil
}

// contiguous returns where the entries begin when they lie side by side.
func (r *ranges) contiguous(shape tensor.Shape) (at int, ok bool) {
	partial := false // whether an outer dimension is not taken as a whole
	for k := len(shape) - 1; k >= 0; k-- {
		if r.steps[k] != 1 || partial && r.counts[k] != 1 {
			return 0, false
		}
		if r.counts[k] != shape[k] {
			partial = true
		}
		at += r.starts[k] * shape.Span(k+1, len(shape))
	}
	return at, true
}

// clampRange resolves start and end, which may count from the end or lie
// outside, for a dimension of size d. Where one entry or none is taken the
// step is 1.
func clampRange(d, start, end, step int) (from, by, count int) {
	if start < 0 {
		start += d // a start near the lowest int stays negative
	}
	if end < 0 {
		end += d
	}
	if step > 0 {
		start, end = min(max(start, 0), d), min(max(end, 0), d)
		if start < end {
			count = (end-start-1)/step + 1
		}
	} else {
		start, end = min(max(start, 0), d-1), min(max(end, -1), d-1)
		if start > end {
			count = (start-end-1)/-max(step, -math.MaxInt) + 1
		}
	}
	if count <= 1 {
		return max(start, 0), 1, count
	}
	return start, step, count
}
