package reduce

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
)

// Sums of float32 are accumulated in float64: the error of a sum of n terms is
// below n 2^-53 of the sum of their magnitudes, lost in the final rounding.
// Sums of float64 are compensated, see vec.AddTwofold. Sums of integers wrap around.

// twofold is a sum in float64 and what rounding has cut off from it so far.
type twofold struct{ sum, low float64 }

func (t *twofold) add(v float64) { t.sum, t.low = vec.AddTwofold(t.sum, t.low, v) }

func (t twofold) value() float64 {
	if v := t.sum + t.low; v == v {
		return v
	}
	return t.sum // an infinity, or NaN
}

func mergeTwofold(a, b twofold) twofold {
	a.add(b.sum)
	a.low += b.low
	return a
}

// Sum32 sums float32.
func Sum32() Op[float32, float64, float32] {
	return Op[float32, float64, float32]{Run: sumRun32, Cols: vec.SumColumns32, Cols4: vec.SumColumns4x32, Merge: plus[float64], Finish: convert[float64, float32]}
}

// Mean32 averages float32; NaN of nothing.
func Mean32() Op[float32, float64, float32] {
	o := Sum32()
	o.Finish = func(dst []float32, acc []float64, n int) {
		for i, a := range acc {
			dst[i] = float32(a / float64(n))
		}
	}
	return o
}

func sumRun32(acc float64, x []float32) float64 { return acc + vec.Sum32(x) }

// Sum64 sums float64.
func Sum64() Op[float64, twofold, float64] {
	return Op[float64, twofold, float64]{
		Run: func(acc twofold, x []float64) twofold {
			for _, v := range x {
				acc.add(v)
			}
			return acc
		},
		Cols: func(acc []twofold, x []float64) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i].add(x[i])
			}
		},
		Merge:  mergeTwofold,
		Finish: finishTwofold,
	}
}

// Mean64 averages float64; NaN of nothing.
func Mean64() Op[float64, twofold, float64] {
	o := Sum64()
	o.Finish = func(dst []float64, acc []twofold, n int) {
		for i, a := range acc {
			dst[i] = a.value() / float64(n)
		}
	}
	return o
}

func finishTwofold(dst []float64, acc []twofold, n int) {
	for i, a := range acc {
		dst[i] = a.value()
	}
}

// SumInt sums integers.
func SumInt[T vec.Int]() Op[T, T, T] {
	return Op[T, T, T]{Run: sumRunInt[T, T], Cols: sumColsInt[T, T], Merge: plus[T], Finish: convert[T, T]}
}

// MeanInt averages integers, the sum being one of 64 bits, and drops the
// fraction; 0 of nothing.
func MeanInt[T vec.Int, A int64 | uint64]() Op[T, A, T] {
	return Op[T, A, T]{Run: sumRunInt[T, A], Cols: sumColsInt[T, A], Merge: plus[A],
		Finish: func(dst []T, acc []A, n int) {
			for i, a := range acc {
				dst[i] = T(a / A(max(n, 1)))
			}
		}}
}

func sumRunInt[T, A vec.Int](acc A, x []T) A {
	for _, v := range x {
		acc += A(v)
	}
	return acc
}

func sumColsInt[T, A vec.Int](acc []A, x []T) {
	x = x[:len(acc)]
	for i := range acc {
		acc[i] += A(x[i])
	}
}

func plus[A vec.Number](a, b A) A { return a + b }

// convert writes accumulators as results.
func convert[A, R vec.Number](dst []R, acc []A, n int) {
	for i, a := range acc {
		dst[i] = R(a)
	}
}

// L1Norm32 sums the magnitudes of float32.
func L1Norm32() Op[float32, float64, float32] {
	return Op[float32, float64, float32]{
		Run: func(acc float64, x []float32) float64 {
			var s0, s1 float64
			for ; len(x) >= 2; x = x[2:] {
				s0 += math.Abs(float64(x[0]))
				s1 += math.Abs(float64(x[1]))
			}
			for _, v := range x {
				s0 += math.Abs(float64(v))
			}
			return acc + (s0 + s1)
		},
		Cols: func(acc []float64, x []float32) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i] += math.Abs(float64(x[i]))
			}
		},
		Merge: plus[float64], Finish: convert[float64, float32],
	}
}

// L1Norm64 sums the magnitudes of float64.
func L1Norm64() Op[float64, twofold, float64] {
	return Op[float64, twofold, float64]{
		Run: func(acc twofold, x []float64) twofold {
			for _, v := range x {
				acc.add(math.Abs(v))
			}
			return acc
		},
		Cols: func(acc []twofold, x []float64) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i].add(math.Abs(x[i]))
			}
		},
		Merge: mergeTwofold, Finish: finishTwofold,
	}
}

// L1NormInt sums the magnitudes of integers.
func L1NormInt[T vec.Int]() Op[T, T, T] {
	return Op[T, T, T]{
		Run: func(acc T, x []T) T {
			for _, v := range x {
				if v < 0 {
					v = -v
				}
				acc += v
			}
			return acc
		},
		Cols: func(acc []T, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				v := x[i]
				if v < 0 {
					v = -v
				}
				acc[i] += v
			}
		},
		Merge: plus[T], Finish: convert[T, T],
	}
}
