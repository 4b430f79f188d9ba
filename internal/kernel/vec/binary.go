package vec

import "github.com/onnxrun/onnxrun/internal/par"

// Binary is an operation of two operands, as loops over runs. VV is the
// definition; the others are the same with one operand fixed, and may be nil.
type Binary[A, B, R any] struct {
	VV func(dst []R, a []A, b []B)
	VS func(dst []R, a []A, b B)
	SV func(dst []R, a A, b []B)
}

// block is how many elements are splatted or widened at a time: they stay in
// the first cache.
const block = 512

// Run computes the elements lo to hi-1 of the result dst = a ∘ b.
func (l *Binary[A, B, R]) Run(dst []R, a []A, b []B, c *Cast, lo, hi int) {
	ia, ib := c.inner()
	switch {
	case lo >= hi:
	case c.repeatsRow(c.a, c.b) && lo+tiled < hi:
		l.runTiledB(dst, a, b, lo, hi)
	case c.repeatsRow(c.b, c.a) && lo+tiled < hi:
		l.runTiledA(dst, a, b, lo, hi)
	case ia != 0 && ib != 0:
		for u := start(c, lo); u.pos < hi; {
			i, n, oa, ob := u.next(hi)
			l.VV(dst[i:i+n], a[oa:oa+n], b[ob:ob+n])
		}
	case ia != 0:
		vs := l.VS
		if vs == nil {
			vs = l.splatB()
		}
		for u := start(c, lo); u.pos < hi; {
			i, n, oa, ob := u.next(hi)
			vs(dst[i:i+n], a[oa:oa+n], b[ob])
		}
	case ib != 0:
		sv := l.SV
		if sv == nil {
			sv = l.splatA()
		}
		for u := start(c, lo); u.pos < hi; {
			i, n, oa, ob := u.next(hi)
			sv(dst[i:i+n], a[oa], b[ob:ob+n])
		}
	default: // both repeat: the result does, too
		for u := start(c, lo); u.pos < hi; {
			i, n, oa, ob := u.next(hi)
			l.VV(dst[i:i+1], a[oa:oa+1], b[ob:ob+1])
			Fill(dst[i+1:i+n], dst[i])
		}
	}
}

// tiled is how many elements make it worth to write a short row, repeated in
// every row of the result, to a block: the loops then run over blocks.
const tiled = 4 * block

// repeatsRow reports whether the operand with strides s is such a row, and the
// other a whole array.
func (c *Cast) repeatsRow(whole, s []int) bool {
	return len(c.dims) == 2 && c.dims[1] < 64 && whole[0] == c.dims[1] && whole[1] == 1 && s[0] == 0 && s[1] == 1
}

func (l *Binary[A, B, R]) runTiledB(dst []R, a []A, b []B, lo, hi int) {
	mem := par.Borrow[[block]B]()
	defer par.Return(mem)
	tile := repeat(mem[:0], b)
	for at := lo % len(b); lo < hi; at = 0 {
		n := min(hi-lo, len(tile)-at)
		l.VV(dst[lo:lo+n], a[lo:lo+n], tile[at:at+n])
		lo += n
	}
}

func (l *Binary[A, B, R]) runTiledA(dst []R, a []A, b []B, lo, hi int) {
	mem := par.Borrow[[block]A]()
	defer par.Return(mem)
	tile := repeat(mem[:0], a)
	for at := lo % len(a); lo < hi; at = 0 {
		n := min(hi-lo, len(tile)-at)
		l.VV(dst[lo:lo+n], tile[at:at+n], b[lo:lo+n])
		lo += n
	}
}

// repeat appends as many copies of row to tile as a block holds.
func repeat[T any](tile, row []T) []T {
	for len(tile)+len(row) <= block {
		tile = append(tile, row...)
	}
	return tile
}

func start(c *Cast, pos int) *cursor {
	u := &cursor{}
	u.seek(c, pos)
	return u
}

// splatB makes VS of VV.
func (l *Binary[A, B, R]) splatB() func(dst []R, a []A, b B) {
	buf := make([]B, block)
	return func(dst []R, a []A, b B) {
		Fill(buf[:min(block, len(dst))], b)
		for len(dst) > 0 {
			n := min(block, len(dst))
			l.VV(dst[:n], a[:n], buf[:n])
			dst, a = dst[n:], a[n:]
		}
	}
}

// splatA makes SV of VV.
func (l *Binary[A, B, R]) splatA() func(dst []R, a A, b []B) {
	buf := make([]A, block)
	return func(dst []R, a A, b []B) {
		Fill(buf[:min(block, len(dst))], a)
		for len(dst) > 0 {
			n := min(block, len(dst))
			l.VV(dst[:n], buf[:n], b[:n])
			dst, b = dst[n:], b[n:]
		}
	}
}

// Fill sets all elements of dst to v.
func Fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}
