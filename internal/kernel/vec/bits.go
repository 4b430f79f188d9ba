package vec

// And returns the loop of a && b.
func And() Binary[bool, bool, bool] {
	return Binary[bool, bool, bool]{VV: func(dst, a, b []bool) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] && b[i]
		}
	}}
}

// Or returns the loop of a || b.
func Or() Binary[bool, bool, bool] {
	return Binary[bool, bool, bool]{VV: func(dst, a, b []bool) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] || b[i]
		}
	}}
}

// Xor returns the loop of a != b.
func Xor() Binary[bool, bool, bool] {
	return Binary[bool, bool, bool]{VV: func(dst, a, b []bool) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] != b[i]
		}
	}}
}

// Not writes !x.
func Not(dst, x []bool) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = !x[i]
	}
}

// BitwiseAnd returns the loop of a & b.
func BitwiseAnd[T Int]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] & b[i]
		}
	}}
}

// BitwiseOr returns the loop of a | b.
func BitwiseOr[T Int]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] | b[i]
		}
	}}
}

// BitwiseXor returns the loop of a ^ b.
func BitwiseXor[T Int]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] ^ b[i]
		}
	}}
}

// BitwiseNot writes ^x.
func BitwiseNot[T Int](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = ^x[i]
	}
}

// ShiftLeft returns the loop of a << b. Shifting by the width or more leaves 0,
// and so does shifting by less than 0.
func ShiftLeft[T Int]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] << uint64(b[i]) // less than 0 is very much
		}
	}}
}

// ShiftRight returns the loop of a >> b, which brings in copies of the sign.
// Shifting by the width or more leaves the sign alone, and so does shifting by
// less than 0.
func ShiftRight[T Int]() Binary[T, T, T] {
	return Binary[T, T, T]{VV: func(dst, a, b []T) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] >> uint64(b[i]) // less than 0 is very much
		}
	}}
}
