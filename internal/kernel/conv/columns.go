package conv

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/grid"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
)

// columns is the matrix of windows of one image: row (channel, element of the
// kernel), column output position. It is a gemm.Source.
type columns[T gemm.Number] struct {
	dims  []window.Dim
	image []T
	in    int // elements of a channel
	kvol  int
}

func newColumns[T gemm.Number](dims []window.Dim, image []T) *columns[T] {
	return &columns[T]{dims, image, window.Volume(dims, window.In), window.Volume(dims, window.Kernel)}
}

// Pack gathers a block of the matrix. Windows that follow each other along the
// last dimension are a run of the image, or a run with steps.
func (s *columns[T]) Pack(dst *gemm.Panels[T], k0, k1, j0, j1 int, row []T) {
	if shifted(s.dims) {
		s.packShifted(dst, k0, k1, j0, j1, row)
		return
	}
	last := len(s.dims) - 1
	outer, d := s.dims[:last], &s.dims[last]
	var mem [8]int
	pos := mem[:0] // of the run in the outer dimensions of the output
	if last > len(mem) {
		pos = make([]int, 0, last)
	}
	pos = pos[:last]
	for k := k0; k < k1; k++ {
		channel := s.image[k/s.kvol*s.in:][:s.in]
		e := k % s.kvol
		kx := e % d.Kernel
		e /= d.Kernel // the element of the kernel in the outer dimensions
		o := j0 / d.Out
		for i := last - 1; i >= 0; i-- {
			pos[i] = o % outer[i].Out
			o /= outer[i].Out
		}
		for j := j0; j < j1; {
			x0 := j % d.Out
			n := min(d.Out-x0, j1-j)
			if base, ok := place(outer, pos, e); ok {
				gather(row[j-j0:j-j0+n], channel[base*d.In:][:d.In], d, kx, x0)
			} else {
				clear(row[j-j0 : j-j0+n])
			}
			j += n
			for i := last - 1; i >= 0; i-- {
				if pos[i]++; pos[i] < outer[i].Out {
					break
				}
				pos[i] = 0
			}
		}
		dst.Row(k-k0, row[:j1-j0])
	}
}

// place returns the row of the image that element e of the kernel reads for
// the window at pos, false where that is outside.
func place(outer []window.Dim, pos []int, e int) (int, bool) {
	base, step := 0, 1
	for i := len(outer) - 1; i >= 0; i-- {
		d := &outer[i]
		at := pos[i]*d.Stride - d.Head + e%d.Kernel*d.Dilation
		if at < 0 || at >= d.In {
			return 0, false
		}
		e /= d.Kernel
		base += at * step
		step *= d.In
	}
	return base, true
}

// gather writes what element kx of the windows x0, x0+1, … reads from src.
func gather[T gemm.Number](dst, src []T, d *window.Dim, kx, x0 int) {
	lo, hi := d.Range(kx, x0, x0+len(dst))
	clear(dst[:lo-x0])
	clear(dst[hi-x0:])
	if lo >= hi {
		return
	}
	at := lo*d.Stride - d.Head + kx*d.Dilation
	mid := dst[lo-x0 : hi-x0]
	if d.Stride == 1 {
		copy(mid, src[at:])
		return
	}
	if f, ok := any(mid).([]float32); ok {
		grid.Pick(f, any(src).([]float32)[at:], d.Stride)
		return
	}
	for i := range mid {
		mid[i] = src[at]
		at += d.Stride
	}
}

// shifted reports whether the outputs lie as the inputs do, over one or two
// dimensions: every row of the matrix of windows is then the image, moved.
func shifted(dims []window.Dim) bool {
	for i := range dims {
		if dims[i].Stride != 1 || dims[i].Out != dims[i].In {
			return false
		}
	}
	return len(dims) <= 2
}

// packShifted is Pack for images that are only moved. What moves in from
// another row of the image is set to zero; what comes from beyond the first or
// last row lies outside of the image, or is of that kind.
func (s *columns[T]) packShifted(dst *gemm.Panels[T], k0, k1, j0, j1 int, row []T) {
	d := &s.dims[len(s.dims)-1]
	row = row[:j1-j0]
	for k := k0; k < k1; k++ {
		channel := s.image[k/s.kvol*s.in:][:s.in]
		e := k % s.kvol
		x := e%d.Kernel*d.Dilation - d.Head
		by := x
		if len(s.dims) == 2 {
			y := &s.dims[0]
			by += (e/d.Kernel*y.Dilation - y.Head) * d.In
		}
		from, to := j0+by, j1+by
		if x == 0 && from >= 0 && to <= s.in {
			dst.Row(k-k0, channel[from:to])
			continue
		}
		lo, hi := min(max(from, 0), s.in), max(min(to, s.in), 0)
		if lo < hi {
			clear(row[:lo-from])
			copy(row[lo-from:], channel[lo:hi])
			clear(row[hi-from:])
		} else {
			clear(row)
		}
		// Columns of the image that read beyond its left or right end.
		first, count := 0, min(-x, d.In)
		if x > 0 {
			first, count = max(d.In-x, 0), min(x, d.In)
		}
		for c := first; c < first+count; c++ {
			for j := (c - j0%d.In + d.In) % d.In; j < len(row); j += d.In {
				row[j] = 0
			}
		}
		dst.Row(k-k0, row)
	}
}
