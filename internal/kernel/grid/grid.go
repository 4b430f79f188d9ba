// Package grid goes over the windows of planes of float32 with vectors: it
// copies what the windows of a band of outputs read, with its padding, to
// grids, on which the elements of a window lie at the same distances for all
// outputs.
//
// A plane is taken apart by strides: element i of a dimension with stride s
// goes to place i/s of grid i%s. All grids have one pitch, that of the result,
// so that the distances hold across the ends of rows, and the inner loop runs
// over a whole band. What it computes between the rows is left out when the
// rows are copied to the output.
package grid

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

const (
	bandSize  = 1 << 14 // elements of a grid, about
	maxGrids  = 16
	maxKernel = 256 // elements of a window
)

// Layout is the layout of the grids.
type Layout struct {
	dims    []window.Dim
	size    []int // of a grid
	offsets []int // of the elements of the kernel, in elements
	band    int   // outputs along the first dimension at a time
	grids   int
	step    int // from one grid to the next
	in, out int
}

// New returns the layout for windows, nil where going element by element is as
// good: without vectors, or where gaps and kernels are large.
func New(dims []window.Dim) *Layout {
	if !fast() {
		return nil
	}
	l := &Layout{dims: dims, grids: 1}
	inner, waste, kvol := 1.0, 1.0, 1.0
	for i := range dims {
		d := &dims[i]
		size := d.Out + (d.Extent()-1)/d.Stride
		l.size = append(l.size, size)
		if d.Stride > maxGrids || d.Out < 1 {
			return nil
		}
		l.grids *= d.Stride
		kvol *= float64(d.Kernel)
		if i > 0 {
			inner *= float64(size)
			waste *= float64(size) / float64(d.Out)
		}
		if l.grids > maxGrids || kvol > maxKernel || inner > bandSize || waste > 4 {
			return nil
		}
	}
	reach := l.size[0] - dims[0].Out // that a band needs beyond its outputs
	if float64(reach)*inner > bandSize {
		return nil
	}
	l.in, l.out = window.Volume(dims, window.In), window.Volume(dims, window.Out)
	l.band = min(dims[0].Out, max(1, bandSize/int(inner)-reach))
	l.size[0] = l.band + reach
	// A vector may be read and written beyond the last output.
	l.step = l.size[0]*int(inner) + 8
	for e := range int(kvol) {
		at, grid, step, grids := 0, 0, 1, 1
		for i := len(dims) - 1; i >= 0; i-- {
			d := &dims[i]
			k := e % d.Kernel * d.Dilation
			e /= d.Kernel
			at += k / d.Stride * step
			grid += k % d.Stride * grids
			step *= l.size[i]
			grids *= d.Stride
		}
		l.offsets = append(l.offsets, grid*l.step+at)
	}
	return l
}

// Band is a band of outputs of one plane.
type Band struct {
	l            *Layout
	Plane        int
	first, count int
	grid, result []float32
}

// minWork is how many elements of windows are worth a goroutine.
const minWork = 1 << 18

var memory sync.Pool

// Bands calls visit for bands that make up all planes of x, with padding
// around the planes. Bands are visited in parallel; each visit belongs to one
// plane.
func (l *Layout) Bands(pool *par.Pool, planes int, x []float32, padding float32, visit func(b *Band)) {
	pool.For(planes, 1+minWork/(l.out*len(l.offsets)), func(lo, hi int) {
		grids, need := l.grids*l.step, (l.grids+1)*l.step
		mem, _ := memory.Get().(*[]float32)
		if mem == nil || len(*mem) < need {
			s := make([]float32, need)
			mem = &s
		}
		defer memory.Put(mem)
		b := &Band{l: l, grid: (*mem)[:grids], result: (*mem)[grids:need]}
		for b.first = 0; b.first < l.dims[0].Out; b.first += l.band {
			b.count = min(l.band, l.dims[0].Out-b.first)
			runs := l.runs(b.first)
			// The padding is the same for all planes.
			for i := range b.grid {
				b.grid[i] = padding
			}
			for b.Plane = lo; b.Plane < hi; b.Plane++ {
				l.fill(b.grid, x[b.Plane*l.in:(b.Plane+1)*l.in], runs)
				visit(b)
			}
		}
	})
}

