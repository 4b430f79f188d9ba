package norm

import "math"

// sub is how many elements are summed before the result is added to the
// others.
const sub = 128

// distancesGo returns Σ (x[i]-pivot) and Σ (x[i]-pivot)² in float64.
func distancesGo[W Float](x []W, pivot float64) (s, q float64) {
	for len(x) > sub {
		ds, dq := distancesGo(x[:sub], pivot)
		s, q = s+ds, q+dq
		x = x[sub:]
	}
	var s0, s1, s2, s3, q0, q1, q2, q3 float64
	for len(x) >= 4 {
		d0 := float64(x[0]) - pivot
		d1 := float64(x[1]) - pivot
		d2 := float64(x[2]) - pivot
		d3 := float64(x[3]) - pivot
		s0 += d0
		s1 += d1
		s2 += d2
		s3 += d3
		q0 += d0 * d0
		q1 += d1 * d1
		q2 += d2 * d2
		q3 += d3 * d3
		x = x[4:]
	}
	for _, v := range x {
		d := float64(v) - pivot
		s0 += d
		q0 += d * d
	}
	return s + ((s0 + s1) + (s2 + s3)), q + ((q0 + q1) + (q2 + q3))
}

// squaresGo returns Σ x[i]² in float64.
func squaresGo[W Float](x []W) float64 {
	_, q := distancesGo(x, 0)
	return q
}

// maximumGo returns the largest element that is not NaN, -∞ if there is none.
func maximumGo[W Float](x []W) W {
	m := W(math.Inf(-1))
	for _, v := range x {
		if v > m {
			m = v
		}
	}
	return m
}

// maximumNGo raises m[i] to x[i] where that is larger.
func maximumNGo[W Float](m, x []W) {
	m = m[:len(x)]
	for i, v := range x {
		if v > m[i] {
			m[i] = v
		}
	}
}

// What applies statistics subtracts and scales in float64 and rounds the result
// to W before it meets the parameters of the element: what is lost on the way
// from large numbers to small ones is lost in float64. The assembly of normA and
// normAB gets there in float32, with a factor in two parts and a difference that
// is exact where the mean is large: see stat.short.

// affine1Go computes y[i] = (x[i]-mean)·a + b.
func affine1Go[W Float](y, x []W, mean, low, a, b float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-mean)-low)*a + b)
	}
}

// affineNGo computes y[i] = (x[i]-mean[i])·a[i] + b[i].
func affineNGo[W Float](y, x []W, mean, a, b []float64) {
	y, mean, a, b = y[:len(x)], mean[:len(x)], a[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = W((float64(v)-mean[i])*a[i] + b[i])
	}
}

// scaleN computes y[i] = (x[i]-mean[i])·a[i].
func scaleN[W Float](y, x []W, mean, a []float64) {
	y, mean, a = y[:len(x)], mean[:len(x)], a[:len(x)]
	for i, v := range x {
		y[i] = W((float64(v) - mean[i]) * a[i])
	}
}

// normAGo computes y[i] = (x[i]-mean)·inv·a[i].
func normAGo[W Float](y, x []W, s stat, a []W) {
	y, a = y[:len(x)], a[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-s.mean)-s.low)*s.inv) * a[i]
	}
}

// normB computes y[i] = (x[i]-mean)·inv + b[i].
func normB[W Float](y, x []W, s stat, b []W) {
	y, b = y[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-s.mean)-s.low)*s.inv) + b[i]
	}
}

// normABGo computes y[i] = (x[i]-mean)·inv·a[i] + b[i].
func normABGo[W Float](y, x []W, s stat, a, b []W) {
	y, a, b = y[:len(x)], a[:len(x)], b[:len(x)]
	for i, v := range x {
		y[i] = W(((float64(v)-s.mean)-s.low)*s.inv)*a[i] + b[i]
	}
}

// expToGo computes y[i] = exp(x[i]-m), where m is at least the largest, and
// returns the sum in float64.
func expToGo[W Float](y, x []W, m float64) float64 {
	y = y[:len(x)]
	s := 0.0
	for i, v := range x {
		e := expOf[W](float64(v) - m)
		s += e
		y[i] = W(e)
	}
	return s
}

// expNGo computes y[i] = exp(x[i]-m[i]) and adds it to less[i], or 1 to zeros[i]
// where x[i] is m[i].
func expNGo[W Float](y, x []W, m, less, zeros []float64) {
	y, m, less, zeros = y[:len(x)], m[:len(x)], less[:len(x)], zeros[:len(x)]
	for i, v := range x {
		d := float64(v) - m[i]
		e := expOf[W](d)
		if d == 0 {
			zeros[i]++
		} else {
			less[i] += e
		}
		y[i] = W(e)
	}
}

// expSumsGo returns the sum of exp(x[i]-m) over the elements that are not m,
// the largest, and the number of the others.
func expSumsGo[W Float](x []W, m float64) (s expSum) {
	for _, v := range x {
		if d := float64(v) - m; d == 0 {
			s.zeros++
		} else {
			s.less += expOf[W](d)
		}
	}
	return s
}
