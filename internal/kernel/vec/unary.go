package vec

import "math"

// Neg writes -x; the smallest integer is its own negative.
func Neg[T Float | Signed](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.neg(&f[0], &any(x).([]float32)[0], len(f))
			return
		}
	}
	for i := range dst {
		dst[i] = -x[i]
	}
}

// AbsFloat writes |x|.
func AbsFloat[T Float](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.abs(&f[0], &any(x).([]float32)[0], len(f))
			return
		}
	}
	for i := range dst {
		dst[i] = T(math.Abs(float64(x[i])))
	}
}

// AbsInt writes |x|; of the smallest integer that is itself.
func AbsInt[T Signed](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = max(x[i], -x[i])
		if x[i] == -x[i] {
			dst[i] = x[i]
		}
	}
}

// Copy writes x.
func Copy[T any](dst, x []T) { copy(dst, x) }

// Sign writes -1, 0 or 1, and NaN for NaN.
func Sign[T Number](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		v := x[i]
		switch {
		case v > 0:
			v = 1
		case v < 0:
			v = 0
			v--
		case v == 0:
			v = 0
		}
		dst[i] = v
	}
}

// Reciprocal writes 1/x.
func Reciprocal[T Float](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.divSV(&f[0], 1, &any(x).([]float32)[0], len(f))
			return
		}
	}
	for i := range dst {
		dst[i] = 1 / x[i]
	}
}

// Sqrt writes the square root.
func Sqrt[T Float](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.sqrt(&f[0], &any(x).([]float32)[0], len(f))
			return
		}
	}
	for i := range dst {
		dst[i] = T(math.Sqrt(float64(x[i])))
	}
}

// Floor rounds down.
func Floor[T Float](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.floor(&f[0], &any(x).([]float32)[0], len(f))
			return
		}
	}
	for i := range dst {
		dst[i] = T(math.Floor(float64(x[i])))
	}
}

// Ceil rounds up.
func Ceil[T Float](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.ceil(&f[0], &any(x).([]float32)[0], len(f))
			return
		}
	}
	for i := range dst {
		dst[i] = T(math.Ceil(float64(x[i])))
	}
}

// Round rounds to the nearest integer, halves to the even one.
func Round[T Float](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.round(&f[0], &any(x).([]float32)[0], len(f))
			return
		}
	}
	for i := range dst {
		dst[i] = T(math.RoundToEven(float64(x[i])))
	}
}

// Relu writes max(x, 0); NaN stays.
func Relu[T Float | Signed](dst, x []T) {
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(f)); k != nil {
			k.clip(&f[0], &any(x).([]float32)[0], len(f), 0, float32(math.Inf(1)))
			return
		}
	}
	for i := range dst {
		v := x[i]
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// Sin writes the sine.
func Sin[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Sin(float64(v)))
	}
}

// Cos writes the cosine.
func Cos[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Cos(float64(v)))
	}
}

// Tan writes the tangent.
func Tan[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Tan(float64(v)))
	}
}

// Asin writes the inverse sine.
func Asin[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Asin(float64(v)))
	}
}

// Acos writes the inverse cosine.
func Acos[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Acos(float64(v)))
	}
}

// Atan writes the inverse tangent.
func Atan[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Atan(float64(v)))
	}
}

// Sinh writes the hyperbolic sine.
func Sinh[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Sinh(float64(v)))
	}
}

// Cosh writes the hyperbolic cosine.
func Cosh[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Cosh(float64(v)))
	}
}

// Asinh writes the inverse hyperbolic sine.
func Asinh[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Asinh(float64(v)))
	}
}

// Acosh writes the inverse hyperbolic cosine.
func Acosh[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Acosh(float64(v)))
	}
}

// Atanh writes the inverse hyperbolic tangent.
func Atanh[T Float](dst, x []T) {
	for i, v := range x[:len(dst)] {
		dst[i] = T(math.Atanh(float64(v)))
	}
}
