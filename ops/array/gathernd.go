package array

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// GatherND takes slices by tuples of indices, the last dimension of the
// indices. The first batch_dims (0 before version 12) dimensions are common to
// data and indices, and the tuples apply within each.
var gatherND11 = ops.Def{
	Name: "GatherND", Since: 11,
	Sig: "data:T, indices:int64 -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) { return gatherND{}, nil },
}

var gatherND12 = ops.Def{
	Name: "GatherND", Since: 12,
	Sig: "data:T, indices:int64 -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		b := n.Int("batch_dims", 0)
		if b < 0 {
			return nil, fmt.Errorf("attribute batch_dims: got %d, want 0 or more", b)
		}
		return gatherND{b}, nil
	},
}

type gatherND struct{ batchDims int }

func (k gatherND) Run(c *ops.Call) error {
	x, ind, b := c.Tensor(0), c.Tensor(1), k.batchDims
	if b >= min(x.Rank(), ind.Rank()) {
		return fmt.Errorf("%d batch dimensions are too many for %v and %v", b, x, ind)
	}
	if !x.Shape()[:b].Equal(ind.Shape()[:b]) {
		return fmt.Errorf("input 1 (indices): got %v, want the first %d dimensions of %v", ind, b, x)
	}
	tuple := ind.Dim(ind.Rank() - 1)
	if err := checkTuple(tuple, x.Shape()[b:]); err != nil {
		return err
	}
	if tuple == 0 {
		return fmt.Errorf("input 1 (indices): got %v, want tuples of one index at least", ind)
	}
	batches := x.Shape().Span(0, b)
	at, scratch, err := offsetsOfTuples(c, 1, "indices", batches, x.Shape()[b:b+tuple])
	if err != nil {
		return err
	}
	defer c.Release(scratch)
	y, err := c.Output(0, x.DType(), slices.Concat(ind.Shape()[:ind.Rank()-1], x.Shape()[b+tuple:]))
	if err != nil {
		return err
	}
	takeRows(c, y, x, 1, x.Shape().Span(0, b+tuple), x.Shape().Span(b+tuple, x.Rank()), at)
	return nil
}

// checkTuple compares the length of the index tuples with the dimensions that
// they index.
func checkTuple(tuple int, dims tensor.Shape) error {
	if tuple > len(dims) {
		return fmt.Errorf("input 1 (indices): tuples of %d indices are too long for the dimensions %v", tuple, dims)
	}
	return nil
}
