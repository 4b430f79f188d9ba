package vec

// The loops of float32 arithmetic that use assembly where there is some.
var (
	addVectors = Binary[float32, float32, float32]{add32VV, add32VS, add32SV}
	subVectors = Binary[float32, float32, float32]{sub32VV, sub32VS, sub32SV}
	mulVectors = Binary[float32, float32, float32]{mul32VV, mul32VS, mul32SV}
	divVectors = Binary[float32, float32, float32]{div32VV, div32VS, div32SV}
	maxVectors = Binary[float32, float32, float32]{max32VV, max32VS, max32SV}
	minVectors = Binary[float32, float32, float32]{min32VV, min32VS, min32SV}
)

// orVectors returns the loops for float32 in place of l where T is float32.
func orVectors[T Number](l Binary[T, T, T], f32 *Binary[float32, float32, float32]) Binary[T, T, T] {
	if f, ok := any(*f32).(Binary[T, T, T]); ok {
		return f
	}
	return l
}

func add32VV(dst, a, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.addVV(&dst[0], &a[:len(dst)][0], &b[:len(dst)][0], len(dst))
		return
	}
	addVV(dst, a, b)
}

func add32VS(dst, a []float32, b float32) {
	if k := exactly(len(dst)); k != nil {
		k.addVS(&dst[0], &a[:len(dst)][0], b, len(dst))
		return
	}
	addVS(dst, a, b)
}

func add32SV(dst []float32, a float32, b []float32) { add32VS(dst, b, a) }

func sub32VV(dst, a, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.subVV(&dst[0], &a[:len(dst)][0], &b[:len(dst)][0], len(dst))
		return
	}
	subVV(dst, a, b)
}

func sub32VS(dst, a []float32, b float32) {
	if k := exactly(len(dst)); k != nil {
		k.subVS(&dst[0], &a[:len(dst)][0], b, len(dst))
		return
	}
	subVS(dst, a, b)
}

func sub32SV(dst []float32, a float32, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.subSV(&dst[0], a, &b[:len(dst)][0], len(dst))
		return
	}
	subSV(dst, a, b)
}

func mul32VV(dst, a, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.mulVV(&dst[0], &a[:len(dst)][0], &b[:len(dst)][0], len(dst))
		return
	}
	mulVV(dst, a, b)
}

func mul32VS(dst, a []float32, b float32) {
	if k := exactly(len(dst)); k != nil {
		k.mulVS(&dst[0], &a[:len(dst)][0], b, len(dst))
		return
	}
	mulVS(dst, a, b)
}

func mul32SV(dst []float32, a float32, b []float32) { mul32VS(dst, b, a) }

func div32VV(dst, a, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.divVV(&dst[0], &a[:len(dst)][0], &b[:len(dst)][0], len(dst))
		return
	}
	divVV(dst, a, b)
}

func div32VS(dst, a []float32, b float32) {
	if k := exactly(len(dst)); k != nil {
		k.divVS(&dst[0], &a[:len(dst)][0], b, len(dst))
		return
	}
	divVS(dst, a, b)
}

func div32SV(dst []float32, a float32, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.divSV(&dst[0], a, &b[:len(dst)][0], len(dst))
		return
	}
	divSV(dst, a, b)
}

func max32VV(dst, a, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.maxVV(&dst[0], &a[:len(dst)][0], &b[:len(dst)][0], len(dst))
		return
	}
	maxVV(dst, a, b)
}

func max32VS(dst, a []float32, b float32) {
	if k := exactly(len(dst)); k != nil {
		k.maxVS(&dst[0], &a[:len(dst)][0], b, len(dst))
		return
	}
	maxVS(dst, a, b)
}

func max32SV(dst []float32, a float32, b []float32) { max32VS(dst, b, a) }

func min32VV(dst, a, b []float32) {
	if k := exactly(len(dst)); k != nil {
		k.minVV(&dst[0], &a[:len(dst)][0], &b[:len(dst)][0], len(dst))
		return
	}
	minVV(dst, a, b)
}

func min32VS(dst, a []float32, b float32) {
	if k := exactly(len(dst)); k != nil {
		k.minVS(&dst[0], &a[:len(dst)][0], b, len(dst))
		return
	}
	minVS(dst, a, b)
}

func min32SV(dst []float32, a float32, b []float32) { min32VS(dst, b, a) }
