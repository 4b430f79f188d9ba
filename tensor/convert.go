package tensor

import (
	"fmt"
	"math"
)

// Conversion says how Convert treats values that the target type does not
// have. Its zero value is what the ONNX operator Cast does by default.
type Conversion struct {
	// NoSaturate makes values beyond the finite ones of a float8 type infinite
	// or NaN instead of the largest finite value.
	NoSaturate bool
	// Round is how values become Float8E8M0.
	Round ScaleRound
}

// Convert writes the elements of src to dst, which has as many, in dst's
// element type, as the ONNX operator Cast does:
//
//   - To a float: the nearest value, ties to even, and ±Inf beyond the largest;
//     for float8 as Conversion says. Float4E2M1 has neither infinity nor NaN:
//     they become ±6 and -0.
//   - From a float to an integer: the fraction is cut off. The standard leaves
//     open what becomes of values out of range; here it is, on every platform,
//     what x86 computes: types of up to 32 bits but uint32 take the low bits of
//     the value as int32, int64 and uint32 those of the value as int64, where a
//     value that is out of that range or NaN is the lowest of it. uint64 takes
//     the value as int64 below 2^63, and 0 from 2^64 on.
//   - From an integer to a narrower one: the low bits.
//   - To bool: whether the value is not zero; NaN is not.
//   - To a string: the shortest decimal that reads back as the same value, as
//     Python prints it (3.0, 1e-05, inf, nan, True).
//   - From a string: a decimal number; inf, infinity and nan in any case; for
//     integers a fraction is cut off; for bool also true and false. Spaces
//     around it are allowed, any other string is an error.
//
// Complex elements convert among each other and from real numbers.
func Convert(dst, src *Tensor, o Conversion) error {
	return ConvertRange(dst, src, 0, src.Len(), o)
}

// ConvertRange is Convert for the elements lo to hi-1. Elements of one size may
// be converted in place: each is read before it is written.
func ConvertRange(dst, src *Tensor, lo, hi int, o Conversion) error {
	if dst.Len() != src.Len() {
		return fmt.Errorf("%v has no room for the elements of %v", dst, src)
	}
	switch {
	case dst.dtype == src.dtype && dst.dtype == Str:
		copy(dst.strs[lo:hi], src.strs[lo:hi])
		return nil
	case dst.dtype == src.dtype:
		size := dst.dtype.Size()
		copy(dst.data[lo*size:hi*size], src.data[lo*size:hi*size])
		return nil
	case isComplex(dst.dtype) || isComplex(src.dtype):
		return convertComplex(dst, src, lo, hi)
	case src.dtype == Str:
		return parseStrings(dst, src, lo, hi, o)
	case dst.dtype == Str:
		formatStrings(dst, src, lo, hi)
		return nil
	}
	switch src.dtype {
	case F32:
		fromFloat(dst, part[float32](src, lo, hi), lo, o)
	case F64:
		fromFloat(dst, part[float64](src, lo, hi), lo, o)
	case I8, I4, I2:
		fromInt(dst, part[int8](src, lo, hi), lo, o)
	case U8, U4, U2, Boolean:
		fromInt(dst, part[uint8](src, lo, hi), lo, o)
	case I16:
		fromInt(dst, part[int16](src, lo, hi), lo, o)
	case U16:
		fromInt(dst, part[uint16](src, lo, hi), lo, o)
	case I32:
		fromInt(dst, part[int32](src, lo, hi), lo, o)
	case U32:
		fromInt(dst, part[uint32](src, lo, hi), lo, o)
	case I64:
		fromInt(dst, part[int64](src, lo, hi), lo, o)
	case U64:
		fromInt(dst, part[uint64](src, lo, hi), lo, o)
	default:
		fromNarrow(dst, src, lo, hi, o)
	}
	return nil
}

// part returns the elements lo to hi-1 as T, whose size they have.
func part[T Element](t *Tensor, lo, hi int) []T { return viewOf[T](t.data)[lo:hi] }

// block is how many elements go through a buffer at a time where there is no
// direct way between two types.
const block = 512

type (
	floating interface{ float32 | float64 }
	integer  interface {
		int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
	}
)

