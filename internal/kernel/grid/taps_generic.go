package grid

// The loops that the assembly equals.

// sumsGo sets dst[i] to bias + Σ weights[t]·src[i+offsets[t]], within bounds;
// NaN stays NaN.
func sumsGo(dst, src []float32, offsets []int, weights []float32, bias, lo, hi float32) {
	for i := range dst {
		dst[i] = bias
	}
	for t, w := range weights {
		for i, v := range src[offsets[t]:][:len(dst)] {
			dst[i] += w * v
		}
	}
	for i, v := range dst {
		if v < lo {
			dst[i] = lo
		} else if v > hi {
			dst[i] = hi
		}
	}
}

// maximaGo sets dst[i] to the greatest of src[i+offsets[t]], NaN if there is
// one.
func maximaGo(dst, src []float32, offsets []int) {
	copy(dst, src[offsets[0]:])
	for _, o := range offsets[1:] {
		for i, v := range src[o:][:len(dst)] {
			if v > dst[i] || v != v {
				dst[i] = v
			}
		}
	}
}

// pickGo sets dst[i] to src[i·stride].
func pickGo(dst, src []float32, stride int) {
	at := 0
	for i := range dst {
		dst[i] = src[at]
		at += stride
	}
}
