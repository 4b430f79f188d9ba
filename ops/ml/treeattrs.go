package ml

import (
	"fmt"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/tree"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// floatList reads a list of floats from the attribute of that name, or where
// tensors are allowed from the one with the suffix _as_tensor; wide says that
// these are float64.
func floatList(n *ops.Node, name string, tensors bool) (list []float64, wide bool, err error) {
	list = widened(n.Floats(name))
	if !tensors {
		return list, false, nil
	}
	t := n.Tensor(name + "_as_tensor")
	if t == nil || t.Len() == 0 {
		return list, false, nil
	}
	if len(list) > 0 {
		return nil, false, fmt.Errorf("attributes %s and %s_as_tensor: want one of them", name, name)
	}
	list, err = floatsIn(t)
	if err != nil {
		err = fmt.Errorf("attribute %s_as_tensor: %w", name, err)
	}
	return list, t.DType() == tensor.F64, err
}

// floatsIn returns the elements of a vector of floats.
func floatsIn(t *tensor.Tensor) ([]float64, error) {
	if t.Rank() > 1 || !ops.Floats.Has(t.DType()) {
		return nil, fmt.Errorf("got %v, want a vector of floats", t)
	}
	w, err := tensor.New(tensor.F64, t.Shape())
	if err != nil {
		return nil, err
	}
	if err := tensor.Convert(w, t, tensor.Conversion{}); err != nil {
		return nil, err
	}
	return tensor.Data[float64](w), nil
}

// sameLen fails where a list that belongs to a table has another length than
// the rest of it.
func sameLen(name string, got, want int) error {
	if got != want {
		return fmt.Errorf("attribute %s: got %d entries, want %d", name, got, want)
	}
	return nil
}

var modeNames = []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"}

// table is an ensemble as the attributes describe it, in float64.
type table struct {
	splits  []tree.Split[float64]
	leaves  [][]tree.Vote[float64]
	roots   []tree.Ref
	targets int
	wide    bool // some numbers have more precision than float32
}

// votes are the attributes that give the weights of the leaves: class_* or
// target_*.
type votes struct {
	trees, nodes, ids []int
	weights           []float64
	wide              bool
}

func readVotes(n *ops.Node, prefix string, tensors bool) (v votes, err error) {
	v.trees, v.nodes, v.ids = n.Ints(prefix+"_treeids"), n.Ints(prefix+"_nodeids"), n.Ints(prefix+"_ids")
	if v.weights, v.wide, err = floatList(n, prefix+"_weights", tensors); err != nil {
		return v, err
	}
	for _, l := range []struct {
		name string
		len  int
	}{{"_treeids", len(v.trees)}, {"_nodeids", len(v.nodes)}, {"_weights", len(v.weights)}} {
		if err := sameLen(prefix+l.name, l.len, len(v.ids)); err != nil {
			return v, err
		}
	}
	return v, nil
}

// readTable reads the nodes_* attributes of versions 1 and 3, where all nodes
// of all trees, leaves among them, stand in one list, and joins them with the
// votes. The root of a tree is its first node.
func readTable(n *ops.Node, v votes, targets int, tensors bool) (*table, error) {
	trees, nodes, features := n.Ints("nodes_treeids"), n.Ints("nodes_nodeids"), n.Ints("nodes_featureids")
	modes, missing := n.Strings("nodes_modes"), n.Ints("nodes_missing_value_tracks_true")
	yes, no := n.Ints("nodes_truenodeids"), n.Ints("nodes_falsenodeids")
	values, wide, err := floatList(n, "nodes_values", tensors)
	if err != nil {
		return nil, err
	}
	n.Ignore("nodes_hitrates") // how often a node is visited
	if tensors {
		n.Ignore("nodes_hitrates_as_tensor")
	}
	count := len(trees)
	for _, l := range []struct {
		name string
		len  int
	}{{"nodeids", len(nodes)}, {"featureids", len(features)}, {"modes", len(modes)}, {"truenodeids", len(yes)}, {"falsenodeids", len(no)}, {"values", len(values)}} {
		if err := sameLen("nodes_"+l.name, l.len, count); err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		if err := sameLen("nodes_missing_value_tracks_true", len(missing), count); err != nil {
			return nil, err
		}
	}
	if count > math.MaxInt32 {
		return nil, fmt.Errorf("attribute nodes_treeids: %d nodes are too many", count)
	}

	t := &table{targets: targets, wide: wide || v.wide}
	refs := make(map[[2]int]tree.Ref, count)
	seen := map[int]bool{}
	for i := range count {
		id := [2]int{trees[i], nodes[i]}
		if _, ok := refs[id]; ok {
			return nil, fmt.Errorf("attribute nodes_nodeids: node %d of tree %d is there twice", id[1], id[0])
		}
		if modes[i] == "LEAF" {
			refs[id] = tree.Leaf(len(t.leaves))
			t.leaves = append(t.leaves, nil)
		} else {
			m := slices.Index(modeNames, modes[i])
			if m < 0 || tree.Mode(m) == tree.Member {
				return nil, fmt.Errorf("attribute nodes_modes: %q is not a mode", modes[i])
			}
			refs[id] = tree.Ref(len(t.splits))
			t.splits = append(t.splits, tree.Split[float64]{
				Feature: features[i], Mode: tree.Mode(m), Value: values[i],
				NaNTrue: len(missing) > 0 && missing[i] != 0,
			})
		}
		if !seen[id[0]] {
			seen[id[0]] = true
			t.roots = append(t.roots, refs[id])
		}
	}
	for i := range count {
		if modes[i] == "LEAF" {
			continue
		}
		s := &t.splits[refs[[2]int{trees[i], nodes[i]}]]
		for _, b := range []struct {
			name string
			id   int
			to   *tree.Ref
		}{{"true", yes[i], &s.True}, {"false", no[i], &s.False}} {
			r, ok := refs[[2]int{trees[i], b.id}]
			if !ok {
				return nil, fmt.Errorf("attribute nodes_%snodeids: tree %d has no node %d", b.name, trees[i], b.id)
			}
			*b.to = r
		}
	}
	for i := range v.ids {
		r, ok := refs[[2]int{v.trees[i], v.nodes[i]}]
		if !ok {
			return nil, fmt.Errorf("votes: tree %d has no node %d", v.trees[i], v.nodes[i])
		}
		if v.ids[i] < 0 || v.ids[i] >= targets {
			return nil, fmt.Errorf("votes: class or target %d is outside of [0, %d]", v.ids[i], targets-1)
		}
		if r < 0 { // some converters write weights to inner nodes, too: they have no effect
			t.leaves[^r] = append(t.leaves[^r], tree.Vote[float64]{Target: int32(v.ids[i]), Weight: v.weights[i]})
		}
	}
	return t, nil
}

// forest is a table ready to run, in the precision of its numbers.
type forest struct {
	f32 *tree.Forest[float32]
	f64 *tree.Forest[float64]
}

func (t *table) build() (f forest, err error) {
	if t.targets > math.MaxInt32 {
		return f, fmt.Errorf("%d targets are too many", t.targets)
	}
	if t.wide {
		f.f64, err = tree.New(t.splits, t.leaves, t.roots, t.targets)
		return f, err
	}
	splits := make([]tree.Split[float32], len(t.splits))
	for i, s := range t.splits {
		splits[i] = tree.Split[float32]{
			Feature: s.Feature, Mode: s.Mode, Value: float32(s.Value), Members: narrowList(s.Members),
			True: s.True, False: s.False, NaNTrue: s.NaNTrue,
		}
	}
	leaves := make([][]tree.Vote[float32], len(t.leaves))
	for i, l := range t.leaves {
		for _, v := range l {
			leaves[i] = append(leaves[i], tree.Vote[float32]{Target: v.Target, Weight: float32(v.Weight)})
		}
	}
	f.f32, err = tree.New(splits, leaves, t.roots, t.targets)
	return f, err
}

func narrowList(l []float64) []float32 {
	out := make([]float32, len(l))
	narrowed(out, l)
	return out
}
