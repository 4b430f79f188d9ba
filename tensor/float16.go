package tensor

import (
	"math"
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/kernel/half"
)

// Float32 returns the value of f, exactly. NaN becomes quiet, as instructions
// make it.
func (f Float16) Float32() float32 {
	const rebias, inf = (127 - 15) << 23, 0x7C00 << 13
	sign := uint32(f&0x8000) << 16
	abs := uint32(f&0x7FFF) << 13
	switch {
	case abs >= inf:
		if abs > inf {
			abs |= 1 << 22
		}
		abs += rebias // once more: from the highest exponent to the highest
	case abs < 1<<23:
		// Subnormal: read as the fraction above 2^-14, which is taken off.
		v := math.Float32frombits(abs+rebias+1<<23) - 0x1p-14
		return math.Float32frombits(math.Float32bits(v) | sign)
	}
	return math.Float32frombits(abs + rebias | sign)
}

// ToFloat16 returns the Float16 nearest to v, ties to even; beyond the largest
// finite value it is an infinity.
func ToFloat16(v float32) Float16 {
	b := math.Float32bits(v)
	sign := Float16(b >> 16 & 0x8000)
	abs := b & 0x7FFFFFFF
	switch {
	case abs > 0x7F800000: // NaN stays NaN
		return sign | 0x7E00 | Float16(abs>>13&0x1FF)
	case abs >= 0x47800000: // 65536 and up
		return sign | 0x7C00
	case abs >= 0x38800000: // normal; a carry out of the fraction raises the exponent
		abs -= (127 - 15) << 23
		return sign | Float16((abs+0xFFF+(abs>>13&1))>>13)
	case abs < 0x33000000: // below half of the smallest subnormal
		return sign
	}
	// Subnormal: let the addition to 2^-1 round to a multiple of 2^-24.
	r := math.Float32frombits(abs) + 0.5
	return sign | Float16(math.Float32bits(r)-math.Float32bits(0.5))
}

// Float32 returns the value of f, exactly.
func (f BFloat16) Float32() float32 { return math.Float32frombits(uint32(f) << 16) }

// ToBFloat16 returns the BFloat16 nearest to v, ties to even.
func ToBFloat16(v float32) BFloat16 {
	b := math.Float32bits(v)
	if b&0x7FFFFFFF > 0x7F800000 {
		return BFloat16(b>>16 | 0x40)
	}
	return BFloat16((b + 0x7FFF + b>>16&1) >> 16)
}

// Half is a 16-bit float.
type Half interface {
	Float16 | BFloat16
	Float32() float32
}

// WidenSlice writes the values of src to dst, which is at least as long.
func WidenSlice[H Half](dst []float32, src []H) {
	dst = dst[:len(src)]
	// Both types are one to the compiler's instances, and their methods calls:
	// the loops are therefore written for each.
	switch src := any(src).(type) {
	case []Float16:
		for i := half.Widen16(dst, bitsOf(src)); i < len(src); i++ {
			dst[i] = src[i].Float32()
		}
	case []BFloat16:
		for i := half.WidenB16(dst, bitsOf(src)); i < len(src); i++ {
			dst[i] = math.Float32frombits(uint32(src[i]) << 16)
		}
	}
}

// NarrowToFloat16 rounds src to dst, which is at least as long.
func NarrowToFloat16(dst []Float16, src []float32) {
	dst = dst[:len(src)]
	for i := half.Narrow16(bitsOf(dst), src); i < len(src); i++ {
		dst[i] = ToFloat16(src[i])
	}
}

// NarrowToBFloat16 rounds src to dst, which is at least as long.
func NarrowToBFloat16(dst []BFloat16, src []float32) {
	dst = dst[:len(src)]
	for i := half.NarrowB16(bitsOf(dst), src); i < len(src); i++ {
		dst[i] = ToBFloat16(src[i])
	}
}

// bitsOf returns 16-bit floats as the bits that they are.
func bitsOf[H Float16 | BFloat16](s []H) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}
