//go:build !noasm

package grid

import "github.com/onnxrun/onnxrun/internal/cpu"

//go:generate go -C ../_neon run . grid

func fast() bool { return cpu.Active() == cpu.NEON }

// sums is sumsGo.
func sums(dst, src []float32, offsets []int, weights []float32, bias, lo, hi float32) {
	var mem [maxKernel]int
	bytes, ok := byteOffsets(mem[:0], dst, src, offsets[:len(weights)])
	if !ok {
		sumsGo(dst, src, offsets, weights, bias, lo, hi)
		return
	}
	sumsNEON(len(dst)/8, &dst[0], &src[0], &bytes[0], len(bytes), &weights[0], bias, lo, hi)
}

// maxima is maximaGo.
func maxima(dst, src []float32, offsets []int) {
	var mem [maxKernel]int
	bytes, ok := byteOffsets(mem[:0], dst, src, offsets)
	if !ok {
		maximaGo(dst, src, offsets)
		return
	}
	maximaNEON(len(dst)/8, &dst[0], &src[0], &bytes[0], len(bytes))
}

// byteOffsets returns offsets in bytes and whether the assembly can do with
// them, which does not check bounds.
func byteOffsets(bytes []int, dst, src []float32, offsets []int) ([]int, bool) {
	if len(dst) == 0 || len(dst)%8 != 0 || len(offsets) == 0 || len(offsets) > cap(bytes) || !fast() {
		return nil, false
	}
	for _, o := range offsets {
		_ = src[o : o+len(dst)]
		bytes = append(bytes, 4*o)
	}
	return bytes, true
}

// Pick sets dst[i] to src[i·stride].
func Pick(dst, src []float32, stride int) {
	if blocks := min(len(dst)/8, len(src)/16); stride == 2 && blocks > 0 && fast() {
		everySecondNEON(blocks, &dst[0], &src[0])
		dst, src = dst[8*blocks:], src[16*blocks:]
	}
	pickGo(dst, src, stride)
}
