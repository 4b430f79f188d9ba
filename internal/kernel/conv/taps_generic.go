package conv

import "github.com/onnxrun/onnxrun/internal/kernel/gemm"

// tapsGo sets dst[i] to bias + Σ weights[t]·src[i+offsets[t]].
func tapsGo(dst, src []float32, offsets []int, weights []float32, bias float32) {
	for i := range dst {
		dst[i] = bias
	}
	for t, w := range weights {
		for i, v := range src[offsets[t]:][:len(dst)] {
			dst[i] += w * v
		}
	}
}

// pickGo sets dst[i] to src[i·stride].
func pickGo[T gemm.Number](dst, src []T, stride int) {
	at := 0
	for i := range dst {
		dst[i] = src[at]
		at += stride
	}
}

// pickAny is pick for any element type.
func pickAny[T gemm.Number](dst, src []T, stride int) {
	if d, ok := any(dst).([]float32); ok {
		pick(d, any(src).([]float32), stride)
		return
	}
	pickGo(dst, src, stride)
}
