package vec

import "math"

// Mod returns the loop of the remainder that has the divisor's sign, as
// Python's %: a - b⌊a/b⌋. The divisor must not be zero.
func Mod[T Int]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			r, d := a[i]%b[i], b[i]
			if r != 0 && (r < 0) != (d < 0) {
				r += d
			}
			dst[i] = r
		}
	}}
}

// Rem returns the loop of the remainder that has the dividend's sign, as C's
// %: a - b trunc(a/b). The divisor must not be zero.
func Rem[T Int]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] % b[i]
		}
	}}
}

// RemFloat returns the loop of Rem for floats, C's fmod.
func RemFloat[T Float]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = T(math.Mod(float64(a[i]), float64(b[i])))
		}
	}}
}

// ModFloat returns the loop of Mod for floats. A remainder of zero has the
// divisor's sign, and a divisor of zero or a dividend without end leaves NaN.
func ModFloat[T Float]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			d := float64(b[i])
			r := math.Mod(float64(a[i]), d)
			switch {
			case r == 0:
				r = math.Copysign(0, d)
			case (r < 0) != (d < 0):
				r += d
			}
			dst[i] = T(r)
		}
	}}
}
