//go:build !noasm

package conv

import "github.com/onnxrun/onnxrun/internal/cpu"

func fastPlanes() bool { return cpu.Active() >= cpu.AVX512 }

// plane computes a strip of one plane with stride 1.
func (b *planes) plane(s *strip, x, w, y []float32, bias float32) {
	d := &b.p.Dims[0]
	skip := b.kernel - 1 - d.Head
	flush := d.Out - (d.In - skip)
	off := 4 * (s.first - b.p.Dims[1].Head)
	run := plane3x1AVX512
	switch {
	case b.kernel == 3 && s.vectors == 2:
		run = plane3x2AVX512
	case b.kernel == 5:
		run = plane5x1AVX512
	case b.kernel == 7:
		run = plane7x1AVX512
	}
	run(d.In, &x[0], off, 4*b.rowIn, &y[s.first], 4*b.row, skip, flush, &w[0], &s.masks[0], bias, b.lo, b.hi)
}

// halfPlane computes a strip of one plane with stride 2.
func (b *planes) halfPlane(s *strip, x, w, y []float32, bias float32) {
	d := &b.p.Dims[0]
	off := 4 * (2*s.first - b.p.Dims[1].Head)
	run := halfPlane3AVX512
	if b.kernel == 5 {
		run = halfPlane5AVX512
	}
	for o := 0; o < d.Out; {
		lo, hi := d.Inside(o)
		n := 1
		if lo == 0 && hi == d.Kernel {
			// All rows whose windows are inside go at once.
			n = min((d.In-d.Kernel+d.Head)/2+1, d.Out) - o
		}
		out := &y[o*b.row+s.first]
		run(n, &x[(2*o-d.Head+lo)*b.rowIn], off, 4*b.rowIn, out, 4*b.row, hi-lo, &w[lo*d.Kernel], &s.masks[0], bias, b.lo, b.hi)
		o += n
	}
}
