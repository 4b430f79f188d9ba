// Package tree evaluates ensembles of decision trees: rows of features come
// in, the sum, smallest or largest of the votes of the leaves that a row
// reaches goes out. It knows nothing of tensors and ONNX.
//
// New turns a description of the nodes, whatever it claims, into a Forest
// whose walks end: every reference is checked, and cycles are errors.
package tree

import (
	"fmt"
	"math"
	"slices"
)

// Mode is the comparison that a split makes: feature against value.
type Mode uint8

// The modes, in the order of the numbers that TreeEnsemble 5 gives them.
const (
	LEQ Mode = iota
	LT
	GTE
	GT
	EQ
	NEQ
	Member // the feature is one of the split's members
)

// Float is the type of thresholds and votes.
type Float interface{ float32 | float64 }

// Ref names a place in a tree: a split where it is not negative, else the
// leaf ^Ref.
type Ref int32

// Leaf returns the reference to leaf i.
func Leaf(i int) Ref { return ^Ref(i) }

// Split is a description of an inner node.
type Split[T Float] struct {
	Feature     int
	Mode        Mode
	Value       T
	Members     []T // of mode Member
	True, False Ref
	NaNTrue     bool // where a feature that is NaN goes
}

// Vote is what a leaf adds to a target.
type Vote[T Float] struct {
	Target int32
	Weight T
}

// node is a split as it is walked. The nodes of a tree stand in the order in
// which a walk that always answers true, then false, meets them.
type node[T Float] struct {
	value   T // with mode Member the number of the set
	feature int32
	next    [2]Ref // where to go on false and true
	mode    Mode
	nan     uint8 // the index into next for NaN
}

// Forest is an ensemble of trees. It is immutable.
type Forest[T Float] struct {
	nodes []node[T]
	roots []Ref
	sets  [][]T // ascending
	votes []Vote[T]
	ends  []int32 // leaf i has votes[ends[i]:ends[i+1]]

	simple  Mode // where uniform: the mode of all splits
	uniform bool // all splits have one mode, LEQ or LT

	maxFeature int
	single     []T // the votes of leaf i added up, where there is one target
}

// New builds a forest. leaves[i] are the votes of leaf i for targets 0 to
// targets-1.
func New[T Float](splits []Split[T], leaves [][]Vote[T], roots []Ref, targets int) (*Forest[T], error) {
	if len(splits) > math.MaxInt32 || len(leaves) > math.MaxInt32 {
		return nil, fmt.Errorf("%d nodes are too many", len(splits)+len(leaves))
	}
	f := &Forest[T]{maxFeature: -1, uniform: true, ends: make([]int32, 1, len(leaves)+1)}
	for i, l := range leaves {
		for _, v := range l {
			if v.Target < 0 || int(v.Target) >= targets {
				return nil, fmt.Errorf("leaf %d votes for target %d, outside of [0, %d]", i, v.Target, targets-1)
			}
		}
		if len(f.votes)+len(l) > math.MaxInt32 {
			return nil, fmt.Errorf("there are more than %d votes", math.MaxInt32)
		}
		f.votes = append(f.votes, l...)
		f.ends = append(f.ends, int32(len(f.votes)))
	}
	if targets == 1 {
		f.single = make([]T, len(leaves))
		for i, l := range leaves {
			var sum float64
			for _, v := range l {
				sum += float64(v.Weight)
			}
			f.single[i] = T(sum)
		}
	}
	b := builder[T]{Forest: f, splits: splits, leaves: len(leaves), place: make([]int32, len(splits))}
	for i, r := range roots {
		p, err := b.tree(r)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		f.roots = append(f.roots, p)
	}
	f.uniform = f.uniform && (f.simple == LEQ || f.simple == LT)
	return f, nil
}

// Trees returns the number of trees.
func (f *Forest[T]) Trees() int { return len(f.roots) }

// MaxFeature returns the highest feature that a reachable split asks for, -1
// where there is none.
func (f *Forest[T]) MaxFeature() int { return f.maxFeature }

type builder[T Float] struct {
	*Forest[T]
	splits []Split[T]
	leaves int
	place  []int32 // 0: not met; > 0: 1 + its place in nodes; < 0: the same, its subtree not yet done
}

// tree copies what hangs at r to the nodes and returns where it is. It goes
// depth first with a stack of its own: trees may be deep.
func (b *builder[T]) tree(r Ref) (Ref, error) {
	type open struct {
		split int32
		next  int // the branches done
	}
	root, isNew, err := b.enter(r)
	if err != nil || !isNew {
		return root, err
	}
	stack := []open{{split: int32(r)}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		s := &b.splits[top.split]
		at := -b.place[top.split] - 1
		if top.next == 2 {
			b.place[top.split] = at + 1
			stack = stack[:len(stack)-1]
			continue
		}
		child := s.True
		if top.next == 1 {
			child = s.False
		}
		p, isNew, err := b.enter(child)
		if err != nil {
			return 0, fmt.Errorf("below split %d: %w", top.split, err)
		}
		b.nodes[at].next[1-top.next] = p
		top.next++
		if isNew {
			stack = append(stack, open{split: int32(child)})
		}
	}
	return root, nil
}

// enter returns the place of r, and whether it is a split that was not met
// before.
func (b *builder[T]) enter(r Ref) (place Ref, isNew bool, err error) {
	if r < 0 {
		if int(^r) >= b.leaves {
			return 0, false, fmt.Errorf("leaf %d is outside of [0, %d]", ^r, b.leaves-1)
		}
		return r, false, nil
	}
	if int(r) >= len(b.splits) {
		return 0, false, fmt.Errorf("split %d is outside of [0, %d]", r, len(b.splits)-1)
	}
	switch p := b.place[r]; {
	case p > 0:
		return Ref(p - 1), false, nil
	case p < 0:
		return 0, false, fmt.Errorf("split %d is below itself", r)
	}
	s := &b.splits[r]
	if s.Feature < 0 || s.Feature > math.MaxInt32 {
		return 0, false, fmt.Errorf("split %d: feature %d is outside of [0, %d]", r, s.Feature, math.MaxInt32)
	}
	n := node[T]{value: s.Value, feature: int32(s.Feature), mode: s.Mode}
	if s.NaNTrue {
		n.nan = 1
	}
	switch {
	case s.Mode > Member:
		return 0, false, fmt.Errorf("split %d: mode %d is outside of [0, %d]", r, s.Mode, Member)
	case s.Mode == Member:
		// The number of the set stands in the node as a float that holds it
		// exactly.
		if len(b.sets) >= 1<<24 {
			return 0, false, fmt.Errorf("there are more than %d splits by membership", 1<<24)
		}
		n.value = T(len(b.sets))
		set := slices.Clone(s.Members)
		slices.Sort(set)
		b.sets = append(b.sets, set)
	}
	if len(b.nodes) == 0 {
		b.simple = s.Mode
	}
	b.uniform = b.uniform && s.Mode == b.simple
	b.maxFeature = max(b.maxFeature, s.Feature)
	b.nodes = append(b.nodes, n)
	b.place[r] = -int32(len(b.nodes))
	return Ref(len(b.nodes) - 1), true, nil
}
