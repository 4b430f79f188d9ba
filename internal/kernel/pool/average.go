package pool

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/grid"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Average writes the mean of each window of x to y. It divides by the number
// of elements of the window that are inside of x or, if withPadding, inside of
// x and its padding; a window of none has mean 0. Sums are in float64, those
// of few float32 in float32.
func Average[T Float](pool *par.Pool, planes int, dims []window.Dim, withPadding bool, x, y []T) {
	last := len(dims) - 1
	d := &dims[last]
	counts := make([]int, d.Out) // elements of the windows of a row in the last dimension
	for o := range counts {
		counts[o] = count(d, o, withPadding)
	}
	if f, ok := any(x).([]float32); ok && small(dims) {
		if l := grid.New(dims); l != nil {
			averageOnGrid(pool, planes, l, dims, counts, withPadding, f, any(y).([]float32))
			return
		}
	}
	r := newRows(dims)
	r.each(pool, planes, func() func(plane, first int, pos []int) {
		sums := make([]float64, d.Out)
		return func(plane, first int, pos []int) {
			src := x[plane*r.in : (plane+1)*r.in]
			clear(sums)
			r.element(pos, func(base int) { addRow(r, sums, src[base:base+d.In], d) })
			outer := 1
			for i, o := range pos {
				outer *= count(&dims[i], o, withPadding)
			}
			for i := range sums {
				v := 0.0
				if n := outer * counts[i]; n > 0 {
					v = sums[i] / float64(n)
				}
				y[plane*r.out+first+i] = T(v)
			}
		}
	})
}

// smallWindow is how many float32 are summed in float32.
const smallWindow = 32

func small(dims []window.Dim) bool {
	n := 1
	for i := range dims {
		if n *= min(dims[i].Kernel, smallWindow+1); n > smallWindow {
			return false
		}
	}
	return true
}

// averageOnGrid is Average of float32 with vectors.
func averageOnGrid(pool *par.Pool, planes int, l *grid.Layout, dims []window.Dim, counts []int, withPadding bool, x, y []float32) {
	out := window.Volume(dims, window.Out)
	last := len(dims) - 1
	width := dims[last].Out
	ones := make([]float32, window.Volume(dims, window.Kernel))
	for i := range ones {
		ones[i] = 1
	}
	inf := float32(math.Inf(1))
	l.Bands(pool, planes, x, 0, func(b *grid.Band) {
		plane := y[b.Plane*out:][:out]
		b.Sum(plane, ones, 0, -inf, inf)
		for o, hi := b.Range(); o < hi; o += width {
			outer, rest := 1, o/width
			for i := last - 1; i >= 0; i-- {
				outer *= count(&dims[i], rest%dims[i].Out, withPadding)
				rest /= dims[i].Out
			}
			for i, v := range plane[o : o+width] {
				if n := outer * counts[i]; n > 0 {
					plane[o+i] = v / float32(n)
				}
			}
		}
	})
}

// count returns how many elements of window o count.
func count(d *window.Dim, o int, withPadding bool) int {
	if withPadding {
		room := d.In + d.Tail - (o*d.Stride - d.Head)
		return min(d.Kernel, (room+d.Dilation-1)/d.Dilation)
	}
	lo, hi := d.Inside(o)
	return hi - lo
}

func addRow[T Float](r *rows, sums []float64, src []T, d *window.Dim) {
	r.taps(func(k, lo, hi int) {
		s, row := src[lo*d.Stride-d.Head+k*d.Dilation:], sums[lo:hi]
		at := 0
		for i := range row {
			row[i] += float64(s[at])
			at += d.Stride
		}
	})
}

// Norm writes (Σ|v|^p)^(1/p) over each window of x to y; p > 0. Sums are in
// float64.
func Norm[T Float](pool *par.Pool, planes int, dims []window.Dim, p float64, x, y []T) {
	r := newRows(dims)
	d := &dims[len(dims)-1]
	r.each(pool, planes, func() func(plane, first int, pos []int) {
		sums := make([]float64, d.Out)
		return func(plane, first int, pos []int) {
			src := x[plane*r.in : (plane+1)*r.in]
			clear(sums)
			r.element(pos, func(base int) { addPowers(r, sums, src[base:base+d.In], d, p) })
			for i, s := range sums {
				y[plane*r.out+first+i] = T(root(s, p))
			}
		}
	})
}

func addPowers[T Float](r *rows, sums []float64, src []T, d *window.Dim, p float64) {
	r.taps(func(k, lo, hi int) {
		at := lo*d.Stride - d.Head + k*d.Dilation
		for i := lo; i < hi; i++ {
			sums[i] += power(float64(src[at]), p)
			at += d.Stride
		}
	})
}

func power(v, p float64) float64 {
	switch p {
	case 1:
		return math.Abs(v)
	case 2:
		return v * v
	}
	return math.Pow(math.Abs(v), p)
}

func root(s, p float64) float64 {
	switch p {
	case 1:
		return s
	case 2:
		return math.Sqrt(s)
	}
	return math.Pow(s, 1/p)
}
