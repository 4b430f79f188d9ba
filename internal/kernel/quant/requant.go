package quant

import "math"

// Dynamic returns the scale and the zero point with which uint8 covers the
// numbers from lo ≤ 0 to hi ≥ 0, as DynamicQuantizeLinear chooses them. Where
// both are 0 the scale is 1.
func Dynamic(lo, hi float32) (scale float32, zero uint8) {
	if lo == hi {
		return 1, 0
	}
	scale = (hi - lo) / 255
	z := min(max(0-lo/scale, 0), 255)
	if z != z {
		return scale, 0
	}
	return scale, uint8(math.RoundToEven(float64(z)))
}

// Range returns the least and the largest of x and 0; NaN does not count.
func Range(x []float32) (lo, hi float32) {
	n, lo, hi := extremes(x)
	for _, v := range x[n:] {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
	}
	return lo, hi
}
