package tree

import "slices"

// Input is the type of features.
type Input interface {
	float32 | float64 | int32 | int64
}

// Aggregate is how the votes for a target become its score.
type Aggregate uint8

// The aggregates, in the order of the numbers that TreeEnsemble 5 gives them.
const (
	Average Aggregate = iota // over the number of trees
	Sum
	Min
	Max
)

// block is how many rows go through a tree at once: the tree stays in the
// cache, and the rows, too.
const block = 64

// Run writes the score of each target to scores, [rows, targets], and whether
// a leaf voted for it to voted, which may be nil with Average and Sum. x is
// [rows, features], with more features than MaxFeature. Features and
// thresholds are compared as W. Votes are added in float64, in the order of
// the trees; a target without a vote scores 0.
func Run[X Input, T, W Float](f *Forest[T], x []X, rows, features, targets int, agg Aggregate, scores []float64, voted []bool) {
	scores = scores[:rows*targets]
	clear(scores)
	clear(voted)
	var leaves [block]int32
	for lo := 0; lo < rows; lo += block {
		n := min(block, rows-lo)
		xs := x[lo*features : (lo+n)*features]
		part := scores[lo*targets : (lo+n)*targets]
		for _, root := range f.roots {
			walk[X, T, W](f, root, xs, features, leaves[:n])
			switch {
			case voted != nil:
				for i, leaf := range leaves[:n] {
					f.vote(leaf, agg, part[i*targets:(i+1)*targets], voted[(lo+i)*targets:(lo+i+1)*targets])
				}
			case targets == 1:
				for i, leaf := range leaves[:n] {
					part[i] += float64(f.single[leaf])
				}
			default:
				for i, leaf := range leaves[:n] {
					s := part[i*targets : (i+1)*targets]
					for _, v := range f.votes[f.ends[leaf]:f.ends[leaf+1]] {
						s[v.Target] += float64(v.Weight)
					}
				}
			}
		}
	}
	if agg == Average && len(f.roots) > 0 {
		n := float64(len(f.roots))
		for i := range scores {
			scores[i] /= n
		}
	}
}

func (f *Forest[T]) vote(leaf int32, agg Aggregate, scores []float64, voted []bool) {
	for _, v := range f.votes[f.ends[leaf]:f.ends[leaf+1]] {
		w, s := float64(v.Weight), &scores[v.Target]
		switch {
		case agg <= Sum:
			*s += w
		case !voted[v.Target] || agg == Min && w < *s || agg == Max && w > *s:
			*s = w
		}
		voted[v.Target] = true
	}
}

// walk writes the leaf that each row reaches.
func walk[X Input, T, W Float](f *Forest[T], root Ref, x []X, features int, leaves []int32) {
	switch {
	case !f.uniform:
		walkAny(f, root, x, features, leaves)
	case f.simple == LT:
		walkLT[X, T, W](f, root, x, features, leaves)
	default:
		walkLEQ[X, T, W](f, root, x, features, leaves)
	}
}

// walkLEQ is walk where all splits ask x <= value. Four rows go down at once,
// so that the processor need not wait for each load.
func walkLEQ[X Input, T, W Float](f *Forest[T], root Ref, x []X, features int, leaves []int32) {
	nodes, i := f.nodes, 0
	for ; i+4 <= len(leaves); i += 4 {
		rows := x[i*features : (i+4)*features]
		r0, r1, r2, r3 := rows[:features], rows[features:2*features], rows[2*features:3*features], rows[3*features:]
		a0, a1, a2, a3 := root, root, root, root
		for a0&a1&a2&a3 >= 0 {
			if a0 >= 0 {
				a0 = stepLEQ[X, T, W](&nodes[a0], r0)
			}
			if a1 >= 0 {
				a1 = stepLEQ[X, T, W](&nodes[a1], r1)
			}
			if a2 >= 0 {
				a2 = stepLEQ[X, T, W](&nodes[a2], r2)
			}
			if a3 >= 0 {
				a3 = stepLEQ[X, T, W](&nodes[a3], r3)
			}
		}
		leaves[i], leaves[i+1], leaves[i+2], leaves[i+3] = int32(^a0), int32(^a1), int32(^a2), int32(^a3)
	}
	for ; i < len(leaves); i++ {
		row, at := x[i*features:(i+1)*features], root
		for at >= 0 {
			at = stepLEQ[X, T, W](&nodes[at], row)
		}
		leaves[i] = int32(^at)
	}
}

