package array

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/gather"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ScatterND writes slices to where tuples of indices say. From version 16 on
// they may be added or multiplied, from 18 on the maximum or minimum taken.
var (
	scatterND11 = scatterNDDef(11)
	scatterND16 = scatterNDDef(16, "add", "mul")
	scatterND18 = scatterNDDef(18, "add", "mul", "max", "min")
)

func scatterNDDef(since int, reductions ...string) ops.Def {
	return ops.Def{
		Name: "ScatterND", Since: since,
		Sig:   "data:T, indices:int64, updates:T -> output:T",
		Reuse: ops.Elementwise(1),
		New: func(n *ops.Node) (ops.Kernel, error) {
			return newScatter(n, scatter{targets: sliceTargets}, reductions...)
		},
	}
}

func sliceTargets(c *ops.Call, _ *scatter) (t gather.Targets, scratch *tensor.Tensor, err error) {
	x, ind, upd := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if x.Rank() == 0 || ind.Rank() == 0 {
		return t, nil, fmt.Errorf("got data %v and indices %v, want one dimension at least", x, ind)
	}
	tuple := ind.Dim(ind.Rank() - 1)
	if err := checkTuple(tuple, x.Shape()); err != nil {
		return t, nil, err
	}
	want := slices.Concat(ind.Shape()[:ind.Rank()-1], x.Shape()[tuple:])
	if !upd.Shape().Equal(want) {
		return t, nil, fmt.Errorf("input 2 (updates): got %v, want shape %v for data %v and indices %v", upd, want, x, ind)
	}
	if upd.Len() == 0 {
		return t, nil, nil
	}
	at, scratch, err := offsetsOfTuples(c, 1, "indices", 1, x.Shape()[:tuple])
	if err != nil {
		return t, nil, err
	}
	return gather.Targets{At: at, Inner: x.Shape().Span(tuple, x.Rank()), Groups: 1}, scratch, nil
}
