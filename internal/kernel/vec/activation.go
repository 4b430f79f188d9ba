package vec

import "math"

// LeakyRelu returns the loop of x where x ≥ 0, alpha x elsewhere.
func LeakyRelu[T Float](alpha T) func(dst, x []T) {
	return func(dst, x []T) {
		x = x[:len(dst)]
		if f, ok := any(dst).([]float32); ok {
			if k := exactly(len(f)); k != nil {
				k.leakyRelu(&f[0], &any(x).([]float32)[0], len(f), float32(alpha))
				return
			}
		}
		for i := range dst {
			v := x[i]
			if v < 0 {
				v *= alpha
			}
			dst[i] = v
		}
	}
}

// PRelu returns the loops of x where x ≥ 0, slope x elsewhere.
func PRelu[T Number]() Binary[T, T, T] {
	return Binary[T, T, T]{
		VV: func(dst, x, slope []T) {
			x, slope = x[:len(dst)], slope[:len(dst)]
			for i := range dst {
				v := x[i]
				if v < 0 {
					v *= slope[i]
				}
				dst[i] = v
			}
		},
		VS: func(dst, x []T, slope T) {
			x = x[:len(dst)]
			for i := range dst {
				v := x[i]
				if v < 0 {
					v *= slope
				}
				dst[i] = v
			}
		},
	}
}

// ThresholdedRelu returns the loop of x where x > alpha, 0 elsewhere.
func ThresholdedRelu[T Float](alpha T) func(dst, x []T) {
	return func(dst, x []T) {
		x = x[:len(dst)]
		for i := range dst {
			v := x[i]
			if v <= alpha {
				v = 0
			}
			dst[i] = v
		}
	}
}

// Elu32 returns the loop of x scale where x > 0, alpha scale (e^(x/width) - 1)
// elsewhere: Elu has scale and width 1, Selu width 1, Celu scale 1 and width
// alpha.
func Elu32(alpha, scale, width float32) func(dst, x []float32) {
	return func(dst, x []float32) {
		var w lane
		s, a, d := float64(scale), float64(alpha)*float64(scale), 1/float64(width)
		if k := vectors(len(dst)); k != nil {
			k.elu(&dst[0], &x[:len(dst)][0], len(dst), a, s, d)
			return
		}
		for ; len(dst) > 0; dst, x = next(dst), next(x) {
			for i, v := range w.load(x[:len(dst)]) {
				if v > 0 {
					v *= s
				} else {
					v = a * fastExpm1(clampExp(v*d))
				}
				dst[i] = float32(v)
			}
		}
	}
}

// Elu64 is Elu32 for float64.
func Elu64(alpha, scale, width float64) func(dst, x []float64) {
	return func(dst, x []float64) {
		x = x[:len(dst)]
		for i := range dst {
			if v := x[i]; v > 0 {
				dst[i] = v * scale
			} else {
				dst[i] = scale * alpha * math.Expm1(v/width)
			}
		}
	}
}

// HardSigmoid returns the loop of max(0, min(1, alpha x + beta)).
func HardSigmoid[T Float](alpha, beta T) func(dst, x []T) {
	return func(dst, x []T) {
		x = x[:len(dst)]
		if f, ok := any(dst).([]float32); ok {
			if k := exactly(len(f)); k != nil {
				k.hardSigmoid(&f[0], &any(x).([]float32)[0], len(f), float32(alpha), float32(beta), 1)
				return
			}
		}
		for i := range dst {
			v := T(x[i]*alpha) + beta // the conversion keeps the two roundings
			if v < 0 {
				v = 0
			}
			if v > 1 {
				v = 1
			}
			dst[i] = v
		}
	}
}

// HardSwish writes x max(0, min(1, x/6 + ½)).
func HardSwish[T Float](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.hardSwish(&f[0], &any(x).([]float32)[0], len(f), 1./6, 0.5, 3)
			return
		}
	}
	for i := range dst {
		v := x[i]
		switch {
		case v <= -3:
			v = 0
		case v < 3:
			v *= T(v*(1./6)) + 0.5 // the conversion keeps the two roundings
		}
		dst[i] = v
	}
}

// Softsign writes x / (1+|x|).
func Softsign[T Float](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		v := x[i]
		a := T(math.Abs(float64(v)))
		if a > 0x1p100 { // the quotient of infinities, too
			dst[i] = T(math.Copysign(1, float64(v)))
			continue
		}
		dst[i] = v / (1 + a)
	}
}

// Shrink returns the loop of x + bias where x < -lambda, x - bias where
// x > lambda, and 0 between; NaN stays. The sums are rounded to T.
func Shrink[T Number](bias, lambda float64) func(dst, x []T) {
	return func(dst, x []T) {
		x = x[:len(dst)]
		for i := range dst {
			switch v := float64(x[i]); {
			case v < -lambda:
				dst[i] = Convert[T](v + bias)
			case v > lambda:
				dst[i] = Convert[T](v - bias)
			case v == v:
				dst[i] = 0
			default:
				dst[i] = x[i]
			}
		}
	}
}
