package conv

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
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
	for i := range mid {
		mid[i] = src[at]
		at += d.Stride
	}
}
