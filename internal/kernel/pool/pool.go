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
	dims          []window.Dim
	in, out, kvol int
}

func newRows(dims []window.Dim) *rows {
	return &rows{dims, window.Volume(dims, window.In), window.Volume(dims, window.Out), window.Volume(dims, window.Kernel)}
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
	pool.For(planes, 1+minWork/(r.out*r.kvol), func(lo, hi int) {
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
	n := window.Volume(r.dims[:last], window.Kernel)
next:
	for e := range n {
		base, step, rest := 0, 1, e
		for i := last - 1; i >= 0; i-- {
			d := &r.dims[i]
			at := pos[i]*d.Stride - d.Head + rest%d.Kernel*d.Dilation
			if at < 0 || at >= d.In {
				continue next
			}
			rest /= d.Kernel
			base += at * step
			step *= d.In
		}
		visit(base * r.dims[last].In)
	}
}
