package reduce

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
)

// Max finds the largest number, NaN if there is one; of nothing the smallest
// value of the type, -Inf for floats.
func Max[T vec.Number]() Op[T, T, T] {
	lo, _ := vec.Bounds[T]()
	o := Op[T, T, T]{
		Init: lo,
		Run: func(acc T, x []T) T {
			for _, v := range x {
				if v > acc || v != v {
					acc = v
				}
			}
			return acc
		},
		Cols: func(acc []T, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				if v := x[i]; v > acc[i] || v != v {
					acc[i] = v
				}
			}
		},
		Merge: func(a, b T) T {
			if b > a || b != b {
				return b
			}
			return a
		},
		Finish: convert[T, T],
	}
	inVectors(&o, vec.Max[float32]().VV)
	return o
}

// Min finds the smallest number, NaN if there is one; of nothing the largest
// value of the type, +Inf for floats.
func Min[T vec.Number]() Op[T, T, T] {
	_, hi := vec.Bounds[T]()
	o := Op[T, T, T]{
		Init: hi,
		Run: func(acc T, x []T) T {
			for _, v := range x {
				if v < acc || v != v {
					acc = v
				}
			}
			return acc
		},
		Cols: func(acc []T, x []T) {
			x = x[:len(acc)]
			for i := range acc {
				if v := x[i]; v < acc[i] || v != v {
					acc[i] = v
				}
			}
		},
		Merge: func(a, b T) T {
			if b < a || b != b {
				return b
			}
			return a
		},
		Finish: convert[T, T],
	}
	inVectors(&o, vec.Min[float32]().VV)
	return o
}

// width is how many extremes of a row are found side by side.
const width = 128

var extremes sync.Pool // of *[width]float32

// inVectors makes an extreme of float32 be found by the loop that writes that
// of two elements, NaN where one is.
func inVectors[T vec.Number](o *Op[T, T, T], extreme func(dst, a, b []float32)) {
	f, ok := any(o).(*Op[float32, float32, float32])
	if !ok {
		return
	}
	short := f.Run
	f.Run = func(acc float32, x []float32) float32 {
		if len(x) < 2*width {
			return short(acc, x)
		}
		a, _ := extremes.Get().(*[width]float32)
		if a == nil {
			a = new([width]float32)
		}
		defer extremes.Put(a)
		copy(a[:], x)
		for x = x[width:]; len(x) >= width; x = x[width:] {
			extreme(a[:], a[:], x[:width])
		}
		extreme(a[:len(x)], a[:len(x)], x)
		for n := width / 2; n >= 16; n /= 2 {
			extreme(a[:n], a[:n], a[n:2*n])
		}
		return short(acc, a[:16])
	}
	f.Cols = func(acc, x []float32) { extreme(acc, acc, x[:len(acc)]) }
}

// Any finds whether one is true; false of nothing.
func Any() Op[bool, bool, bool] {
	return Op[bool, bool, bool]{
		Run: func(acc bool, x []bool) bool {
			for _, v := range x {
				acc = acc || v
			}
			return acc
		},
		Cols: func(acc []bool, x []bool) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i] = acc[i] || x[i]
			}
		},
		Merge:  func(a, b bool) bool { return a || b },
		Finish: func(dst, acc []bool, n int) { copy(dst, acc) },
	}
}

// All finds whether none is false; true of nothing.
func All() Op[bool, bool, bool] {
	return Op[bool, bool, bool]{
		Init: true,
		Run: func(acc bool, x []bool) bool {
			for _, v := range x {
				acc = acc && v
			}
			return acc
		},
		Cols: func(acc []bool, x []bool) {
			x = x[:len(acc)]
			for i := range acc {
				acc[i] = acc[i] && x[i]
			}
		},
		Merge:  func(a, b bool) bool { return a && b },
		Finish: func(dst, acc []bool, n int) { copy(dst, acc) },
	}
}
