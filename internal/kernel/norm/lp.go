package norm

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Lp divides by the norm along the middle axis of an [outer, n, inner] array:
// by √Σx² where square is set, by Σ|x| otherwise. Where the norm is 0, so are
// the results. Sums are float64 and compensated, so that their error does not
// grow with n; those that leave the range of float64 are repeated on scaled
// elements. y may be x.
func Lp[T Elem, W Float](p *par.Pool, y, x []T, outer, n, inner int, square bool) {
	if len(x) == 0 {
		return
	}
	if inner == 1 {
		p.For(outer, perPart(n), func(lo, hi int) {
			var buf [block]W
			for i := lo; i < hi; i++ {
				lpRow(y[i*n:(i+1)*n], x[i*n:(i+1)*n], square, &buf)
			}
		})
		return
	}
	chunks := (inner + lanes - 1) / lanes
	p.For(outer*chunks, perPart(n*lanes), func(lo, hi int) {
		var buf [block]W
		for u := lo; u < hi; u++ {
			c := u % chunks * lanes
			at := u/chunks*n*inner + c
			lpColumns(y[at:], x[at:], n, inner, min(lanes, inner-c), square, &buf)
		}
	})
}

func lpRow[T Elem, W Float](y, x []T, square bool, buf *[block]W) {
	norm := func(scale float64) float64 {
		var s compensated
		for i := range blocks(len(x)) {
			for w := wide(blockOf(x, i), buf); len(w) > 0; {
				n := min(sub, len(w))
				s.add(powers(w[:n], scale, square))
				w = w[n:]
			}
		}
		return s.root(square)
	}
	scale, d := 1.0, norm(1)
	if !inRange(d) {
		scale = 1 / powerOfTwo(rowMax(x, buf))
		d = norm(scale)
	}
	for i := range blocks(len(x)) {
		src, dst := wide(blockOf(x, i), buf), target(blockOf(y, i), buf)
		quotients(dst, src, scale, d)
		narrow(blockOf(y, i), dst)
	}
}

func rowMax[T Elem, W Float](x []T, buf *[block]W) float64 {
	m := 0.0
	for i := range blocks(len(x)) {
		for _, v := range wide(blockOf(x, i), buf) {
			m = max(m, math.Abs(float64(v)))
		}
	}
	return m
}

// powers returns Σ|x·scale| or Σ(x·scale)².
func powers[W Float](x []W, scale float64, square bool) float64 {
	if square && scale == 1 {
		return squares(x)
	}
	s := 0.0
	for _, v := range x {
		d := float64(v) * scale
		if square {
			d *= d
		}
		s += math.Abs(d)
	}
	return s
}

// quotients computes y[i] = x[i]·scale/d, 0 where d is.
func quotients[W Float](y, x []W, scale, d float64) {
	y = y[:len(x)]
	if d == 0 {
		clear(y)
		return
	}
	for i, v := range x {
		y[i] = W(float64(v) * scale / d)
	}
}

// lpColumns divides width columns, at most lanes, of n rows.
func lpColumns[T Elem, W Float](y, x []T, n, stride, width int, square bool, buf *[block]W) {
	row := func(a []T, r int) []T { return a[r*stride : r*stride+width] }
	var scale, d [lanes]float64
	norms := func() {
		var s [lanes]compensated
		for r := range n {
			for k, v := range wide(row(x, r), buf) {
				k &= lanes - 1
				p := float64(v) * scale[k]
				if square {
					p *= p
				}
				s[k].add(math.Abs(p))
			}
		}
		for k := range d {
			d[k] = s[k].root(square)
		}
	}
	for k := range scale {
		scale[k] = 1
	}
	norms()
	if !allInRange(d[:width]) {
		var m [lanes]float64
		for r := range n {
			for k, v := range wide(row(x, r), buf) {
				m[k&(lanes-1)] = max(m[k&(lanes-1)], math.Abs(float64(v)))
			}
		}
		for k := range width {
			if !inRange(d[k]) {
				scale[k] = 1 / powerOfTwo(m[k])
			}
		}
		norms()
	}
	for r := range n {
		src, dst := wide(row(x, r), buf), target(row(y, r), buf)
		for k, v := range src {
			k &= lanes - 1
			if d[k] == 0 {
				dst[k] = 0
			} else {
				dst[k] = W(float64(v) * scale[k] / d[k])
			}
		}
		narrow(row(y, r), dst)
	}
}

// compensated is a sum that does not lose digits to the number of its terms
// (Kahan).
type compensated struct{ sum, low float64 }

func (c *compensated) add(v float64) {
	v -= c.low
	s := c.sum + v
	c.low = (s - c.sum) - v
	c.sum = s
	if c.low != c.low {
		c.low = 0 // infinite sums stay so
	}
}

func (c *compensated) root(square bool) float64 {
	if square {
		return math.Sqrt(c.sum)
	}
	return c.sum
}

// inRange reports whether a norm is so far from both ends of float64 that the
// sum of the squares lost nothing.
func inRange(d float64) bool { return d > 0x1p-450 && d < 0x1p500 }

func allInRange(d []float64) bool {
	for _, v := range d {
		if !inRange(v) {
			return false
		}
	}
	return true
}

// powerOfTwo returns the power of two next below v, or 1 where v has none whose
// inverse is a number.
func powerOfTwo(v float64) float64 {
	_, e := math.Frexp(v)
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	return math.Ldexp(1, min(max(e-1, -1000), 1000))
}
