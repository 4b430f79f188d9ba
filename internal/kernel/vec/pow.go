package vec

import "math"

// Pow32 returns the loops of a^b, each result that of float64 rounded once.
func Pow32() Binary[float32, float32, float32] {
	return Binary[float32, float32, float32]{
		VV: func(dst, a, b []float32) {
			a, b = a[:len(dst)], b[:len(dst)]
			for i := range dst {
				dst[i] = float32(pow(float64(a[i]), float64(b[i])))
			}
		},
		VS: func(dst, a []float32, b float32) { PowScalar32(dst, a, float64(b)) },
	}
}

// PowFloat returns the loops of a^b for exponents in float64.
func PowFloat[T Float]() Binary[T, float64, T] {
	return Binary[T, float64, T]{
		VV: func(dst, a []T, b []float64) {
			a, b = a[:len(dst)], b[:len(dst)]
			for i := range dst {
				dst[i] = T(math.Pow(float64(a[i]), b[i]))
			}
		},
	}
}

// pow returns a^b, as good as float32 shows it, of a that is a float32. With a
// positive base, e^(b log a) loses little in float64; what is left to math.Pow
// are the cases that IEEE 754 lists.
func pow(a, b float64) float64 {
	if a > 0 && a <= math.MaxFloat32 {
		if t := b * fastLog(a); t > -150 && t < 150 {
			return fastExp(t)
		}
	}
	return math.Pow(a, b)
}

var square = Mul[float32]().VV

// PowScalar32 writes a^b, with multiplications for the exponents that networks
// use.
func PowScalar32(dst, a []float32, b float64) {
	a = a[:len(dst)]
	switch b {
	case 0:
		Fill(dst, 1)
	case 1:
		copy(dst, a)
	case 2:
		square(dst, a, a)
	case 3:
		for i := range dst {
			v := float64(a[i])
			dst[i] = float32(v * v * v)
		}
	case 4:
		for i := range dst {
			v := float64(a[i])
			v *= v
			dst[i] = float32(v * v)
		}
	case -1:
		for i := range dst {
			dst[i] = 1 / a[i]
		}
	case 0.5:
		for i := range dst {
			switch v := a[i]; {
			case v > -math.MaxFloat32: // + 0 makes 0 of -0
				dst[i] = float32(math.Sqrt(float64(v) + 0))
			default:
				dst[i] = float32(math.Pow(float64(v), b))
			}
		}
	case -0.5:
		for i := range dst {
			switch v := a[i]; {
			case v > -math.MaxFloat32:
				dst[i] = float32(1 / math.Sqrt(float64(v)+0))
			default:
				dst[i] = float32(math.Pow(float64(v), b))
			}
		}
	default:
		var w lane
		for ; len(dst) > 0; dst, a = next(dst), next(a) {
			for i, v := range w.load(a[:len(dst)]) {
				dst[i] = float32(pow(v, b))
			}
		}
	}
}

// PowInt returns the loops of a^b for integers; the result wraps around. A
// negative exponent gives what is left of 1/a^-b without its fraction: ±1 for a
// base of ±1, 0 for all others, 0 itself included.
func PowInt[T int32 | int64, E int64 | uint64]() Binary[T, E, T] {
	return Binary[T, E, T]{VV: func(dst, a []T, b []E) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = powInt(a[i], b[i])
		}
	}}
}

func powInt[T int32 | int64, E int64 | uint64](a T, b E) T {
	if b < 0 {
		switch {
		case a == 1 || a == -1 && b&1 == 0:
			return 1
		case a == -1:
			return -1
		}
		return 0
	}
	r := T(1)
	for ; b > 0; b >>= 1 {
		if b&1 != 0 {
			r *= a
		}
		a *= a
	}
	return r
}

// PowIntFloat returns the loops of a^b for an integer base: the power without
// its fraction, the nearest integer where it is beyond the range, 0 for NaN.
func PowIntFloat[T int32 | int64]() Binary[T, float64, T] {
	return Binary[T, float64, T]{VV: func(dst, a []T, b []float64) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = Convert[T](math.Pow(float64(a[i]), b[i]))
		}
	}}
}
