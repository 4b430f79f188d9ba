package reduce

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
)

// ArgMax writes the position of the largest element along the middle dimension
// of x [outer, n, inner], n > 0, to dst [outer, inner]: the first of equals, or
// the last. NaN counts as larger than any number.
func ArgMax[T vec.Number](p *par.Pool, dst []int64, x []T, outer, n, inner int, last bool) {
	arg(p, dst, x, outer, n, inner, last, argMaxRow[T], argMaxCols[T])
}

// ArgMin is ArgMax for the smallest element; NaN counts as smaller than any
// number.
func ArgMin[T vec.Number](p *par.Pool, dst []int64, x []T, outer, n, inner int, last bool) {
	arg(p, dst, x, outer, n, inner, last, argMinRow[T], argMinCols[T])
}

// arg shares out the rows, or blocks of columns where inner > 1. cols compares
// the elements at position i with the best so far and notes the better ones.
func arg[T any](p *par.Pool, dst []int64, x []T, outer, n, inner int, last bool,
	row func(x []T, last bool) int64, cols func(pos []int64, best, x []T, i int64, last bool)) {
	if inner == 1 {
		p.For(outer, max(1, partWork/4/n), func(lo, hi int) {
			for o := lo; o < hi; o++ {
				dst[o] = row(x[o*n:(o+1)*n], last)
			}
		})
		return
	}
	blocks := (inner + colBlock - 1) / colBlock
	work := n * min(inner, colBlock)
	p.For(outer*blocks, max(1, partWork/4/work), func(lo, hi int) {
		best := make([]T, min(inner, colBlock))
		for u := lo; u < hi; u++ {
			o, from := u/blocks, u%blocks*colBlock
			to := min(from+colBlock, inner)
			pos := dst[o*inner+from : o*inner+to]
			clear(pos)
			b := best[:len(pos)]
			at := o*n*inner + from
			copy(b, x[at:])
			for i := 1; i < n; i++ {
				at += inner
				cols(pos, b, x[at:at+len(b)], int64(i), last)
			}
		}
	})
}

func argMaxRow[T vec.Number](x []T, last bool) int64 {
	best, pos := x[0], 0
	for i, v := range x {
		if v > best || v != v && best == best || last && (v == best || v != v) {
			best, pos = v, i
		}
	}
	return int64(pos)
}

func argMaxCols[T vec.Number](pos []int64, best, x []T, i int64, last bool) {
	best, x = best[:len(pos)], x[:len(pos)]
	for j, v := range x {
		if b := best[j]; v > b || v != v && b == b || last && (v == b || v != v) {
			best[j], pos[j] = v, i
		}
	}
}

func argMinRow[T vec.Number](x []T, last bool) int64 {
	best, pos := x[0], 0
	for i, v := range x {
		if v < best || v != v && best == best || last && (v == best || v != v) {
			best, pos = v, i
		}
	}
	return int64(pos)
}

func argMinCols[T vec.Number](pos []int64, best, x []T, i int64, last bool) {
	best, x = best[:len(pos)], x[:len(pos)]
	for j, v := range x {
		if b := best[j]; v < b || v != v && b == b || last && (v == b || v != v) {
			best[j], pos[j] = v, i
		}
	}
}
