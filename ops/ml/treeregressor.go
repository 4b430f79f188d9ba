package ml

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/score"
	"github.com/onnxrun/onnxrun/internal/kernel/tree"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// TreeEnsembleRegressor adds up (or takes the average, smallest or largest of)
// the weights of the leaves that a row reaches. From version 3 on the lists of
// floats may also be tensors, of float64 for example.
var treeEnsembleRegressor1 = ops.Def{
	Domain: domain, Name: "TreeEnsembleRegressor", Since: 1,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": numbers},
	New:   func(n *ops.Node) (ops.Kernel, error) { return newTreeRegressor(n, false) },
}

var treeEnsembleRegressor3 = ops.Def{
	Domain: domain, Name: "TreeEnsembleRegressor", Since: 3,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": numbers},
	New:   func(n *ops.Node) (ops.Kernel, error) { return newTreeRegressor(n, true) },
}

var aggregateNames = []string{"AVERAGE", "SUM", "MIN", "MAX"}

func newTreeRegressor(n *ops.Node, tensors bool) (ops.Kernel, error) {
	v, err := readVotes(n, "target", tensors)
	if err != nil {
		return nil, err
	}
	targets := n.Int("n_targets", 1+slices.Max(append(v.ids, 0)))
	t, err := readTable(n, v, targets, tensors)
	if err != nil {
		return nil, err
	}
	base, wide, err := floatList(n, "base_values", tensors)
	if err != nil {
		return nil, err
	}
	if len(base) > 0 {
		if err := sameLen("base_values", len(base), targets); err != nil {
			return nil, err
		}
	}
	t.wide = t.wide || wide
	agg := n.Enum("aggregate_function", "SUM", "AVERAGE", "MIN", "MAX")
	post := readTransform(n)
	e, err := newEnsemble(t, tree.Aggregate(slices.Index(aggregateNames, agg)), base)
	return &treeRegressor{e, post}, err
}

// readTransform reads post_transform.
func readTransform(n *ops.Node) score.Transform {
	return score.Transform(max(0, slices.Index(score.Names, n.Enum("post_transform", score.Names...))))
}

// treeRegressor is a kernel with one output, the scores.
type treeRegressor struct {
	ensemble
	post score.Transform
}

func (k *treeRegressor) Run(c *ops.Call) error {
	x := c.Tensor(0)
	n, _, err := rowsOf(x)
	if err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, tensor.Shape{n, k.targets})
	if err != nil {
		return err
	}
	out := tensor.Data[float32](y)
	return k.run(c, x, func(row int, s []float64, _ []bool) {
		k.transform(s)
		narrowed(out[row*k.targets:(row+1)*k.targets], s)
	})
}

func (k *treeRegressor) transform(s []float64) {
	for i, b := range k.base {
		s[i] += b
	}
	k.post.Apply(s)
}