// Sum writes bias plus the sum of the elements of each window times weights,
// within bounds, to the band's part of y, the output of one plane.
func (b *Band) Sum(y, weights []float32, bias, lo, hi float32) {
	sums(b.outputs(), b.grid, b.l.offsets, weights, bias, lo, hi)
	b.store(y)
}

// Max writes the maximum of each window, NaN if there is one, to the band's
// part of y.
func (b *Band) Max(y []float32) {
	maxima(b.outputs(), b.grid, b.l.offsets)
	b.store(y)
}

// Range returns the band's first output in the plane and one beyond the last.
func (b *Band) Range() (lo, hi int) {
	row := b.l.out / b.l.dims[0].Out
	return b.first * row, (b.first + b.count) * row
}

// outputs returns the memory for the outputs of the band, whole vectors.
func (b *Band) outputs() []float32 {
	at := b.count - 1
	for i := 1; i < len(b.l.dims); i++ {
		at = at*b.l.size[i] + b.l.dims[i].Out - 1
	}
	return b.result[:(at+8)&^7]
}

// store copies the rows of the band from their pitch to the output.
func (b *Band) store(y []float32) {
	l := b.l
	n := len(l.dims)
	width := l.dims[n-1].Out
	if n == 1 {
		copy(y[b.first:b.first+b.count], b.result)
		return
	}
	inner := 1
	for i := 1; i < n-1; i++ {
		inner *= l.dims[i].Out
	}
	y = y[b.first*inner*width:]
	if n == 2 {
		for r := range b.count {
			copy(y[r*width:(r+1)*width], b.result[r*l.size[1]:])
		}
		return
	}
	for r := range b.count * inner {
		at, rest, step := 0, r, l.size[n-1]
		for i := n - 2; i > 0; i-- {
			at += rest % l.dims[i].Out * step
			rest /= l.dims[i].Out
			step *= l.size[i]
		}
		at += rest * step
		copy(y[r*width:(r+1)*width], b.result[at:])
	}
}

// run is a run of the plane, in steps, that a band reads as a run of a grid.
type run struct{ dst, src, n int }

// runs lists what the band from output first on reads; the rest of its grids
// is padding.
func (l *Layout) runs(first int) []run {
	n := len(l.dims)
	last := &l.dims[n-1]
	width := l.size[n-1]
	rows := 1
	for _, s := range l.size[:n-1] {
		rows *= s
	}
	var list []run
	for grid := range l.grids {
		start := grid%last.Stride - last.Head
		if n == 1 {
			start += first * last.Stride
		}
		lo, hi := 0, 0
		if start < 0 {
			lo = min((-start+last.Stride-1)/last.Stride, width)
		}
		if end := last.In - 1 - start; end >= 0 {
			hi = min(end/last.Stride+1, width)
		}
		if lo >= hi {
			continue
		}
		for r := range rows {
			if base, ok := l.source(r, grid/last.Stride, first); ok {
				list = append(list, run{grid*l.step + r*width + lo, base + start + lo*last.Stride, hi - lo})
			}
		}
	}
	return list
}

// source returns where the row of the plane starts that row r of the grids with
// phase in the outer dimensions holds, false where there is none.
func (l *Layout) source(r, phase, first int) (int, bool) {
	n := len(l.dims)
	base, step := 0, l.dims[n-1].In
	for i := n - 2; i >= 0; i-- {
		d := &l.dims[i]
		at := r
		if i > 0 {
			at = r % l.size[i]
			r /= l.size[i]
		} else {
			at += first
		}
		at = at*d.Stride + phase%d.Stride - d.Head
		phase /= d.Stride
		if at < 0 || at >= d.In {
			return 0, false
		}
		base += at * step
		step *= d.In
	}
	return base, true
}

// fill copies runs from a plane to the grids.
func (l *Layout) fill(dst, plane []float32, runs []run) {
	stride := l.dims[len(l.dims)-1].Stride
	if stride == 1 {
		for _, r := range runs {
			copy(dst[r.dst:r.dst+r.n], plane[r.src:])
		}
		return
	}
	for _, r := range runs {
		Pick(dst[r.dst:r.dst+r.n], plane[r.src:], stride)
	}
}
