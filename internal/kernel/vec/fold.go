package vec

// Fold computes the elements lo to hi-1 of dst = x₀ ∘ x₁ ∘ … from left to
// right, op being VV and VS of one element type; casts[k] lays dst and x[k]
// against dst. All operands of an element are read before it is written, so
// that dst may be any operand of its shape.
func Fold[T any](op Binary[T, T, T], dst []T, x [][]T, casts []*Cast, lo, hi int) {
	buf := make([]T, block)
	for ; lo < hi; lo += block {
		acc := buf[:min(block, hi-lo)]
		casts[0].read(lo, lo+len(acc), func(at, n, from, step int) {
			if step == 0 {
				Fill(acc[at:at+n], x[0][from])
			} else {
				copy(acc[at:at+n], x[0][from:])
			}
		})
		for k := 1; k < len(x); k++ {
			xk := x[k]
			casts[k].read(lo, lo+len(acc), func(at, n, from, step int) {
				part := acc[at : at+n]
				if step == 0 {
					op.VS(part, part, xk[from])
				} else {
					op.VV(part, part, xk[from:from+n])
				}
			})
		}
		copy(dst[lo:], acc)
	}
}

// read calls f for the runs of the elements lo to hi-1 of the result: n
// elements from lo+at on, and where the second operand's stand, next to each
// other or with step 0 all in the same place.
func (c *Cast) read(lo, hi int, f func(at, n, from, step int)) {
	_, step := c.inner()
	var u cursor
	for u.seek(c, lo); u.pos < hi; {
		i, n, _, from := u.next(hi)
		f(i-lo, n, from, step)
	}
}
