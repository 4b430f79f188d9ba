package tensor

import (
	"fmt"
	"math/bits"
	"strings"
)

// DType is the element type of a tensor. Its numbers are those of
// TensorProto.DataType in the ONNX standard.
type DType uint8

// The element types of ONNX 1.23.
const (
	Undefined  DType = 0
	F32        DType = 1
	U8         DType = 2
	I8         DType = 3
	U16        DType = 4
	I16        DType = 5
	I32        DType = 6
	I64        DType = 7
	Str        DType = 8
	Boolean    DType = 9
	F16        DType = 10
	F64        DType = 11
	U32        DType = 12
	U64        DType = 13
	C64        DType = 14
	C128       DType = 15
	BF16       DType = 16
	F8E4M3FN   DType = 17
	F8E4M3FNUZ DType = 18
	F8E5M2     DType = 19
	F8E5M2FNUZ DType = 20
	U4         DType = 21
	I4         DType = 22
	F4E2M1     DType = 23
	F8E8M0     DType = 24
	U2         DType = 25
	I2         DType = 26

	numDTypes = 27
)

type dtypeInfo struct {
	name string // the standard's name in lower case
	size int    // bytes of one element in memory; 0 for strings
	bits int    // bits of one element in a file's raw_data; 0 for strings
}

var dtypes = [numDTypes]dtypeInfo{
	Undefined:  {"undefined", 0, 0},
	F32:        {"float32", 4, 32},
	U8:         {"uint8", 1, 8},
	I8:         {"int8", 1, 8},
	U16:        {"uint16", 2, 16},
	I16:        {"int16", 2, 16},
	I32:        {"int32", 4, 32},
	I64:        {"int64", 8, 64},
	Str:        {"string", 0, 0},
	Boolean:    {"bool", 1, 8},
	F16:        {"float16", 2, 16},
	F64:        {"float64", 8, 64},
	U32:        {"uint32", 4, 32},
	U64:        {"uint64", 8, 64},
	C64:        {"complex64", 8, 64},
	C128:       {"complex128", 16, 128},
	BF16:       {"bfloat16", 2, 16},
	F8E4M3FN:   {"float8e4m3fn", 1, 8},
	F8E4M3FNUZ: {"float8e4m3fnuz", 1, 8},
	F8E5M2:     {"float8e5m2", 1, 8},
	F8E5M2FNUZ: {"float8e5m2fnuz", 1, 8},
	U4:         {"uint4", 1, 4},
	I4:         {"int4", 1, 4},
	F4E2M1:     {"float4e2m1", 1, 4},
	F8E8M0:     {"float8e8m0", 1, 8},
	U2:         {"uint2", 1, 2},
	I2:         {"int2", 1, 2},
}

// Valid reports whether d is an element type of the standard.
func (d DType) Valid() bool { return d > Undefined && d < numDTypes }

// String returns the name: float32, int64, bfloat16, …
func (d DType) String() string {
	if d < numDTypes {
		return dtypes[d].name
	}
	return fmt.Sprintf("dtype(%d)", uint8(d))
}

// Size returns the bytes that one element takes in memory: 1 for the types
// narrower than a byte, 0 for strings.
func (d DType) Size() int {
	if d < numDTypes {
		return dtypes[d].size
	}
	return 0
}

// Bits returns the bits that one element takes in raw_data; 0 for strings.
func (d DType) Bits() int {
	if d < numDTypes {
		return dtypes[d].bits
	}
	return 0
}

// ParseDType finds an element type by its name ("float32", "int64", "bool").
func ParseDType(name string) (DType, error) {
	for d := range dtypes {
		if d > 0 && dtypes[d].name == name {
			return DType(d), nil
		}
	}
	return Undefined, fmt.Errorf("no element type is named %q", name)
}

// DTypes is a set of element types.
type DTypes uint32

// SetOf returns the set of the given element types.
func SetOf(ds ...DType) DTypes {
	var s DTypes
	for _, d := range ds {
		s |= 1 << d
	}
	return s
}

// Has reports whether d is in s.
func (s DTypes) Has(d DType) bool { return d < numDTypes && s>>d&1 != 0 }

// List returns the members in the order of their numbers.
func (s DTypes) List() []DType {
	l := make([]DType, 0, bits.OnesCount32(uint32(s)))
	for d := DType(0); d < numDTypes; d++ {
		if s.Has(d) {
			l = append(l, d)
		}
	}
	return l
}

// String lists the members: "float32, int64".
func (s DTypes) String() string {
	var names []string
	for _, d := range s.List() {
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}
