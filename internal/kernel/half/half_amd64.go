//go:build !noasm

package half

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg half -out ../half_amd64.s -stubs ../half_stubs_amd64.go

// Functions return how many elements, from the first on, they have converted.
// dst is at least as long as src. Every machine with AVX2 and FMA has F16C.

// Widen16 writes the values of IEEE half floats; NaN becomes quiet.
func Widen16(dst []float32, src []uint16) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		widen16AVX2(n, &dst[0], &src[0])
	}
	return 8 * n
}

// Narrow16 rounds to IEEE half floats, ties to even; NaN becomes quiet and
// keeps the top of its payload.
func Narrow16(dst []uint16, src []float32) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		narrow16AVX2(n, &dst[0], &src[0])
	}
	return 8 * n
}

// WidenB16 writes the values of bfloat16, the upper halves of float32.
func WidenB16(dst []float32, src []uint16) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		widenB16AVX2(n, &dst[0], &src[0])
	}
	return 8 * n
}

// NarrowB16 rounds to bfloat16, ties to even; NaN becomes quiet and keeps the
// top of its payload.
func NarrowB16(dst []uint16, src []float32) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		narrowB16AVX2(n, &dst[0], &src[0])
	}
	return 8 * n
}

func vectors(n int) int {
	if cpu.Active() < cpu.AVX2 {
		return 0
	}
	return n / 8
}
