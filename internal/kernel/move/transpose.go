package move

import "github.com/onnxrun/onnxrun/internal/par"

// Transpositions go tile by tile, so that the cache lines of both sides are
// still there when their next element is due, and 4×4 elements at a time
// within a tile.
const (
	tileRows = 32
	tileCols = 32
	longTile = 1024 // columns that one piece of work takes
)

// transpose copies a layout whose dimension k is contiguous in the source and
// whose last one is in the destination.
func transpose[E Elem](p *par.Pool, dst, src []E, l Layout, k int) {
	last := len(l.Dims) - 1
	r, c := l.Dims[k], l.Dims[last]
	dr, sc := l.Dst[k], l.Src[last]
	outer := Layout{DstAt: l.DstAt, SrcAt: l.SrcAt}
	for i := range last {
		if i != k {
			outer.Dims = append(outer.Dims, l.Dims[i])
			outer.Dst = append(outer.Dst, l.Dst[i])
			outer.Src = append(outer.Src, l.Src[i])
		}
	}
	down, across := (r+tileRows-1)/tileRows, (c+longTile-1)/longTile
	per := down * across
	grain := work/(min(r, tileRows)*min(c, longTile)) + 1
	p.For(product(outer.Dims)*per, grain, func(lo, hi int) {
		var at cursor
		at.seek(&outer, len(outer.Dims), lo/per)
		for u := lo; u < hi; u++ {
			i, j := u%per/across*tileRows, u%across*longTile
			ni, nj := min(tileRows, r-i), min(longTile, c-j)
			strip(dst, src, at.d+i*dr+j, at.s+i+j*sc, ni, nj, dr, sc)
			if u%per == per-1 {
				at.next(1)
			}
		}
	})
}

// strip transposes up to tileRows rows:
//
//	dst[d + i·dr + j] = src[s + i + j·sc]   0 ≤ i < rows, 0 ≤ j < cols
func strip[E Elem](dst, src []E, d, s, rows, cols, dr, sc int) {
	for j := 0; j < cols; j += tileCols {
		n := min(tileCols, cols-j)
		tile(dst, src, d+j, s+j*sc, rows, n, dr, sc)
	}
}

func tile[E Elem](dst, src []E, d, s, rows, cols, dr, sc int) {
	j, done := 0, 0
	for ; j+4 <= cols; j += 4 {
		i := 0
		if j&7 == 0 {
			// Eight columns at a time, of which the second four are then done.
			if done = 0; j+8 <= cols && tile8(dst[d+j:], dr, src[s+j*sc:], sc, rows/8) {
				done = rows &^ 7
			}
		}
		i = done
		for ; i+4 <= rows; i += 4 {
			at := s + j*sc + i
			s0, s1, s2, s3 := src[at:at+4], src[at+sc:at+sc+4], src[at+2*sc:at+2*sc+4], src[at+3*sc:at+3*sc+4]
			to := d + i*dr + j
			d0, d1, d2, d3 := dst[to:to+4], dst[to+dr:to+dr+4], dst[to+2*dr:to+2*dr+4], dst[to+3*dr:to+3*dr+4]
			d0[0], d0[1], d0[2], d0[3] = s0[0], s1[0], s2[0], s3[0]
			d1[0], d1[1], d1[2], d1[3] = s0[1], s1[1], s2[1], s3[1]
			d2[0], d2[1], d2[2], d2[3] = s0[2], s1[2], s2[2], s3[2]
			d3[0], d3[1], d3[2], d3[3] = s0[3], s1[3], s2[3], s3[3]
		}
		for ; i < rows; i++ {
			at := s + j*sc + i
			y := dst[d+i*dr+j : d+i*dr+j+4]
			y[0], y[1], y[2], y[3] = src[at], src[at+sc], src[at+2*sc], src[at+3*sc]
		}
	}
	for ; j < cols; j++ {
		at, to := s+j*sc, d+j
		for _, v := range src[at : at+rows] {
			dst[to] = v
			to += dr
		}
	}
}
