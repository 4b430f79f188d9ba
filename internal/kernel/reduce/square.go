package reduce

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
)

// SumSquare32 sums the squares of float32.
func SumSquare32() Op[float32, float64, float32] {
	return Op[float32, float64, float32]{Run: squareRun32, Cols: squareCols32, Merge: plus[float64], Finish: convert[float64, float32]}
}

// L2Norm32 is the square root of SumSquare32.
func L2Norm32() Op[float32, float64, float32] {
	o := SumSquare32()
	o.Finish = func(dst []float32, acc []float64, n int) {
		for i, a := range acc {
			dst[i] = float32(math.Sqrt(a))
		}
	}
	return o
}

func squareRun32(acc float64, x []float32) float64 { return acc + vec.SumSquare32(x) }

func squareCols32(acc []float64, x []float32) {
	x = x[:len(acc)]
	for i := range acc {
		v := float64(x[i])
		acc[i] += v * v
	}
}

// SumSquare64 sums the squares of float64.
func SumSquare64() Op[float64, twofold, float64] {
	return Op[float64, twofold, float64]{
		Run: func(acc twofold, x []float64) twofold {
			for _, v := range x {
				acc.add(v * v)
			}
			return acc
		},
		Cols: func(acc []twofold, x []float64) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i].add(x[i] * x[i])
			}
		},
		Merge: mergeTwofold, Finish: finishTwofold,
	}
}

// L2Norm64 is the square root of SumSquare64.
func L2Norm64() Op[float64, twofold, float64] {
	o := SumSquare64()
	o.Finish = func(dst []float64, acc []twofold, n int) {
		for i, a := range acc {
			dst[i] = math.Sqrt(a.value())
		}
	}
	return o
}

// SumSquareInt sums the squares of integers.
func SumSquareInt[T vec.Int]() Op[T, T, T] {
	return Op[T, T, T]{
		Run: func(acc T, x []T) T {
			for _, v := range x {
				acc += v * v
			}
			return acc
		},
		Cols: func(acc []T, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i] += x[i] * x[i]
			}
		},
		Merge: plus[T], Finish: convert[T, T],
	}
}

// L2NormInt is the square root of the sum of the squares of integers, computed
// in float64, without its fraction.
func L2NormInt[T vec.Int]() Op[T, float64, T] {
	return Op[T, float64, T]{
		Run: func(acc float64, x []T) float64 {
			for _, v := range x {
				acc += float64(v) * float64(v)
			}
			return acc
		},
		Cols: func(acc []float64, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				v := float64(x[i])
				acc[i] += v * v
			}
		},
		Merge: plus[float64],
		Finish: func(dst []T, acc []float64, n int) {
			for i, a := range acc {
				dst[i] = vec.Convert[T](math.Sqrt(a))
			}
		},
	}
}
