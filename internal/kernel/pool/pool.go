// Package pool reduces windows of images to one element each: maximum, mean
// and p-norm, over any number of spatial dimensions. Images are planes (one
// for each batch entry and channel) of elements in row-major order; a
// window.Dim describes each spatial dimension.
//
// All of them go over a row of windows along the last dimension at a time and
// take in one element of the windows after the other, so that the inner loop
// runs over the row.
package pool

import (
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Float is a type whose windows have means and norms.
type Float interface{ float32 | float64 }

// Number is a type whose windows have a maximum.
type Number interface {
	float32 | float64 | int8 | uint8
}

// minWork is how many elements of windows are worth a goroutine.
const minWork = 1 << 14

// rows visits the planes in parallel, and in each the rows of windows in their
// order.
type rows struct {
	dims    []window.Dim
	in, out int
	work    int // elements of the windows of a plane, or more than is worth a goroutine
}

func newRows(dims []window.Dim) *rows {
	r := &rows{dims: dims, in: window.Volume(dims, window.In), out: window.Volume(dims, window.Out)}
	r.work = r.out
	for i := range dims {
		if r.work *= min(dims[i].Kernel, dims[i].In, minWork); r.work > minWork {
			r.work = minWork
		}
	}
	return r
}

// each calls, for every row, what body returns (once for each goroutine): with
// the plane, the number in the plane of the first window of the row, and the
// place of the row in the outer dimensions.
func (r *rows) each(pool *par.Pool, planes int, body func() func(plane, first int, pos []int)) {
	if r.out == 0 || planes == 0 {
		return
	}
	last := len(r.dims) - 1
	step := r.dims[last].Out
	pool.For(planes, 1+minWork/max(r.work, 1), func(lo, hi int) {
		visit := body()
		pos := make([]int, last)
		for p := lo; p < hi; p++ {
			clear(pos)
			for o := 0; o < r.out; o += step {
				visit(p, o, pos)
				for i := last - 1; i >= 0; i-- {
					if pos[i]++; pos[i] < r.dims[i].Out {
						break
					}
					pos[i] = 0
				}
			}
		}
	})
}

// element calls visit for each element of the kernel in the outer dimensions
// that is inside of the plane, with the start of the row of the plane that it
// reads.
func (r *rows) element(pos []int, visit func(base int)) {
	last := len(r.dims) - 1
	r.inner(pos, 0, last, 0, visit)
}

// inner goes over the elements in the dimensions from i on.
func (r *rows) inner(pos []int, i, last, base int, visit func(base int)) {
	if i == last {
		visit(base * r.dims[last].In)
		return
	}
	d := &r.dims[i]
	lo, hi := d.Inside(pos[i])
	for k := lo; k < hi; k++ {
		r.inner(pos, i+1, last, base*d.In+pos[i]*d.Stride-d.Head+k*d.Dilation, visit)
	}
}

// taps calls visit for the elements of the kernel in the last dimension that
// some window from lo to hi-1 has inside of the row, with those windows. Where
// a kernel is larger than the row, it goes window by window, so that elements
// that are always outside cost nothing.
func (r *rows) taps(visit func(k, lo, hi int)) {
	d := &r.dims[len(r.dims)-1]
	if d.Kernel > d.In {
		for o := range d.Out {
			lo, hi := d.Inside(o)
			for k := lo; k < hi; k++ {
				visit(k, o, o+1)
			}
		}
		return
	}
	for k := range d.Kernel {
		if lo, hi := d.Range(k, 0, d.Out); lo < hi {
			visit(k, lo, hi)
		}
	}
}
