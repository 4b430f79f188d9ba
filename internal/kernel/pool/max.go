package pool

import (
	"math"
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/kernel/grid"
	"github.com/onnxrun/onnxrun/internal/kernel/igemm"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Max writes the maximum of each window of x to y. A NaN is greater than
// everything; a window that is all padding has the least value of the type.
// If index is not nil, it takes the place of the first maximum: its number in
// x, of all planes together, counted within the plane in row-major order or,
// if columnMajor, with the first dimension fastest; -1 for windows that are
// all padding.
func Max[T Number](pool *par.Pool, planes int, dims []window.Dim, x, y []T, index []int64, columnMajor bool) {
	if f, ok := any(x).([]float32); ok && index == nil {
		if l := grid.New(dims); l != nil {
			maxOnGrid(pool, planes, l, dims, f, any(y).([]float32))
			return
		}
	}
	if index == nil && maxOfBytes(pool, planes, dims, x, y) {
		return
	}
	r := newRows(dims)
	least := lowest[T]()
	d := &dims[len(dims)-1]
	r.each(pool, planes, func() func(plane, first int, pos []int) {
		return func(plane, first int, pos []int) {
			src := x[plane*r.in : (plane+1)*r.in]
			out := y[plane*r.out+first:][:d.Out]
			for i := range out {
				out[i] = least
			}
			if index == nil {
				r.element(pos, func(base int) { maxRow(r, out, src[base:base+d.In], d) })
				return
			}
			places := index[plane*r.out+first:][:d.Out]
			for i := range places {
				places[i] = -1
			}
			r.element(pos, func(base int) { maxIndexRow(r, out, places, src[base:base+d.In], d, base) })
			for i, p := range places {
				if p >= 0 {
					if columnMajor {
						p = r.transposed(p)
					}
					places[i] = p + int64(plane*r.in)
				}
			}
		}
	})
}

// maxOfBytes is Max of int8 and uint8 with vectors; it reports false for other
// types, and where there is another way to go.
func maxOfBytes[T Number](pool *par.Pool, planes int, dims []window.Dim, x, y []T) bool {
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	switch x := any(x).(type) {
	case []uint8:
		return igemm.MaxPool(pool, planes, dims, x, any(y).([]uint8), false)
	case []int8:
		out := any(y).([]int8)
		return igemm.MaxPool(pool, planes, dims, bytesOf(x), bytesOf(out), true)
	}
	return false
}

func bytesOf(s []int8) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)) }

// maxOnGrid is Max of float32 with vectors.
func maxOnGrid(pool *par.Pool, planes int, l *grid.Layout, dims []window.Dim, x, y []float32) {
	out := window.Volume(dims, window.Out)
	l.Bands(pool, planes, x, float32(math.Inf(-1)), func(b *grid.Band) {
		b.Max(y[b.Plane*out:][:out])
	})
}

func maxRow[T Number](r *rows, out, src []T, d *window.Dim) {
	r.taps(func(k, lo, hi int) {
		s, row := src[lo*d.Stride-d.Head+k*d.Dilation:], out[lo:hi]
		at := 0
		for i, m := range row {
			if v := s[at]; v > m || v != v {
				row[i] = v
			}
			at += d.Stride
		}
	})
}

func maxIndexRow[T Number](r *rows, out []T, places []int64, src []T, d *window.Dim, base int) {
	r.taps(func(k, lo, hi int) {
		at := lo*d.Stride - d.Head + k*d.Dilation
		for i := lo; i < hi; i++ {
			if v, m := src[at], out[i]; v > m || places[i] < 0 || v != v && m == m {
				out[i], places[i] = v, int64(base+at)
			}
			at += d.Stride
		}
	})
}

// transposed converts a place in a plane to the order in which the first
// dimension is fastest.
func (r *rows) transposed(p int64) int64 {
	var out int64
	step := int64(r.in)
	for i := len(r.dims) - 1; i >= 0; i-- {
		n := int64(r.dims[i].In)
		step /= n
		out += p % n * step
		p /= n
	}
	return out
}

func lowest[T Number]() T {
	var z T
	switch p := any(&z).(type) {
	case *float32:
		*p = float32(math.Inf(-1))
	case *float64:
		*p = math.Inf(-1)
	case *int8:
		*p = math.MinInt8
	}
	return z
}
