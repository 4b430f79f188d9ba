package vec

import "cmp"

// Equal returns the loops of a == b.
func Equal[T comparable]() Binary[T, T, bool] {
	return Binary[T, T, bool]{equalVV[T], equalVS[T], func(dst []bool, a T, b []T) { equalVS(dst, b, a) }}
}

// Less returns the loops of a < b.
func Less[T cmp.Ordered]() Binary[T, T, bool] {
	return Binary[T, T, bool]{lessVV[T], lessVS[T], func(dst []bool, a T, b []T) { greaterVS(dst, b, a) }}
}

// LessOrEqual returns the loops of a <= b.
func LessOrEqual[T cmp.Ordered]() Binary[T, T, bool] {
	return Binary[T, T, bool]{lessEqVV[T], lessEqVS[T], func(dst []bool, a T, b []T) { greaterEqVS(dst, b, a) }}
}

// Greater returns the loops of a > b.
func Greater[T cmp.Ordered]() Binary[T, T, bool] {
	return Binary[T, T, bool]{
		func(dst []bool, a, b []T) { lessVV(dst, b, a) },
		greaterVS[T],
		func(dst []bool, a T, b []T) { lessVS(dst, b, a) },
	}
}

// GreaterOrEqual returns the loops of a >= b.
func GreaterOrEqual[T cmp.Ordered]() Binary[T, T, bool] {
	return Binary[T, T, bool]{
		func(dst []bool, a, b []T) { lessEqVV(dst, b, a) },
		greaterEqVS[T],
		func(dst []bool, a T, b []T) { lessEqVS(dst, b, a) },
	}
}

func equalVV[T comparable](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] == b[i]
	}
}

func equalVS[T comparable](dst []bool, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] == b
	}
}

func lessVV[T cmp.Ordered](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] < b[i]
	}
}

func lessVS[T cmp.Ordered](dst []bool, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] < b
	}
}

func lessEqVV[T cmp.Ordered](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] <= b[i]
	}
}

func lessEqVS[T cmp.Ordered](dst []bool, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] <= b
	}
}

func greaterVS[T cmp.Ordered](dst []bool, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] > b
	}
}

func greaterEqVS[T cmp.Ordered](dst []bool, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] >= b
	}
}
