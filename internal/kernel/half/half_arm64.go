//go:build !noasm

package half

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C ../_neon run . half

// Functions return how many elements, from the first on, they have converted.
// dst is at least as long as src.

// Widen16 writes the values of IEEE half floats; NaN becomes quiet.
func Widen16(dst []float32, src []uint16) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		widen16NEON(n, &dst[0], &src[0])
	}
	return 8 * n
}

// Narrow16 rounds to IEEE half floats, ties to even; NaN becomes quiet and
// keeps the top of its payload.
func Narrow16(dst []uint16, src []float32) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		narrow16NEON(n, &dst[0], &src[0])
	}
	return 8 * n
}

// WidenB16 writes the values of bfloat16, the upper halves of float32.
func WidenB16(dst []float32, src []uint16) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		widenB16NEON(n, &dst[0], &src[0])
	}
	return 8 * n
}

// NarrowB16 rounds to bfloat16, ties to even; NaN becomes quiet and keeps the
// top of its payload.
func NarrowB16(dst []uint16, src []float32) int {
	n := vectors(len(src))
	if n > 0 {
		_ = dst[8*n-1]
		narrowB16NEON(n, &dst[0], &src[0])
	}
	return 8 * n
}

func vectors(n int) int {
	if cpu.Active() != cpu.NEON {
		return 0
	}
	return n / 8
}
