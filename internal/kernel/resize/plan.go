package resize

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Plan interpolates arrays of dimensions [Outer][dims…] to ones of other
// dimensions, one axis after the other.
type Plan[T float32 | float64] struct {
	Outer  int
	passes []pass[T]
	in     int // elements of one array
	out    int
	mid    int // elements of the largest array between two passes
}

// pass resizes the middle one of three dimensions.
type pass[T float32 | float64] struct {
	outer, n, m, inner int // from n to m entries
	start, offset      []int
	weights            []T
	runs               []run
}

// run is a sequence of output entries that have as many weights each.
type run struct{ from, to, taps int }

// runsOf divides the entries of which offset says where their weights begin.
func runsOf(offset []int) []run {
	var runs []run
	for j := range len(offset) - 1 {
		n := offset[j+1] - offset[j]
		if k := len(runs) - 1; k >= 0 && runs[k].taps == n {
			runs[k].to++
		} else {
			runs = append(runs, run{j, j + 1, n})
		}
	}
	return runs
}

// NewPlan returns the plan for arrays of the given dimensions. Taps are nil
// for those that stay as they are; at least one is not.
//
// Reducing passes come first, so that the others have less to do. As
// interpolating within rows is slower than mixing whole rows, the innermost
// axis comes early where arrays grow and late where they shrink.
func NewPlan[T float32 | float64](outer int, dims []int, taps []*Taps) *Plan[T] {
	var order []int
	for k, t := range taps {
		if t != nil {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		// Compare the ratios of output to input by cross multiplication.
		ra, rb := len(taps[a].Start)*dims[b], len(taps[b].Start)*dims[a]
		if ra == rb && len(taps[a].Start) >= dims[a] {
			return b - a
		}
		return ra - rb
	})
	pl := &Plan[T]{Outer: outer, in: product(dims)}
	dims = slices.Clone(dims)
	for i, k := range order {
		t := taps[k]
		ps := pass[T]{
			outer: product(dims[:k]), n: dims[k], m: len(t.Start), inner: product(dims[k+1:]),
			start: t.Start, offset: t.Offset, weights: make([]T, len(t.Weights)), runs: runsOf(t.Offset),
		}
		for j, w := range t.Weights {
			ps.weights[j] = T(w)
		}
		pl.passes = append(pl.passes, ps)
		dims[k] = len(t.Start)
		if pl.out = product(dims); i < len(order)-1 {
			pl.mid = max(pl.mid, pl.out)
		}
	}
	return pl
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// buffers is how many arrays between two passes there are at once.
func (pl *Plan[T]) buffers() int { return min(len(pl.passes)-1, 2) }

// parts is the number of goroutines among which whole arrays are dealt, 0
// where each array is cut up.
func (pl *Plan[T]) parts(p *par.Pool) int {
	if n := min(p.Threads(), pl.Outer); n == p.Threads() && pl.Outer*pl.out >= work {
		return n
	}
	return 0
}

// Scratch returns how many elements Run needs beside its arrays.
func (pl *Plan[T]) Scratch(p *par.Pool) int { return max(1, pl.parts(p)) * pl.buffers() * pl.mid }

// Run resizes src to dst. Scratch has pl.Scratch(p) elements.
func (pl *Plan[T]) Run(p *par.Pool, dst, src, scratch []T) {
	one := func(p *par.Pool, u int, s []T) {
		x := src[u*pl.in : (u+1)*pl.in]
		for i := range pl.passes {
			y := dst[u*pl.out : (u+1)*pl.out]
			if i < len(pl.passes)-1 {
				y = s[i%2*pl.mid:][:pl.mid]
			}
			pl.passes[i].run(p, y, x)
			x = y
		}
	}
	parts, each := pl.parts(p), pl.buffers()*pl.mid
	if parts == 0 {
		for u := range pl.Outer {
			one(p, u, scratch)
		}
		return
	}
	p.For(parts, 1, func(lo, hi int) {
		for w := lo; w < hi; w++ {
			for u := pl.Outer * w / parts; u < pl.Outer*(w+1)/parts; u++ {
				one(nil, u, scratch[w*each:(w+1)*each])
			}
		}
	})
}

func (ps *pass[T]) run(p *par.Pool, y, x []T) {
	if ps.inner == 1 {
		p.For(ps.outer, max(1, work/ps.m), func(lo, hi int) {
			for o := lo; o < hi; o++ {
				ps.within(y[o*ps.m:(o+1)*ps.m], x[o*ps.n:(o+1)*ps.n])
			}
		})
		return
	}
	p.For(ps.outer*ps.m, max(1, work/ps.inner), func(lo, hi int) {
		for u := lo; u < hi; u++ {
			o, j := u/ps.m, u%ps.m
			at := (o*ps.n + ps.start[j]) * ps.inner
			mix(y[u*ps.inner:(u+1)*ps.inner], x[at:], ps.weights[ps.offset[j]:ps.offset[j+1]])
		}
	})
}

// within interpolates in one row: y[j] = Σ w[j][k] · x[start[j] + k].
func (ps *pass[T]) within(y, x []T) {
	for _, r := range ps.runs {
		out, start := y[r.from:r.to], ps.start[r.from:r.to]
		w := ps.weights[ps.offset[r.from]:ps.offset[r.to]]
		switch r.taps {
		case 1:
			w = w[:len(out)]
			for j, s := range start[:len(out)] {
				out[j] = w[j] * x[s]
			}
		case 2:
			for j, s := range start[:len(out)] {
				f, v := w[2*j:2*j+2:2*j+2], x[s:s+2:s+2]
				out[j] = f[0]*v[0] + f[1]*v[1]
			}
		case 4:
			for j, s := range start[:len(out)] {
				f, v := w[4*j:4*j+4:4*j+4], x[s:s+4:s+4]
				out[j] = f[0]*v[0] + f[1]*v[1] + f[2]*v[2] + f[3]*v[3]
			}
		default:
			for j, s := range start {
				var sum T
				v := x[s : s+r.taps]
				for k, f := range w[j*r.taps : (j+1)*r.taps] {
					sum += f * v[k]
				}
				out[j] = sum
			}
		}
	}
}

// mix adds up rows: y = Σ w[k] · row k of x, which has rows of len(y).
func mix[T float32 | float64](y, x, w []T) {
	n := len(y)
	a := x[:n]
	switch len(w) {
	case 1:
		if w[0] == 1 {
			copy(y, a)
			return
		}
		for i := range y {
			y[i] = w[0] * a[i]
		}
		return
	case 2:
		b := x[n : 2*n]
		w0, w1 := w[0], w[1]
		for i := range y {
			y[i] = w0*a[i] + w1*b[i]
		}
		return
	case 4:
		b, c, d := x[n:2*n], x[2*n:3*n], x[3*n:4*n]
		w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
		for i := range y {
			y[i] = w0*a[i] + w1*b[i] + w2*c[i] + w3*d[i]
		}
		return
	}
	for i := range y {
		y[i] = w[0] * a[i]
	}
	for k := 1; k < len(w); k++ {
		f, b := w[k], x[k*n:(k+1)*n]
		for i := range y {
			y[i] += f * b[i]
		}
	}
}
