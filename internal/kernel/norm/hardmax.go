package norm

import "github.com/onnxrun/onnxrun/internal/par"

// Hardmax writes 1 for the first largest element along the middle axis of an
// [outer, n, inner] array and 0 for the others. NaN counts as larger than any
// number. y may be x.
func Hardmax[W Float](p *par.Pool, y, x []W, outer, n, inner int) {
	if len(x) == 0 {
		return
	}
	if inner == 1 {
		p.For(outer, perPart(n), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				best := argmax(x[i*n : (i+1)*n])
				row := y[i*n : (i+1)*n]
				clear(row)
				row[best] = 1
			}
		})
		return
	}
	p.For(outer*inner, perPart(n), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			at := i/inner*n*inner + i%inner
			best := 0
			for k := 1; k < n; k++ {
				if m := x[at+best*inner]; m == m && !(x[at+k*inner] <= m) {
					best = k
				}
			}
			for k := range n {
				y[at+k*inner] = 0
			}
			y[at+best*inner] = 1
		}
	})
}

// argmax returns the index of the first largest element, of the first NaN if
// there is one.
func argmax[W Float](x []W) int {
	best, m := 0, x[0]
	for i, v := range x {
		if v > m || v != v {
			if best, m = i, v; v != v {
				break
			}
		}
	}
	return best
}
