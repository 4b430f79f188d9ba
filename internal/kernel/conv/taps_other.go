//go:build !amd64 || noasm

package conv

func fastTaps() bool { return false }

// taps is tapsGo.
func taps(dst, src []float32, offsets []int, weights []float32, bias float32) {
	tapsGo(dst, src, offsets, weights, bias)
}

// pick is pickGo.
func pick(dst, src []float32, stride int) { pickGo(dst, src, stride) }
