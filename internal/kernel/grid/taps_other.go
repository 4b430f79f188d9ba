//go:build (!amd64 && !arm64) || noasm

package grid

func fast() bool { return false }

func sums(dst, src []float32, offsets []int, weights []float32, bias, lo, hi float32) {
	sumsGo(dst, src, offsets, weights, bias, lo, hi)
}

func maxima(dst, src []float32, offsets []int) { maximaGo(dst, src, offsets) }

// Pick sets dst[i] to src[i·stride].
func Pick(dst, src []float32, stride int) { pickGo(dst, src, stride) }
