package quant

import "math"

// PackRow writes x/scale, rounded to the nearest integers of the given bits and
// ties to even; what is out of their range becomes the next that is not, and
// NaN 0. Integers of 8 bits are bytes in two's complement. Two of 4 bits share a
// byte, each with 8 added, the first in the lower half. scale has one element,
// or one for each of x.
func PackRow(dst []byte, x, scale []float32, bits int) {
	each := 0
	if len(scale) > 1 {
		each = 1
	}
	if bits == 8 {
		for i, v := range x {
			dst[i] = byte(nearest(v/scale[i*each], -128, 127))
		}
		return
	}
	for i := range dst {
		lo := nearest(x[2*i]/scale[2*i*each], -8, 7) + 8
		hi := nearest(x[2*i+1]/scale[(2*i+1)*each], -8, 7) + 8
		dst[i] = byte(lo | hi<<4)
	}
}

// UnpackRow writes the numbers that PackRow's integers stand for.
func UnpackRow(dst []float32, src []byte, scale []float32, bits int) {
	each := 0
	if len(scale) > 1 {
		each = 1
	}
	if bits == 8 {
		for i := range dst {
			dst[i] = float32(int8(src[i])) * scale[i*each]
		}
		return
	}
	for i := range dst {
		dst[i] = float32(int(src[i/2]>>(i%2*4)&15)-8) * scale[i*each]
	}
}

func nearest(v float32, lo, hi int) int {
	if v != v {
		return 0
	}
	return int(min(max(math.RoundToEven(float64(v)), float64(lo)), float64(hi)))
}
