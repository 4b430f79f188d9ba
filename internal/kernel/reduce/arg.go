package reduce

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
)

// ArgMax writes the position of the largest element along the middle dimension
// of x [outer, n, inner], n > 0, to dst [outer, inner]: the first of equals, or
// the last. NaN counts as larger than any number.
func ArgMax[T vec.Number](p *par.Pool, dst []int64, x []T, outer, n, inner int, last bool) {
	arg(p, args[T]{dst, x, n, inner, last, false}, outer)
}

// ArgMin is ArgMax for the smallest element; NaN counts as smaller than any
// number.
func ArgMin[T vec.Number](p *par.Pool, dst []int64, x []T, outer, n, inner int, last bool) {
	arg(p, args[T]{dst, x, n, inner, last, true}, outer)
}

// arg shares out the rows, or blocks of columns where inner > 1.
func arg[T vec.Number](p *par.Pool, b args[T], outer int) {
	n, inner := b.n, b.inner
	if inner == 1 {
		par.Each(p, outer, max(1, partWork/4/n), b)
		return
	}
	par.Each(p, outer*b.blocks(), max(1, partWork/4/(n*min(inner, colBlock))), b)
}

// args is the loop of arg.
type args[T vec.Number] struct {
	dst      []int64
	x        []T
	n, inner int
	last     bool
	least    bool // the smallest, not the largest
}

func (b *args[T]) blocks() int { return (b.inner + colBlock - 1) / colBlock }

// Part does the rows, or blocks of columns, lo to hi-1.
func (b *args[T]) Part(lo, hi int) {
	n, inner := b.n, b.inner
	if inner == 1 {
		for o := lo; o < hi; o++ {
			row := b.x[o*n : (o+1)*n]
			if b.least {
				b.dst[o] = argMinRow(row, b.last)
			} else {
				b.dst[o] = argMaxRow(row, b.last)
			}
		}
		return
	}
	room, blocks := roomOf[T](), b.blocks()
	for u := lo; u < hi; u++ {
		o, from := u/blocks, u%blocks*colBlock
		to := min(from+colBlock, inner)
		pos := b.dst[o*inner+from : o*inner+to]
		clear(pos)
		best := room.acc[:len(pos)]
		at := o*n*inner + from
		copy(best, b.x[at:])
		for i := 1; i < n; i++ {
			at += inner
			if x := b.x[at : at+len(best)]; b.least {
				argMinCols(pos, best, x, int64(i), b.last)
			} else {
				argMaxCols(pos, best, x, int64(i), b.last)
			}
		}
	}
	room.free()
}

// extreme32 finds the extreme of a row of float32 with vectors, and then where
// it is; false for other types and short rows.
func extreme32[T vec.Number](x []T, last bool, run func(acc float32, x []float32) float32) (int64, bool) {
	row, ok := any(x).([]float32)
	if !ok || len(row) < 2*width {
		return 0, false
	}
	m := run(row[0], row)
	if m != m {
		for i := range row {
			at := i
			if last {
				at = len(row) - 1 - i
			}
			if v := row[at]; v != v {
				return int64(at), true
			}
		}
	}
	if last {
		for i := len(row) - 1; ; i-- {
			if row[i] == m {
				return int64(i), true
			}
		}
	}
	for i, v := range row {
		if v == m {
			return int64(i), true
		}
	}
	return 0, false
}

var max32, min32 = Max[float32](), Min[float32]()

func argMaxRow[T vec.Number](x []T, last bool) int64 {
	if at, ok := extreme32(x, last, max32.Run); ok {
		return at
	}
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
	if at, ok := extreme32(x, last, min32.Run); ok {
		return at
	}
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
