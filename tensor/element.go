package tensor

// The element types that Go lacks. Each holds the bits of the format (the
// types narrower than a byte in the low bits; Int4 and Int2 sign-extended);
// conversions stand in the file of each format.
type (
	// Float16 is IEEE 754 binary16.
	Float16 uint16
	// BFloat16 is the upper half of an IEEE 754 binary32.
	BFloat16 uint16
	// Float8E4M3FN has 4 exponent and 3 mantissa bits, no infinity.
	Float8E4M3FN uint8
	// Float8E4M3FNUZ is Float8E4M3FN with bias 8 and no negative zero.
	Float8E4M3FNUZ uint8
	// Float8E5M2 has 5 exponent and 2 mantissa bits.
	Float8E5M2 uint8
	// Float8E5M2FNUZ is Float8E5M2 with bias 16, no infinity, no negative zero.
	Float8E5M2FNUZ uint8
	// Float8E8M0 is a power of two: an exponent without sign and mantissa.
	Float8E8M0 uint8
	// Float4E2M1 has 2 exponent and 1 mantissa bits.
	Float4E2M1 uint8
	// Uint4 holds 0 to 15.
	Uint4 uint8
	// Int4 holds -8 to 7.
	Int4 int8
	// Uint2 holds 0 to 3.
	Uint2 uint8
	// Int2 holds -2 to 1.
	Int2 int8
)

// Element is any type that the elements of a Tensor may have in Go.
type Element interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		bool | string | complex64 | complex128 | Float16 | BFloat16 |
		Float8E4M3FN | Float8E4M3FNUZ | Float8E5M2 | Float8E5M2FNUZ | Float8E8M0 |
		Float4E2M1 | Uint4 | Int4 | Uint2 | Int2
}

// DTypeOf returns the element type whose elements are T in Go.
func DTypeOf[T Element]() DType {
	var z T
	// The commonest first: a question of one type costs a tenth of a switch.
	if _, ok := any(z).(float32); ok {
		return F32
	}
	if _, ok := any(z).(bool); ok {
		return Boolean
	}
	switch any(z).(type) {
	case float64:
		return F64
	case int8:
		return I8
	case int16:
		return I16
	case int32:
		return I32
	case int64:
		return I64
	case uint8:
		return U8
	case uint16:
		return U16
	case uint32:
		return U32
	case uint64:
		return U64
	case string:
		return Str
	case complex64:
		return C64
	case complex128:
		return C128
	case Float16:
		return F16
	case BFloat16:
		return BF16
	case Float8E4M3FN:
		return F8E4M3FN
	case Float8E4M3FNUZ:
		return F8E4M3FNUZ
	case Float8E5M2:
		return F8E5M2
	case Float8E5M2FNUZ:
		return F8E5M2FNUZ
	case Float8E8M0:
		return F8E8M0
	case Float4E2M1:
		return F4E2M1
	case Uint4:
		return U4
	case Int4:
		return I4
	case Uint2:
		return U2
	case Int2:
		return I2
	}
	return Undefined
}
