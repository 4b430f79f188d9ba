package move

import "github.com/onnxrun/onnxrun/internal/par"

// work is the number of elements that are worth a goroutine, and the piece
// into which longer rows are cut.
const work = 1 << 15

// rows copies a layout row by row.
func rows[E Elem](p *par.Pool, dst, src []E, l Layout) {
	k := len(l.Dims) - 1
	cols := l.Dims[k]
	n := product(l.Dims[:k])
	if cols > work {
		pieces := (cols + work - 1) / work
		p.For(n*pieces, 1, func(lo, hi int) {
			for u := lo; u < hi; u++ {
				var c cursor
				c.seek(&l, k, u/pieces)
				i := u % pieces * work
				block(dst, src, c.d+i*l.Dst[k], c.s+i*l.Src[k], 1, min(work, cols-i), 0, 0, l.Dst[k], l.Src[k])
			}
		})
		return
	}
	p.For(n, work/cols, func(lo, hi int) {
		var c cursor
		c.seek(&l, k, lo)
		for u := lo; u < hi; {
			m := min(c.left(), hi-u)
			block(dst, src, c.d, c.s, m, cols, l.Dst[k-1], l.Src[k-1], l.Dst[k], l.Src[k])
			c.next(m)
			u += m
		}
	})
}

// block copies a matrix of rows × cols elements from src[s] on to dst[d] on;
// dr, sr, dc and sc are the distances of rows and columns.
func block[E Elem](dst, src []E, d, s, rows, cols, dr, sr, dc, sc int) {
	switch {
	case dc == 1 && sc == 1 && cols < 8:
		for range rows {
			x, y := src[s:s+cols], dst[d:d+cols]
			//lint:ignore S1001 a call of memmove costs more than these few elements
			for i, v := range x {
				y[i] = v
			}
			d += dr
			s += sr
		}
	case dc == 1 && sc == 1:
		for range rows {
			copy(dst[d:d+cols], src[s:s+cols])
			d += dr
			s += sr
		}
	case dc == 1 && sc == 0:
		for range rows {
			Fill(dst[d:d+cols], src[s])
			d += dr
			s += sr
		}
	case dc == 1:
		for range rows {
			j := s
			y := dst[d : d+cols]
			for i := range y {
				y[i] = src[j]
				j += sc
			}
			d += dr
			s += sr
		}
	default:
		for range rows {
			i, j := d, s
			for range cols {
				dst[i] = src[j]
				i += dc
				j += sc
			}
			d += dr
			s += sr
		}
	}
}

// Fill sets every element of dst to v.
func Fill[E any](dst []E, v E) {
	n := min(len(dst), 64)
	for i := range dst[:n] {
		dst[i] = v
	}
	for n < len(dst) {
		n += copy(dst[n:], dst[:n])
	}
}
