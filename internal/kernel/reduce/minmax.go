package reduce

import "github.com/onnxrun/onnxrun/internal/kernel/vec"

// Max finds the largest number, NaN if there is one; of nothing the smallest
// value of the type, -Inf for floats.
func Max[T vec.Number]() Op[T, T, T] {
	lo, _ := vec.Bounds[T]()
	return Op[T, T, T]{
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
}

// Min finds the smallest number, NaN if there is one; of nothing the largest
// value of the type, +Inf for floats.
func Min[T vec.Number]() Op[T, T, T] {
	_, hi := vec.Bounds[T]()
	return Op[T, T, T]{
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
