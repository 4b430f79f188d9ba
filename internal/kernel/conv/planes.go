package conv

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Depthwise convolutions of float32 go band by band of the output. The part of
// the plane that a band reads is copied with its padding to a grid, taken
// apart by strides: element i of a dimension with stride s goes to place i/s
// of grid i%s. All grids have one pitch, that of the output's copy, so that
// each element of the kernel reads the input of all outputs at one distance,
// across the ends of rows, and the inner loop runs over the whole band. What
// it computes between the rows is left out when the rows are copied.

// bandSize is the most elements of a grid, about.
const bandSize = 1 << 14

// planes is the layout of the grids.
type planes struct {
	dims    []window.Dim
	grid    []int // sizes of a grid, for a whole plane
	offsets []int // of the elements of the kernel, in elements
	band    int   // outputs along the first dimension at a time
	size    int   // elements of a grid for a band
	in, out int
}

func newPlanes(dims []window.Dim) *planes {
	p := &planes{dims: dims, in: window.Volume(dims, window.In), out: window.Volume(dims, window.Out)}
	inner, grids := 1, 1
	for i := range dims {
		d := &dims[i]
		p.grid = append(p.grid, d.Out+(d.Extent()-1)/d.Stride)
		grids *= d.Stride
		if i > 0 {
			inner *= p.grid[i]
		}
	}
	reach := p.grid[0] - dims[0].Out // that a band needs beyond its outputs
	p.band = min(dims[0].Out, max(1, bandSize/inner-reach))
	p.grid[0] = p.band + reach
	// A vector may be read and written beyond the last output.
	p.size = p.grid[0]*inner + 8
	for e := range window.Volume(dims, window.Kernel) {
		at, grid, step, grids := 0, 0, 1, 1
		for i := len(dims) - 1; i >= 0; i-- {
			d := &dims[i]
			k := e % d.Kernel * d.Dilation
			e /= d.Kernel
			at += k / d.Stride * step
			grid += k % d.Stride * grids
			step *= p.grid[i]
			grids *= d.Stride
		}
		p.offsets = append(p.offsets, grid*p.size+at)
	}
	return p
}

// grids returns how many grids there are.
func (p *planes) grids() int {
	return window.Volume(p.dims, func(d *window.Dim) int { return d.Stride })
}

// worthwhile reports whether the detour costs less than it saves: there are
// not more gaps between the rows than rows, and grids stay small.
func (p *planes) worthwhile() bool {
	waste := 1.0
	for i := 1; i < len(p.dims); i++ {
		waste *= float64(p.grid[i]) / float64(p.dims[i].Out)
	}
	return waste < 4 && p.size < 4*bandSize && p.grids() <= 16
}

// run is a run of the plane, in steps, that a band reads as a run of a grid.
type run struct{ dst, src, n int }

// runs lists what the band from output first on reads; the rest of its grids
// is padding.
func (p *planes) runs(first int) []run {
	n := len(p.dims)
	last := &p.dims[n-1]
	width := p.grid[n-1]
	rows := 1
	for _, g := range p.grid[:n-1] {
		rows *= g
	}
	var l []run
	for grid := range p.grids() {
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
			if base, ok := p.source(r, grid/last.Stride, first); ok {
				l = append(l, run{grid*p.size + r*width + lo, base + start + lo*last.Stride, hi - lo})
			}
		}
	}
	return l
}

// fill copies runs from a plane to the grids.
func (p *planes) fill(dst, plane []float32, runs []run) {
	stride := p.dims[len(p.dims)-1].Stride
	if stride == 1 {
		for _, r := range runs {
			copy(dst[r.dst:r.dst+r.n], plane[r.src:])
		}
		return
	}
	for _, r := range runs {
		pick(dst[r.dst:r.dst+r.n], plane[r.src:], stride)
	}
}

// source returns where the row of the plane starts that row r of the grids with
// phase in the outer dimensions holds, false where there is none.
func (p *planes) source(r, phase, first int) (int, bool) {
	n := len(p.dims)
	base, step := 0, p.dims[n-1].In
	for i := n - 2; i > 0; i-- {
		d := &p.dims[i]
		at := (r%p.grid[i])*d.Stride + phase%d.Stride - d.Head
		r, phase = r/p.grid[i], phase/d.Stride
		if at < 0 || at >= d.In {
			return 0, false
		}
		base += at * step
		step *= d.In
	}
	if n > 1 {
		d := &p.dims[0]
		at := (first+r)*d.Stride + phase - d.Head
		if at < 0 || at >= d.In {
			return 0, false
		}
		base += at * step
	}
	return base, true
}

var bandPool sync.Pool

// depthwiseF32 computes groups of one channel by way of grids.
func depthwiseF32(pool *par.Pool, p *Params, l *planes, x, w, bias, y []float32) {
	features := p.Features / p.Group
	kvol := len(l.offsets)
	grids := l.grids() * l.size
	pool.For(p.Batch*p.Group, 1+minWork*8/(l.out*kvol*features), func(lo, hi int) {
		need := grids + l.size
		mem, _ := bandPool.Get().(*[]float32)
		if mem == nil || len(*mem) < need {
			s := make([]float32, need)
			mem = &s
		}
		defer bandPool.Put(mem)
		grid, result := (*mem)[:grids], (*mem)[grids:need]
		for first := 0; first < l.dims[0].Out; first += l.band {
			count := min(l.band, l.dims[0].Out-first)
			// The padding is the same for all planes.
			clear(grid)
			runs := l.runs(first)
			for i := lo; i < hi; i++ {
				l.fill(grid, x[i*l.in:(i+1)*l.in], runs)
				for f := range features {
					m := i%p.Group*features + f
					var b float32
					if bias != nil {
						b = bias[m]
					}
					n := (l.outputs(count) + 7) &^ 7
					taps(result[:n], grid, l.offsets, w[m*kvol:][:kvol], b)
					l.rows(y[(i*features+f)*l.out:][:l.out], result, first, count)
				}
			}
		}
	})
}

// outputs returns how far the outputs of a band of count reach.
func (p *planes) outputs(count int) int {
	at := count - 1
	for i := 1; i < len(p.dims); i++ {
		at = at*p.grid[i] + p.dims[i].Out - 1
	}
	return at + 1
}

// rows copies the rows of a band from their pitch to the output.
func (p *planes) rows(dst, src []float32, first, count int) {
	n := len(p.dims)
	width := p.dims[n-1].Out
	if n == 1 {
		copy(dst[first:first+count], src)
		return
	}
	inner := 1
	for i := 1; i < n-1; i++ {
		inner *= p.dims[i].Out
	}
	dst = dst[first*inner*width:]
	if n == 2 {
		pitch := p.grid[1]
		for r := range count {
			copy(dst[r*width:(r+1)*width], src[r*pitch:])
		}
		return
	}
	for r := range count * inner {
		at, rest, step := 0, r, p.grid[n-1]
		for i := n - 2; i > 0; i-- {
			at += rest % p.dims[i].Out * step
			rest /= p.dims[i].Out
			step *= p.grid[i]
		}
		at += rest * step
		copy(dst[r*width:(r+1)*width], src[at:])
	}
}
