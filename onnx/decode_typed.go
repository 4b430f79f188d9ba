package onnx

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/tensor"
)

// typed makes a tensor of the typed data field of its element type.
func (m *tensorMessage) typed(dt tensor.DType, shape tensor.Shape, owner any) (*tensor.Tensor, error) {
	switch dt {
	case tensor.F32, tensor.C64: // packed floats lie as raw_data does
		return fromFixed(dt, shape, m.floats, 4, owner)
	case tensor.F64, tensor.C128:
		return fromFixed(dt, shape, m.doubles, 8, owner)
	case tensor.Str:
		return fromStrings(shape, m.strings)
	case tensor.I64:
		return fromVarints[int64](shape, m.int64s, math.MaxUint64)
	case tensor.U64:
		return fromVarints[uint64](shape, m.uint64s, math.MaxUint64)
	case tensor.U32:
		return fromVarints[uint32](shape, m.uint64s, math.MaxUint32)
	case tensor.I32:
		return fromInt32s[int32](shape, m.int32s, 32)
	case tensor.I16:
		return fromInt32s[int16](shape, m.int32s, 16)
	case tensor.U16:
		return fromInt32s[uint16](shape, m.int32s, 16)
	case tensor.F16:
		return fromInt32s[tensor.Float16](shape, m.int32s, 16)
	case tensor.BF16:
		return fromInt32s[tensor.BFloat16](shape, m.int32s, 16)
	case tensor.I8:
		return fromInt32s[int8](shape, m.int32s, 8)
	case tensor.U8:
		return fromInt32s[uint8](shape, m.int32s, 8)
	case tensor.F8E4M3FN:
		return fromInt32s[tensor.Float8E4M3FN](shape, m.int32s, 8)
	case tensor.F8E4M3FNUZ:
		return fromInt32s[tensor.Float8E4M3FNUZ](shape, m.int32s, 8)
	case tensor.F8E5M2:
		return fromInt32s[tensor.Float8E5M2](shape, m.int32s, 8)
	case tensor.F8E5M2FNUZ:
		return fromInt32s[tensor.Float8E5M2FNUZ](shape, m.int32s, 8)
	case tensor.F8E8M0:
		return fromInt32s[tensor.Float8E8M0](shape, m.int32s, 8)
	}
	// Bool, 4 and 2 bits: one number is one byte of what raw_data would be,
	// so that 4- and 2-bit types have several elements in a number.
	want := rawSize(dt, shape)
	if n := countVarints(m.int32s); n != want {
		return nil, countError(n, dt, shape, want)
	}
	raw := make([]byte, want)
	if err := readInt32s(raw, m.int32s, 8); err != nil {
		return nil, err
	}
	return fromRaw(dt, shape, raw, nil)
}

func countError(n int, dt tensor.DType, shape tensor.Shape, want int) error {
	return fmt.Errorf("%d numbers for %v%v, want %d", n, dt, shape, want)
}

// fromFixed makes a tensor of packed numbers of size bytes, of which complex
// elements take two.
func fromFixed(dt tensor.DType, shape tensor.Shape, packed []byte, size int, owner any) (*tensor.Tensor, error) {
	if want := rawSize(dt, shape); len(packed) != want {
		return nil, countError(len(packed)/size, dt, shape, want/size)
	}
	return tensor.FromBytes(dt, shape, packed, owner)
}

func fromStrings(shape tensor.Shape, l [][]byte) (*tensor.Tensor, error) {
	if want := shape.Len(); len(l) != want {
		return nil, countError(len(l), tensor.Str, shape, want)
	}
	s := make([]string, len(l))
	for i, b := range l {
		s[i] = string(b)
	}
	return tensor.FromSlice(shape, s)
}

// fromVarints makes a tensor of 64-bit numbers; limit is the greatest value of
// an unsigned one.
func fromVarints[T int64 | uint64 | uint32](shape tensor.Shape, packed []byte, limit uint64) (*tensor.Tensor, error) {
	want := shape.Len()
	if n := countVarints(packed); n != want {
		return nil, countError(n, tensor.DTypeOf[T](), shape, want)
	}
	l := make([]T, want)
	bad := -1
	err := eachVarint(packed, func(i int, v uint64) {
		if l[i] = T(v); v > limit && bad < 0 {
			bad = i
		}
	})
	if err == nil && bad >= 0 {
		err = fmt.Errorf("element %d is out of range", bad)
	}
	if err != nil {
		return nil, err
	}
	return tensor.FromSlice(shape, l)
}

// small are the element types that int32_data stores one to a number.
type small interface {
	~int8 | ~uint8 | ~int16 | ~uint16 | ~int32
	tensor.Element
}

func fromInt32s[T small](shape tensor.Shape, packed []byte, bits int) (*tensor.Tensor, error) {
	want := shape.Len()
	if n := countVarints(packed); n != want {
		return nil, countError(n, tensor.DTypeOf[T](), shape, want)
	}
	l := make([]T, want)
	if err := readInt32s(l, packed, bits); err != nil {
		return nil, err
	}
	return tensor.FromSlice(shape, l)
}

// readInt32s reads int32 numbers that stand for elements of some bits. Writers
// disagree on whether the upper half of a range is negative, so both readings
// are taken.
func readInt32s[T small](out []T, packed []byte, bits int) error {
	lo, hi := -int64(1)<<(bits-1), int64(1)<<bits-1
	bad := -1
	err := eachVarint(packed, func(i int, v uint64) {
		x := int32(v)
		if (int64(x) < lo || int64(x) > hi) && bad < 0 {
			bad = i
		}
		out[i] = T(x)
	})
	if err == nil && bad >= 0 {
		err = fmt.Errorf("element %d does not fit %d bits", bad, bits)
	}
	return err
}
