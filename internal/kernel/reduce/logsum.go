package reduce

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
)

// LogSum32 is the logarithm of the sum of float32.
func LogSum32() Op[float32, float64, float32] {
	o := Sum32()
	o.Finish = func(dst []float32, acc []float64, n int) {
		for i, a := range acc {
			dst[i] = float32(math.Log(a))
		}
	}
	return o
}

// LogSum64 is the logarithm of the sum of float64.
func LogSum64() Op[float64, twofold, float64] {
	o := Sum64()
	o.Finish = func(dst []float64, acc []twofold, n int) {
		for i, a := range acc {
			dst[i] = math.Log(a.value())
		}
	}
	return o
}

// LogSumInt is the logarithm of the sum of integers, computed in float64,
// without its fraction.
func LogSumInt[T vec.Int]() Op[T, float64, T] {
	return Op[T, float64, T]{
		Run: func(acc float64, x []T) float64 {
			for _, v := range x {
				acc += float64(v)
			}
			return acc
		},
		Cols: func(acc []float64, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i] += float64(x[i])
			}
		},
		Merge: plus[float64],
		Finish: func(dst []T, acc []float64, n int) {
			for i, a := range acc {
				dst[i] = vec.Convert[T](math.Log(a))
			}
		},
	}
}

// scaled is the sum of e^x over some x, as sum × e^top: top is the largest of
// them, so that no term overflows.
type scaled struct{ top, sum float64 }

func (s *scaled) add(v float64) {
	switch {
	case s.top != s.top: // once NaN, always NaN
	case v <= s.top:
		if v > math.Inf(-1) {
			s.sum += math.Exp(v - s.top)
		}
	case v == math.Inf(1) || v != v:
		s.top, s.sum = v, 1
	default:
		s.sum = s.sum*math.Exp(s.top-v) + 1
		s.top = v
	}
}

// value returns the logarithm of the sum.
func (s scaled) value() float64 {
	if math.IsInf(s.top, 0) {
		return s.top
	}
	return s.top + math.Log(s.sum)
}

// LogSumExp is log Σ e^x, computed in float64 without overflow; -Inf of
// nothing. Integers lose the fraction.
func LogSumExp[T vec.Number]() Op[T, scaled, T] {
	return Op[T, scaled, T]{
		Init: scaled{math.Inf(-1), 0},
		Run: func(acc scaled, x []T) scaled {
			if len(x) == 0 {
				return acc
			}
			top := math.Inf(-1)
			for _, v := range x {
				if w := float64(v); w > top || w != w {
					top = w
				}
			}
			if math.IsInf(top, 0) || top != top {
				acc.add(top)
				return acc
			}
			row := scaled{top: top}
			for _, v := range x {
				row.sum += math.Exp(float64(v) - top)
			}
			return mergeScaled(acc, row)
		},
		Cols: func(acc []scaled, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i].add(float64(x[i]))
			}
		},
		Merge: mergeScaled,
		Finish: func(dst []T, acc []scaled, n int) {
			for i, a := range acc {
				dst[i] = vec.Convert[T](a.value())
			}
		},
	}
}

func mergeScaled(a, b scaled) scaled {
	if b.top > a.top || b.top != b.top {
		a, b = b, a
	}
	// a.top is the larger one, or NaN.
	if b.top > math.Inf(-1) && !math.IsInf(a.top, 0) {
		a.sum += b.sum * math.Exp(b.top-a.top)
	}
	return a
}