// fromNarrow converts float types without arithmetic, each value of which is
// a float32.
func fromNarrow(dst, src *Tensor, lo, hi int, o Conversion) {
	if dst.dtype == F32 {
		widenTo(part[float32](dst, lo, hi), src, lo)
		return
	}
	var buf [block]float32
	for lo < hi {
		n := min(block, hi-lo)
		widenTo(buf[:n], src, lo)
		fromFloat(dst, buf[:n], lo, o)
		lo += n
	}
}

// widenTo writes the values of the elements of src from at on to dst.
func widenTo(dst []float32, src *Tensor, at int) {
	end := at + len(dst)
	switch src.dtype {
	case F16:
		WidenSlice(dst, part[Float16](src, at, end))
	case BF16:
		WidenSlice(dst, part[BFloat16](src, at, end))
	case F8E4M3FN:
		lookUp(dst, src.data[at:end], e4m3fnValues)
	case F8E4M3FNUZ:
		lookUp(dst, src.data[at:end], e4m3fnuzValues)
	case F8E5M2:
		lookUp(dst, src.data[at:end], e5m2Values)
	case F8E5M2FNUZ:
		lookUp(dst, src.data[at:end], e5m2fnuzValues)
	case F8E8M0:
		for i, v := range src.data[at:end] {
			dst[i] = Float8E8M0(v).Float32()
		}
	case F4E2M1:
		for i, v := range src.data[at:end] {
			dst[i] = Float4E2M1(v).Float32()
		}
	}
}

func lookUp(dst []float32, codes []byte, values *[256]float32) {
	dst = dst[:len(codes)]
	for i, c := range codes {
		dst[i] = values[c]
	}
}

// fromFloat writes src to the elements of dst from at on.
func fromFloat[S floating](dst *Tensor, src []S, at int, o Conversion) {
	end := at + len(src)
	switch dst.dtype {
	case F32:
		convert(part[float32](dst, at, end), src)
	case F64:
		convert(part[float64](dst, at, end), src)
	case I8, I4, I2:
		truncate32(part[int8](dst, at, end), src)
	case U8, U4, U2:
		truncate32(part[uint8](dst, at, end), src)
	case I16:
		truncate32(part[int16](dst, at, end), src)
	case U16:
		truncate32(part[uint16](dst, at, end), src)
	case I32:
		truncate32(part[int32](dst, at, end), src)
	case U32:
		truncate64(part[uint32](dst, at, end), src)
	case I64:
		truncate64(part[int64](dst, at, end), src)
	case U64:
		d := part[uint64](dst, at, end)
		for i, v := range src {
			d[i] = truncU64(float64(v))
		}
	case Boolean:
		notZero(part[uint8](dst, at, end), src)
	default:
		var buf [block]float32
		for len(src) > 0 {
			n := min(block, len(src))
			for i, v := range src[:n] {
				buf[i] = oddFloat32(float64(v))
			}
			toNarrow(dst, buf[:n], at, o)
			src, at = src[n:], at+n
		}
	}
	keepBits(dst, at, end)
}

// fromInt writes src to the elements of dst from at on.
func fromInt[S integer](dst *Tensor, src []S, at int, o Conversion) {
	end := at + len(src)
	switch dst.dtype {
	case F32:
		convert(part[float32](dst, at, end), src)
	case F64:
		convert(part[float64](dst, at, end), src)
	case I8, I4, I2:
		convert(part[int8](dst, at, end), src)
	case U8, U4, U2:
		convert(part[uint8](dst, at, end), src)
	case I16:
		convert(part[int16](dst, at, end), src)
	case U16:
		convert(part[uint16](dst, at, end), src)
	case I32:
		convert(part[int32](dst, at, end), src)
	case U32:
		convert(part[uint32](dst, at, end), src)
	case I64:
		convert(part[int64](dst, at, end), src)
	case U64:
		convert(part[uint64](dst, at, end), src)
	case Boolean:
		notZero(part[uint8](dst, at, end), src)
	default:
		var buf [block]float32
		for len(src) > 0 {
			n := min(block, len(src))
			for i, v := range src[:n] {
				buf[i] = oddFloat32(oddFloat64(v))
			}
			toNarrow(dst, buf[:n], at, o)
			src, at = src[n:], at+n
		}
	}
	keepBits(dst, at, end)
}

