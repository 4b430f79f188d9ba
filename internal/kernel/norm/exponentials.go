package norm

import "math"

// Exponentials computes x = exp(x-m) in place, where m is the largest of the
// elements and least, and returns m and the sum of the results: the softmax of
// a row whose division is the caller's. Where m is -Inf, x becomes zeros.
func Exponentials[W Float](x []W, least W) (m, sum float64) {
	m = float64(max(maximum(x), least)) // NaN makes the sum NaN
	if math.IsInf(m, -1) {
		clear(x)
		return m, 0
	}
	return m, expTo(x, x, m)
}
