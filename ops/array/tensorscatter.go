package array

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gather"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// TensorScatter writes entries into a cache along its sequence axis, from an
// index on that each batch entry has for itself; in circular mode what goes
// beyond the end goes to the start.
var tensorScatter24 = ops.Def{
	Name: "TensorScatter", Since: 24,
	Sig:   "past_cache:T, update:T, write_indices?:int64 -> present_cache:T",
	Reuse: ops.Elementwise(1),
	New: func(n *ops.Node) (ops.Kernel, error) {
		return tensorScatter{axis: n.Int("axis", -2), circular: n.Enum("mode", "linear", "circular") == "circular"}, nil
	},
}

type tensorScatter struct {
	axis     int
	circular bool
}

func (k tensorScatter) Run(c *ops.Call) error {
	x, upd := c.Tensor(0), c.Tensor(1)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	if axis == 0 {
		return errors.New("attribute axis: the sequence axis cannot be 0, the batch axis")
	}
	ok := upd.Rank() == x.Rank()
	for i, d := range upd.Shape() {
		ok = ok && (d == x.Dim(i) || i == axis && d < x.Dim(i))
	}
	if !ok {
		return fmt.Errorf("input 1 (update): got %v, want the shape of %v but for dimension %d, which may be less", upd, x, axis)
	}
	if x.Len() == 0 {
		c.SetOutput(0, x)
		return nil
	}
	s, err := k.targets(c, x.Shape(), axis, upd.Dim(axis))
	if err != nil {
		return err
	}
	defer c.Release(s)
	y, upd, free, err := copyToUpdate(c, 1)
	if err != nil {
		return err
	}
	defer c.Release(free)
	t := gather.Targets{At: tensor.Data[int64](s), Inner: x.Shape().Span(axis+1, x.Rank()), Groups: x.Shape().Span(0, axis)}
	(&scatter{reduction: "none"}).apply(c, y, upd, t)
	return nil
}

// targets returns the cache's entry for each of the n entries along axis of
// the update, counted over all dimensions up to axis.
func (k tensorScatter) targets(c *ops.Call, shape tensor.Shape, axis, n int) (*tensor.Tensor, error) {
	size, outer := shape[axis], shape.Span(0, axis)
	starts := make([]int, shape[0])
	if c.Has(2) {
		var err error
		if starts, err = intsInput(c, 2, "write_indices"); err != nil {
			return nil, err
		}
		if len(starts) != shape[0] {
			return nil, fmt.Errorf("input 2 (write_indices): got %v, want one index for each of %d batch entries", c.Tensor(2), shape[0])
		}
	}
	for b, at := range starts {
		switch {
		case k.circular && size > 0:
			if starts[b] = at % size; starts[b] < 0 {
				starts[b] += size
			}
		case at < 0 || at > size-n:
			return nil, fmt.Errorf("input 2 (write_indices): %d entries from index %d on are outside of the %d of the cache", n, at, size)
		}
	}
	s, err := c.Scratch(tensor.I64, outer*n)
	if err != nil {
		return nil, err
	}
	dst := tensor.Data[int64](s)
	for o := range outer {
		at := starts[o/(outer/shape[0])]
		for i := range n {
			dst[o*n+i] = int64(o*size + at)
			if at++; at == size {
				at = 0
			}
		}
	}
	return s, nil
}
