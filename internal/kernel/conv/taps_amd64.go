//go:build !noasm

package conv

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C _gen run . -pkg conv -out ../taps_amd64.s -stubs ../taps_stubs_amd64.go

// fastTaps reports whether taps is faster than going element by element.
func fastTaps() bool { return cpu.Active() >= cpu.AVX2 }

// taps is tapsGo.
func taps(dst, src []float32, offsets []int, weights []float32, bias float32) {
	if len(dst)%8 != 0 || len(weights) == 0 || !fastTaps() {
		tapsGo(dst, src, offsets, weights, bias)
		return
	}
	if len(dst) == 0 {
		return
	}
	bytes := make([]int, 0, 64)
	for _, o := range offsets[:len(weights)] {
		_ = src[o : o+len(dst)]
		bytes = append(bytes, 4*o)
	}
	tapsAVX2(len(dst)/8, &dst[0], &src[0], &bytes[0], &weights[0], len(weights), bias)
}

// pick sets dst[i] to src[i·stride].
func pick(dst, src []float32, stride int) {
	if blocks := min(len(dst)/8, len(src)/16); stride == 2 && blocks > 0 && fastTaps() {
		everySecondAVX2(blocks, &dst[0], &src[0])
		dst, src = dst[8*blocks:], src[16*blocks:]
	}
	pickGo(dst, src, stride)
}
