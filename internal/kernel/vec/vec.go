// Package vec holds element-wise arithmetic on slices: loops over one, two or
// many operands, the broadcasting that brings operands of different shapes
// together, and the block-wise widening that lets 16-bit floats use the
// float32 loops.
//
// A loop works on one contiguous run of elements; dst may be the same memory
// as an operand of the same length, never an overlapping piece of it. Slices
// of operands are at least as long as dst.
package vec

// Float is a float that the machine computes with.
type Float interface{ float32 | float64 }

// Unsigned is an unsigned integer.
type Unsigned interface {
	uint8 | uint16 | uint32 | uint64
}

// Signed is a signed integer.
type Signed interface {
	int8 | int16 | int32 | int64
}

// Int is an integer.
type Int interface{ Signed | Unsigned }

// Number is any real number that the machine computes with.
type Number interface{ Float | Int }

// Grains are how many elements are worth a goroutine of their own.
const (
	GrainMove = 32768 // a load, a simple operation, a store
	GrainMath = 4096  // a polynomial or a division
	GrainSlow = 1024  // a library function
)
