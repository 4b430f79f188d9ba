package norm

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Groups says which elements of a row-major array share their statistics: those
// that differ only in reduced dimensions. The array is seen as runs of adjacent
// elements at the positions kept + reduced.
type Groups struct {
	kept, reduced grid
	run           int
	// columns says that the elements of a run belong to as many groups, one
	// column of runs each; otherwise a run is in one group as a whole.
	columns bool
}

// grid is a set of positions.
type grid struct {
	dims, strides []int
	n             int
}

// at returns position i in row-major order.
func (g *grid) at(i int) int {
	pos := 0
	for d := len(g.dims) - 1; d >= 0; d-- {
		pos += i % g.dims[d] * g.strides[d]
		i /= g.dims[d]
	}
	return pos
}

func (g *grid) add(dim, stride int) {
	g.dims, g.strides = append(g.dims, dim), append(g.strides, stride)
	g.n *= dim
}

// GroupsOf returns the groups of an array of the given dimensions of which
// those with reduced set are not kept.
func GroupsOf(dims []int, reduced []bool) Groups {
	g := Groups{kept: grid{n: 1}, reduced: grid{n: 1}, run: 1}
	stride := 1
	i := len(dims) - 1
	if i >= 0 {
		// The run takes all trailing dimensions of one kind.
		for g.columns = !reduced[i]; i >= 0 && (reduced[i] != g.columns || dims[i] == 1); i-- {
			g.run *= dims[i]
		}
		stride = g.run
	}
	// Outer dimensions, merged where neighbours are of one kind.
	var sizes []int
	var kinds []bool
	for ; i >= 0; i-- {
		if n := len(sizes); n > 0 && kinds[n-1] == reduced[i] {
			sizes[n-1] *= dims[i]
		} else {
			sizes, kinds = append(sizes, dims[i]), append(kinds, reduced[i])
		}
	}
	strides := make([]int, len(sizes))
	for k, s := range sizes {
		strides[k] = stride
		stride *= s
	}
	for k := len(sizes) - 1; k >= 0; k-- {
		if kinds[k] {
			g.reduced.add(sizes[k], strides[k])
		} else {
			g.kept.add(sizes[k], strides[k])
		}
	}
	return g
}

// Len returns the number of groups. They are numbered in row-major order of
// the kept dimensions.
func (g *Groups) Len() int {
	if g.columns {
		return g.kept.n * g.run
	}
	return g.kept.n
}

// Count returns the number of elements of a group.
func (g *Groups) Count() int {
	if g.columns {
		return g.reduced.n
	}
	return g.reduced.n * g.run
}

// GroupMoments writes the mean and the population variance of each group; both
// are NaN where groups are empty.
func GroupMoments[T Elem, W Float](p *par.Pool, x []T, g *Groups, mean, variance []float64) {
	switch {
	case g.Len() == 0:
	case g.Count() == 0:
		for i := range g.Len() {
			mean[i], variance[i] = math.NaN(), math.NaN()
		}
	case g.columns:
		columnMoments[T, W](p, x, g, mean, variance)
	default:
		runMoments[T, W](p, x, g, mean, variance)
	}
}

// Standardize computes y = (x - mean)·a with the mean and a of the element's
// group. y may be x.
func Standardize[T Elem, W Float](p *par.Pool, y, x []T, g *Groups, mean, a []float64) {
	if len(x) == 0 {
		return
	}
	p.For(g.kept.n*g.reduced.n, perPart(g.run), func(lo, hi int) {
		var buf [block]W
		for i := lo; i < hi; i++ {
			k := i / g.reduced.n
			at := g.kept.at(k) + g.reduced.at(i%g.reduced.n)
			for from := 0; from < g.run; from += block {
				to := min(from+block, g.run)
				yr, xr := y[at+from:at+to], x[at+from:at+to]
				src, dst := wide(xr, &buf), target(yr, &buf)
				if g.columns {
					k := k * g.run
					scaleN(dst, src, mean[k+from:k+to], a[k+from:k+to])
				} else {
					affine1(dst, src, mean[k], 0, a[k], 0)
				}
				narrow(yr, dst)
			}
		}
	})
}

// runMoments is GroupMoments for groups of whole runs. A leaf is a block of a
// long run, or as many short runs as a block holds.
func runMoments[T Elem, W Float](p *par.Pool, x []T, g *Groups, mean, variance []float64) {
	perRun, runs := 1, 1 // leaves per run, runs per leaf
	if g.run >= block {
		perRun = blocks(g.run)
	} else {
		runs = min(block/g.run, g.reduced.n)
	}
	n := (g.reduced.n + runs - 1) / runs * perRun
	leaf := func(group, i int, gather []T, buf *[block]W) Moments {
		base := g.kept.at(group)
		if runs == 1 {
			at := base + g.reduced.at(i/perRun)
			return blockLeaf(x[at:at+g.run], i%perRun, true, buf)
		}
		gather = gather[:0]
		for r := i * runs; r < min((i+1)*runs, g.reduced.n); r++ {
			at := base + g.reduced.at(r)
			gather = append(gather, x[at:at+g.run]...)
		}
		return blockMoments(wide(gather, buf))
	}
	size := g.Count() / n // elements per leaf, about
	if n == 1 {
		p.For(g.kept.n, perPart(size), func(lo, hi int) {
			var buf [block]W
			var gather [block]T
			for i := lo; i < hi; i++ {
				m := leaf(i, 0, gather[:0], &buf)
				mean[i], variance[i] = m.Mean, m.Variance()
			}
		})
		return
	}
	leaves := make([]Moments, g.kept.n*n)
	p.For(len(leaves), perPart(size), func(lo, hi int) {
		var buf [block]W
		var gather [block]T
		for i := lo; i < hi; i++ {
			leaves[i] = leaf(i/n, i%n, gather[:0], &buf)
		}
	})
	for i := range g.kept.n {
		m := tree(n, func(k int) Moments { return leaves[i*n+k] })
		mean[i], variance[i] = m.Mean, m.Variance()
	}
}
