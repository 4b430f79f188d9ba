package sortk

import (
	"cmp"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Lines are the rows along one dimension of an array [Outer][N][Inner].
type Lines struct{ Outer, N, Inner int }

// Scratch returns how many words Top wants on p to find the first k of lines.
func (l Lines) Scratch(p *par.Pool, k int) int { return l.parts(p) * l.each(k) }

// parts is the number of goroutines among which the lines are dealt.
func (l Lines) parts(p *par.Pool) int {
	lines := l.Outer * l.Inner
	if lines*l.N < 1<<13 {
		return min(lines, 1)
	}
	return min(lines, p.Threads())
}

// each is the number of words for one line.
func (l Lines) each(k int) int {
	if heaps(l.N, k) {
		return 2 * k
	}
	return 2 * l.N
}

// heaps says whether the first k of n are few enough for a heap.
func heaps(n, k int) bool { return k <= n/8 || k == 1 }

// Top finds the k ≤ N elements of each line with the lowest keys, in their
// order, the lower position first where keys are equal. dst, [Outer][k][Inner],
// takes their positions along the line. Scratch has l.Scratch(p, k) words.
func Top(p *par.Pool, dst []int64, keys Keys, wide bool, l Lines, k int, scratch []uint64) {
	lines, parts, each := l.Outer*l.Inner, l.parts(p), l.each(k)
	if lines == 0 || k == 0 {
		return
	}
	p.For(parts, 1, func(lo, hi int) {
		for w := lo; w < hi; w++ {
			s := scratch[w*each : (w+1)*each]
			for u := lines * w / parts; u < lines*(w+1)/parts; u++ {
				o, i := u/l.Inner, u%l.Inner
				first := line(keys, wide, o*l.N*l.Inner+i, l.Inner, l.N, k, s)
				at := o*k*l.Inner + i
				for _, v := range first {
					dst[at] = int64(v)
					at += l.Inner
				}
			}
		}
	})
}

// line returns the positions of the first k of the n elements from at on.
func line(keys Keys, wide bool, at, stride, n, k int, s []uint64) []uint64 {
	switch {
	case heaps(n, k):
		return heapLine(keys, at, stride, n, s[:k], s[k:2*k])
	case wide || uint64(n) > math.MaxUint32:
		return sortLine(keys, at, stride, s[:n], s[n:2*n])[:k]
	}
	s = s[:n]
	keys(s, at, stride)
	for i, key := range s {
		s[i] = key<<32 | uint64(i)
	}
	slices.Sort(s)
	s = s[:k]
	for i := range s {
		s[i] &= math.MaxUint32
	}
	return s
}

// sortLine sorts positions by their keys.
func sortLine(keys Keys, at, stride int, ks, pos []uint64) []uint64 {
	keys(ks, at, stride)
	for i := range pos {
		pos[i] = uint64(i)
	}
	slices.SortFunc(pos, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(ks[a], ks[b]), cmp.Compare(a, b))
	})
	return pos
}

// heapLine keeps the first k met so far in a heap whose root is the last of
// them; most elements of a long line are turned away by one comparison with
// it. Elements come in order of position, so that an equal key is turned away,
// too.
func heapLine(keys Keys, at, stride, n int, ks, pos []uint64) []uint64 {
	k := len(ks)
	keys(ks, at, stride)
	for i := range pos {
		pos[i] = uint64(i)
	}
	for i := k/2 - 1; i >= 0; i-- {
		sink(ks, pos, i)
	}
	var block [256]uint64
	for from := k; from < n; from += len(block) {
		b := block[:min(len(block), n-from)]
		keys(b, at+from*stride, stride)
		for i, key := range b {
			if key < ks[0] {
				ks[0], pos[0] = key, uint64(from+i)
				sink(ks, pos, 0)
			}
		}
	}
	for m := k - 1; m > 0; m-- {
		ks[0], ks[m] = ks[m], ks[0]
		pos[0], pos[m] = pos[m], pos[0]
		sink(ks[:m], pos[:m], 0)
	}
	return pos
}

// sink moves element i of a heap down to its place.
func sink(ks, pos []uint64, i int) {
	for {
		c := 2*i + 1
		if c >= len(ks) {
			return
		}
		if r := c + 1; r < len(ks) && after(ks, pos, r, c) {
			c = r
		}
		if !after(ks, pos, c, i) {
			return
		}
		ks[i], ks[c] = ks[c], ks[i]
		pos[i], pos[c] = pos[c], pos[i]
		i = c
	}
}

func after(ks, pos []uint64, a, b int) bool {
	return ks[a] > ks[b] || ks[a] == ks[b] && pos[a] > pos[b]
}