// toNarrow rounds src to the elements of dst from at on.
func toNarrow(dst *Tensor, src []float32, at int, o Conversion) {
	end, saturate := at+len(src), !o.NoSaturate
	switch dst.dtype {
	case F16:
		NarrowToFloat16(part[Float16](dst, at, end), src)
	case BF16:
		NarrowToBFloat16(part[BFloat16](dst, at, end), src)
	case F8E4M3FN:
		for i, d := 0, part[Float8E4M3FN](dst, at, end); i < len(d); i++ {
			d[i] = ToFloat8E4M3FN(src[i], saturate)
		}
	case F8E4M3FNUZ:
		for i, d := 0, part[Float8E4M3FNUZ](dst, at, end); i < len(d); i++ {
			d[i] = ToFloat8E4M3FNUZ(src[i], saturate)
		}
	case F8E5M2:
		for i, d := 0, part[Float8E5M2](dst, at, end); i < len(d); i++ {
			d[i] = ToFloat8E5M2(src[i], saturate)
		}
	case F8E5M2FNUZ:
		for i, d := 0, part[Float8E5M2FNUZ](dst, at, end); i < len(d); i++ {
			d[i] = ToFloat8E5M2FNUZ(src[i], saturate)
		}
	case F8E8M0:
		for i, d := 0, part[Float8E8M0](dst, at, end); i < len(d); i++ {
			d[i] = ToFloat8E8M0(src[i], saturate, o.Round)
		}
	case F4E2M1:
		for i, d := 0, part[Float4E2M1](dst, at, end); i < len(d); i++ {
			d[i] = ToFloat4E2M1(src[i])
		}
	}
}

// keepBits cuts the elements of a type narrower than a byte, which hold whole
// bytes, to their bits.
func keepBits(dst *Tensor, at, end int) {
	switch dst.dtype {
	case U4:
		for i, d := at, dst.data; i < end; i++ {
			d[i] &= 15
		}
	case U2:
		for i, d := at, dst.data; i < end; i++ {
			d[i] &= 3
		}
	case I4:
		for i, d := 0, part[int8](dst, at, end); i < len(d); i++ {
			d[i] = d[i] << 4 >> 4
		}
	case I2:
		for i, d := 0, part[int8](dst, at, end); i < len(d); i++ {
			d[i] = d[i] << 6 >> 6
		}
	}
}

// convert converts as Go does, for pairs of types where that is defined for
// every value.
func convert[D, S integer | floating](dst []D, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = D(v)
	}
}

func truncate32[D integer, S floating](dst []D, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = D(truncI32(float64(v)))
	}
}

func truncate64[D integer, S floating](dst []D, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = D(truncI64(float64(v)))
	}
}

func notZero[S integer | floating](dst []uint8, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		b := uint8(0)
		if v != 0 {
			b = 1
		}
		dst[i] = b
	}
}

// Go leaves open what converting a float out of range gives; these do not.

func truncI32(v float64) int32 {
	if v > math.MinInt32-1 && v < math.MaxInt32+1 {
		return int32(v)
	}
	return math.MinInt32
}

func truncI64(v float64) int64 {
	if v >= -0x1p63 && v < 0x1p63 {
		return int64(v)
	}
	return math.MinInt64
}

func truncU64(v float64) uint64 {
	switch {
	case v >= 0x1p64:
		return 0
	case v >= 0x1p63:
		return uint64(v-0x1p63) | 1<<63
	}
	return uint64(truncI64(v))
}

// oddFloat32 rounds to float32 such that rounding once more, to a type of at
// most 22 bits of mantissa, gives what rounding v itself does: towards zero,
// and the last bit tells whether anything was lost (Boldo and Melquiond,
// "Emulation of FMA and correctly rounded sums", 2008).
func oddFloat32(v float64) float32 {
	f := float32(v)
	if float64(f) == v || v != v {
		return f
	}
	b := math.Float32bits(f)
	if math.Abs(float64(f)) > math.Abs(v) {
		b--
	}
	return math.Float32frombits(b | 1)
}

// oddFloat64 does as oddFloat32 for integers, which lose something only beyond
// 53 bits.
func oddFloat64[S integer](v S) float64 {
	f := float64(v)
	if f < 0x1p53 && f > -0x1p53 {
		return f
	}
	neg := v < 0
	u := uint64(v)
	if neg {
		u = -u
	}
	if u&0x7FF != 0 {
		u |= 0x800
	}
	f = float64(u &^ 0x7FF)
	if neg {
		return -f
	}
	return f
}
