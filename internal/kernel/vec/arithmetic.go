package vec

// Add returns the loops of a + b.
func Add[T Number]() Binary[T, T, T] {
	return orVectors(Binary[T, T, T]{addVV[T], addVS[T], func(dst []T, a T, b []T) { addVS(dst, b, a) }}, &addVectors)
}

// Sub returns the loops of a - b.
func Sub[T Number]() Binary[T, T, T] {
	return orVectors(Binary[T, T, T]{subVV[T], subVS[T], subSV[T]}, &subVectors)
}

// Mul returns the loops of a × b.
func Mul[T Number]() Binary[T, T, T] {
	return orVectors(Binary[T, T, T]{mulVV[T], mulVS[T], func(dst []T, a T, b []T) { mulVS(dst, b, a) }}, &mulVectors)
}

// Div returns the loops of a / b. Integers truncate, and must not be divided
// by zero; the smallest integer divided by -1 is itself.
func Div[T Number]() Binary[T, T, T] {
	return orVectors(Binary[T, T, T]{divVV[T], divVS[T], divSV[T]}, &divVectors)
}

func addVV[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func addVS[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b
	}
}

func subVV[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func subVS[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b
	}
}

func subSV[T Number](dst []T, a T, b []T) {
	b = b[:len(dst)]
	for i := range dst {
		dst[i] = a - b[i]
	}
}

func mulVV[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func mulVS[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b
	}
}

func divVV[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

func divVS[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b
	}
}

func divSV[T Number](dst []T, a T, b []T) {
	b = b[:len(dst)]
	for i := range dst {
		dst[i] = a / b[i]
	}
}

// IndexZero returns where the first zero of x is, -1 where there is none.
func IndexZero[T Number](x []T) int {
	for i, v := range x {
		if v == 0 {
			return i
		}
	}
	return -1
}

// AddTwofold adds v to a sum that is kept in two numbers: the sum and what
// rounding has cut off from it so far, so that the error does not grow with
// the number of terms (Neumaier 1974, with Knuth's branch-free sum).
func AddTwofold(sum, low, v float64) (s, l float64) {
	s = sum + v
	b := s - sum
	return s, low + ((sum - (s - b)) + (v - b))
}
