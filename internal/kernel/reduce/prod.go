package reduce

import "github.com/onnxrun/onnxrun/internal/kernel/vec"

// Prod multiplies in A: float64 for floats, so that float32 products round
// once and pass over intermediate overflow; integers wrap around.
func Prod[T, A vec.Number]() Op[T, A, T] {
	return Op[T, A, T]{
		Init: 1,
		Run: func(acc A, x []T) A {
			for _, v := range x {
				acc *= A(v)
			}
			return acc
		},
		Cols: func(acc []A, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i] *= A(x[i])
			}
		},
		Merge:  func(a, b A) A { return a * b },
		Finish: convert[A, T],
	}
}
