package ml

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/score"
	"github.com/onnxrun/onnxrun/internal/kernel/tree"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// TreeEnsemble has splits and leaves in tables of their own, and splits that
// ask for membership in a set.
var treeEnsemble5 = ops.Def{
	Domain: domain, Name: "TreeEnsemble", Since: 5,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": tensor.SetOf(tensor.F32, tensor.F64, tensor.F16)},
	New:   ops.Widen(newTreeEnsemble),
}

func newTreeEnsemble(n *ops.Node) (ops.Kernel, error) {
	targetIDs := n.Ints("leaf_targetids")
	features := n.Ints("nodes_featureids")
	yes, no := n.Ints("nodes_truenodeids"), n.Ints("nodes_falsenodeids")
	yesLeaf, noLeaf := n.Ints("nodes_trueleafs"), n.Ints("nodes_falseleafs")
	missing, roots := n.Ints("nodes_missing_value_tracks_true"), n.Ints("tree_roots")
	n.Ignore("nodes_hitrates")
	t := &table{}
	splits, err := t.floats(n, "nodes_splits")
	if err != nil {
		return nil, err
	}
	weights, err := t.floats(n, "leaf_weights")
	if err != nil {
		return nil, err
	}
	members, err := t.floats(n, "membership_values")
	if err != nil {
		return nil, err
	}
	modes, err := readModes(n)
	if err != nil {
		return nil, err
	}
	for _, l := range []struct {
		name string
		len  int
	}{{"nodes_splits", len(splits)}, {"nodes_modes", len(modes)}, {"nodes_truenodeids", len(yes)}, {"nodes_falsenodeids", len(no)}, {"nodes_trueleafs", len(yesLeaf)}, {"nodes_falseleafs", len(noLeaf)}} {
		if err := sameLen(l.name, l.len, len(features)); err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		if err := sameLen("nodes_missing_value_tracks_true", len(missing), len(features)); err != nil {
			return nil, err
		}
	}
	if err := sameLen("leaf_weights", len(weights), len(targetIDs)); err != nil {
		return nil, err
	}
	t.targets = 1
	for i, id := range targetIDs {
		if id < 0 || id >= math.MaxInt32 {
			return nil, fmt.Errorf("attribute leaf_targetids: %d is outside of [0, %d]", id, math.MaxInt32-1)
		}
		t.targets = max(t.targets, id+1)
		t.leaves = append(t.leaves, []tree.Vote[float64]{{Target: int32(id), Weight: weights[i]}})
	}
	if targets := n.Int("n_targets", t.targets); targets < t.targets {
		return nil, fmt.Errorf("attribute leaf_targetids: %d is outside of [0, %d]", t.targets-1, targets-1)
	} else {
		t.targets = targets
	}
	for i := range features {
		s := tree.Split[float64]{
			Feature: features[i], Mode: tree.Mode(modes[i]), Value: splits[i],
			NaNTrue: len(missing) > 0 && missing[i] != 0,
		}
		if s.True, err = ref(yes[i], yesLeaf[i] != 0); err != nil {
			return nil, fmt.Errorf("attribute nodes_truenodeids: %w", err)
		}
		if s.False, err = ref(no[i], noLeaf[i] != 0); err != nil {
			return nil, fmt.Errorf("attribute nodes_falsenodeids: %w", err)
		}
		if s.Mode == tree.Member {
			s.Members, members = cutSet(members)
		}
		t.splits = append(t.splits, s)
	}
	for _, r := range roots {
		root, err := ref(r, false)
		if err != nil {
			return nil, fmt.Errorf("attribute tree_roots: %w", err)
		}
		t.roots = append(t.roots, root)
	}
	agg, post := n.Int("aggregate_function", int(tree.Sum)), n.Int("post_transform", 0)
	if agg < 0 || agg > int(tree.Max) {
		return nil, fmt.Errorf("attribute aggregate_function: %d is outside of [0, %d]", agg, tree.Max)
	}
	if post < 0 || post >= len(score.Names) {
		return nil, fmt.Errorf("attribute post_transform: %d is outside of [0, %d]", post, len(score.Names)-1)
	}
	e, err := newEnsemble(t, tree.Aggregate(agg), nil)
	return &treeEnsemble{treeRegressor{e, score.Transform(post)}}, err
}

// floats reads a tensor attribute of floats.
func (t *table) floats(n *ops.Node, name string) ([]float64, error) {
	v := n.Tensor(name)
	if v == nil {
		return nil, nil
	}
	l, err := floatsIn(v)
	if err != nil {
		return nil, fmt.Errorf("attribute %s: %w", name, err)
	}
	t.wide = t.wide || v.DType() == tensor.F64
	return l, nil
}

func readModes(n *ops.Node) ([]uint8, error) {
	t := n.Tensor("nodes_modes")
	if t == nil {
		return nil, nil
	}
	modes, err := tensor.Values[uint8](t)
	if err != nil {
		return nil, fmt.Errorf("attribute nodes_modes: %w", err)
	}
	for _, m := range modes {
		if tree.Mode(m) > tree.Member {
			return nil, fmt.Errorf("attribute nodes_modes: %d is outside of [0, %d]", m, tree.Member)
		}
	}
	return modes, nil
}

func ref(i int, leaf bool) (tree.Ref, error) {
	if i < 0 || i > math.MaxInt32 {
		return 0, fmt.Errorf("%d is outside of [0, %d]", i, math.MaxInt32)
	}
	if leaf {
		return tree.Leaf(i), nil
	}
	return tree.Ref(i), nil
}

// cutSet splits a list of sets after the first, which ends with a NaN or the
// list.
func cutSet(list []float64) (set, rest []float64) {
	for i, v := range list {
		if math.IsNaN(v) {
			return list[:i], list[i+1:]
		}
	}
	return list, nil
}

type treeEnsemble struct{ treeRegressor }

func (k *treeEnsemble) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.DType() == tensor.F32 {
		return k.treeRegressor.Run(c)
	}
	n, _, err := rowsOf(x)
	if err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F64, tensor.Shape{n, k.targets})
	if err != nil {
		return err
	}
	out := tensor.Data[float64](y)
	return k.run(c, x, func(row int, s []float64, _ []bool) {
		k.transform(s)
		copy(out[row*k.targets:], s)
	})
}
