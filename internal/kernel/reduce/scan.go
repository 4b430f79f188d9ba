package reduce

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Scan describes a running sum or product along the middle dimension of
// x [outer, n, inner].
type Scan struct {
	Outer, N, Inner int
	Exclusive       bool // each result leaves its own element out
	Reverse         bool // from the last element to the first
}

// CumSum writes running sums, accumulated in A and rounded for each result.
// dst may be x.
func CumSum[T, A vec.Number](p *par.Pool, dst, x []T, s Scan) {
	scan(p, dst, x, s, 0, sumRow[T, A], func(acc []A, dst, x []T, exclusive bool) {
		x, dst = x[:len(acc)], dst[:len(acc)]
		if exclusive {
			for i, a := range acc {
				v := x[i]
				dst[i] = T(a)
				acc[i] = a + A(v)
			}
			return
		}
		for i, a := range acc {
			a += A(x[i])
			dst[i] = T(a)
			acc[i] = a
		}
	})
}

// CumProd writes running products, accumulated in A and rounded for each
// result. dst may be x.
func CumProd[T, A vec.Number](p *par.Pool, dst, x []T, s Scan) {
	scan(p, dst, x, s, 1, prodRow[T, A], func(acc []A, dst, x []T, exclusive bool) {
		x, dst = x[:len(acc)], dst[:len(acc)]
		if exclusive {
			for i, a := range acc {
				v := x[i]
				dst[i] = T(a)
				acc[i] = a * A(v)
			}
			return
		}
		for i, a := range acc {
			a *= A(x[i])
			dst[i] = T(a)
			acc[i] = a
		}
	})
}

// scan walks blocks of columns along the middle dimension. step brings the
// accumulators and the results of a block one element further. Where columns
// are single, row does all of one.
func scan[T, A any](p *par.Pool, dst, x []T, s Scan, init A,
	row func(dst, x []T, s Scan), step func(acc []A, dst, x []T, exclusive bool)) {
	if len(x) == 0 {
		return
	}
	if s.Inner == 1 {
		p.For(s.Outer, max(1, partWork/8/s.N), func(lo, hi int) {
			for o := lo; o < hi; o++ {
				row(dst[o*s.N:(o+1)*s.N], x[o*s.N:(o+1)*s.N], s)
			}
		})
		return
	}
	blocks := (s.Inner + colBlock - 1) / colBlock
	width := min(s.Inner, colBlock)
	p.For(s.Outer*blocks, max(1, partWork/8/(s.N*width)), func(lo, hi int) {
		store := make([]A, width)
		for u := lo; u < hi; u++ {
			from := u % blocks * colBlock
			acc := store[:min(colBlock, s.Inner-from)]
			vec.Fill(acc, init)
			at, stride := u/blocks*s.N*s.Inner+from, s.Inner
			if s.Reverse {
				at, stride = at+(s.N-1)*s.Inner, -s.Inner
			}
			for range s.N {
				step(acc, dst[at:at+len(acc)], x[at:at+len(acc)], s.Exclusive)
				at += stride
			}
		}
	})
}

func sumRow[T, A vec.Number](dst, x []T, s Scan) {
	var acc A
	at, step := 0, 1
	if s.Reverse {
		at, step = len(x)-1, -1
	}
	for range x {
		v := A(x[at])
		if s.Exclusive {
			dst[at] = T(acc)
			acc += v
		} else {
			acc += v
			dst[at] = T(acc)
		}
		at += step
	}
}

func prodRow[T, A vec.Number](dst, x []T, s Scan) {
	acc := A(1)
	at, step := 0, 1
	if s.Reverse {
		at, step = len(x)-1, -1
	}
	for range x {
		v := A(x[at])
		if s.Exclusive {
			dst[at] = T(acc)
			acc *= v
		} else {
			acc *= v
			dst[at] = T(acc)
		}
		at += step
	}
}