// stepLEQ returns where a row goes on. The answer is an index, not a branch that
// the processor would have to guess.
func stepLEQ[X Input, T, W Float](n *node[T], row []X) Ref {
	v := W(row[n.feature])
	b := uint8(0)
	if v <= W(n.value) {
		b = 1
	}
	if v != v {
		b = n.nan
	}
	return n.next[b&1]
}

// walkLT is walk where all splits ask x < value. Four rows go down at once,
// so that the processor need not wait for each load.
func walkLT[X Input, T, W Float](f *Forest[T], root Ref, x []X, features int, leaves []int32) {
	nodes, i := f.nodes, 0
	for ; i+4 <= len(leaves); i += 4 {
		rows := x[i*features : (i+4)*features]
		r0, r1, r2, r3 := rows[:features], rows[features:2*features], rows[2*features:3*features], rows[3*features:]
		a0, a1, a2, a3 := root, root, root, root
		for a0&a1&a2&a3 >= 0 {
			if a0 >= 0 {
				a0 = stepLT[X, T, W](&nodes[a0], r0)
			}
			if a1 >= 0 {
				a1 = stepLT[X, T, W](&nodes[a1], r1)
			}
			if a2 >= 0 {
				a2 = stepLT[X, T, W](&nodes[a2], r2)
			}
			if a3 >= 0 {
				a3 = stepLT[X, T, W](&nodes[a3], r3)
			}
		}
		leaves[i], leaves[i+1], leaves[i+2], leaves[i+3] = int32(^a0), int32(^a1), int32(^a2), int32(^a3)
	}
	for ; i < len(leaves); i++ {
		row, at := x[i*features:(i+1)*features], root
		for at >= 0 {
			at = stepLT[X, T, W](&nodes[at], row)
		}
		leaves[i] = int32(^at)
	}
}

// stepLT returns where a row goes on. The answer is an index, not a branch that
// the processor would have to guess.
func stepLT[X Input, T, W Float](n *node[T], row []X) Ref {
	v := W(row[n.feature])
	b := uint8(0)
	if v < W(n.value) {
		b = 1
	}
	if v != v {
		b = n.nan
	}
	return n.next[b&1]
}

// walkAny follows splits of any mode. NaN goes where the split says, in every
// mode.
func walkAny[X Input, T Float](f *Forest[T], root Ref, x []X, features int, leaves []int32) {
	for i := range leaves {
		row, at := x[i*features:(i+1)*features], root
		for at >= 0 {
			n := &f.nodes[at]
			b := n.nan
			if v := float64(row[n.feature]); v == v {
				b = 0
				if f.yes(n, v) {
					b = 1
				}
			}
			at = n.next[b&1]
		}
		leaves[i] = int32(^at)
	}
}

func (f *Forest[T]) yes(n *node[T], v float64) bool {
	t := float64(n.value)
	switch n.mode {
	case LEQ:
		return v <= t
	case LT:
		return v < t
	case GTE:
		return v >= t
	case GT:
		return v > t
	case EQ:
		return v == t
	case NEQ:
		return v != t
	}
	set := f.sets[int(n.value)]
	i, _ := slices.BinarySearchFunc(set, v, func(e T, v float64) int {
		if float64(e) < v {
			return -1
		}
		return 1
	})
	return i < len(set) && float64(set[i]) == v
}
