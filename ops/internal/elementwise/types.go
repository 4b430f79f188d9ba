package elementwise

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/tensor"
)

// The helpers below turn an operation's loops for Go's own types into the list
// for a class of element types, adding the 16-bit floats by way of float32.

// FloatBinary returns loops for the four float types.
func FloatBinary(f32 vec.Binary[float32, float32, float32], f64 vec.Binary[float64, float64, float64]) []BinaryLoop {
	return []BinaryLoop{
		Loop2(f32), Loop2(f64),
		Loop2(vec.HalfBinary[tensor.Float16](f32)), Loop2(vec.HalfBinary[tensor.BFloat16](f32)),
	}
}

// FloatCompare returns loops for the four float types with truth values as
// results.
func FloatCompare(f32 vec.Binary[float32, float32, bool], f64 vec.Binary[float64, float64, bool]) []BinaryLoop {
	return []BinaryLoop{
		Loop2(f32), Loop2(f64),
		Loop2(vec.HalfCompare[tensor.Float16](f32)), Loop2(vec.HalfCompare[tensor.BFloat16](f32)),
	}
}

// IntBinary returns loops for the eight integer types.
func IntBinary[R8, R16, R32, R64, RU8, RU16, RU32, RU64 tensor.Element](
	i8 vec.Binary[int8, int8, R8], i16 vec.Binary[int16, int16, R16],
	i32 vec.Binary[int32, int32, R32], i64 vec.Binary[int64, int64, R64],
	u8 vec.Binary[uint8, uint8, RU8], u16 vec.Binary[uint16, uint16, RU16],
	u32 vec.Binary[uint32, uint32, RU32], u64 vec.Binary[uint64, uint64, RU64],
) []BinaryLoop {
	return []BinaryLoop{
		Loop2(i32), Loop2(i64), Loop2(u8), Loop2(i8), Loop2(i16), Loop2(u16), Loop2(u32), Loop2(u64),
	}
}
