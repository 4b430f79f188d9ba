package vec

// Max returns the loops of the larger of a and b; NaN where one is.
func Max[T Number]() Binary[T, T, T] {
	return orVectors(Binary[T, T, T]{maxVV[T], maxVS[T], func(dst []T, a T, b []T) { maxVS(dst, b, a) }}, &maxVectors)
}

// Min returns the loops of the smaller of a and b; NaN where one is.
func Min[T Number]() Binary[T, T, T] {
	return orVectors(Binary[T, T, T]{minVV[T], minVS[T], func(dst []T, a T, b []T) { minVS(dst, b, a) }}, &minVectors)
}

func maxVV[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		v, w := a[i], b[i]
		if w > v || w != w {
			v = w
		}
		dst[i] = v
	}
}

func maxVS[T Number](dst, a []T, b T) {
	if b != b {
		Fill(dst, b)
		return
	}
	a = a[:len(dst)]
	for i := range dst {
		v := a[i]
		if b > v {
			v = b
		}
		dst[i] = v
	}
}

func minVV[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		v, w := a[i], b[i]
		if w < v || w != w {
			v = w
		}
		dst[i] = v
	}
}

func minVS[T Number](dst, a []T, b T) {
	if b != b {
		Fill(dst, b)
		return
	}
	a = a[:len(dst)]
	for i := range dst {
		v := a[i]
		if b < v {
			v = b
		}
		dst[i] = v
	}
}

// Clip writes min(max(x, lo), hi); NaN where one of the three is.
func Clip[T Number](dst, x []T, lo, hi T) {
	if lo != lo || hi != hi {
		Fill(dst, lo+hi)
		return
	}
	x = x[:len(dst)]
	if f, ok := any(dst).([]float32); ok {
		if k := exactly(len(dst)); k != nil {
			k.clip(&f[0], &any(x).([]float32)[0], len(f), float32(lo), float32(hi))
			return
		}
	}
	for i := range dst {
		v := x[i]
		if v < lo {
			v = lo
		}
		if v > hi {
			v = hi
		}
		dst[i] = v
	}
}
