package onnx

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"github.com/onnxrun/onnxrun/tensor"
	"google.golang.org/protobuf/encoding/protowire"
)

// DecodeTensor decodes a TensorProto and returns the tensor and its name. The
// tensor may share memory with data, which must stay unchanged. External data
// is refused.
func DecodeTensor(data []byte) (*tensor.Tensor, string, error) {
	d := &decoder{}
	t, l, err := d.tensor(data)
	return t, l.name, err
}

// label is what a TensorProto says besides its value.
type label struct {
	name, doc string
	meta      []Pair
}

// tensorMessage is a TensorProto whose fields have been taken apart. The typed
// data fields are in packed encoding.
type tensorMessage struct {
	label
	dims      []byte
	dataType  int64
	raw       []byte
	floats    []byte
	int32s    []byte
	int64s    []byte
	doubles   []byte
	uint64s   []byte
	strings   [][]byte
	external  []Pair
	location  int64
	segmented bool
}

func parseTensor(msg []byte) (*tensorMessage, error) {
	m := &tensorMessage{}
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			f.packed(&m.dims, protowire.VarintType)
		case 2:
			m.dataType = f.int()
		case 3:
			m.segmented = true
		case 4:
			f.packed(&m.floats, protowire.Fixed32Type)
		case 5:
			f.packed(&m.int32s, protowire.VarintType)
		case 6:
			m.strings = append(m.strings, f.message())
		case 7:
			f.packed(&m.int64s, protowire.VarintType)
		case 8:
			m.name = f.string()
		case 9:
			m.raw = f.message()
		case 10:
			f.packed(&m.doubles, protowire.Fixed64Type)
		case 11:
			f.packed(&m.uint64s, protowire.VarintType)
		case 12:
			m.doc = f.string()
		case 13:
			return addPair(&m.external, f)
		case 14:
			m.location = f.int()
		case 16:
			return addPair(&m.meta, f)
		}
		return nil
	})
	return m, err
}

// tensor decodes a TensorProto.
func (d *decoder) tensor(msg []byte) (*tensor.Tensor, label, error) {
	m, err := parseTensor(msg)
	if err != nil {
		return nil, m.label, err
	}
	t, err := d.tensorOf(m)
	return t, m.label, err
}

func (d *decoder) tensorOf(m *tensorMessage) (*tensor.Tensor, error) {
	if m.segmented {
		return nil, errors.New("segment: tensors in segments are not supported")
	}
	dt, err := elemType(m.dataType)
	if err == nil && dt == tensor.Undefined {
		err = errors.New("no element type is given")
	}
	if err != nil {
		return nil, at("data_type", err)
	}
	shape, err := shapeOf(m.dims, max(dt.Size(), int(unsafe.Sizeof(""))))
	if err != nil {
		return nil, at("dims", err)
	}
	switch m.location {
	case 0:
	case 1:
		if n := m.dataFields(""); n != "" {
			return nil, fmt.Errorf("%s: the tensor has its data in an external file, too", n)
		}
		t, err := d.external(m.external, dt, shape)
		return t, at("external_data", err)
	default:
		return nil, at("data_location", fmt.Errorf("%d is no known location", m.location))
	}
	if len(m.raw) > 0 {
		if n := m.dataFields("raw_data"); n != "" {
			return nil, fmt.Errorf("%s: the tensor has raw_data, too", n)
		}
		t, err := fromRaw(dt, shape, m.raw, d.owner)
		return t, at("raw_data", err)
	}
	name := typedField(dt)
	if n := m.dataFields(name); n != "" {
		return nil, fmt.Errorf("%s: %v elements are stored in %s", n, dt, name)
	}
	t, err := m.typed(dt, shape, d.owner)
	return t, at(name, err)
}

// elemType checks a TensorProto.DataType; 0 is Undefined.
func elemType(v int64) (tensor.DType, error) {
	if v < 0 || v > math.MaxUint8 || (v != 0 && !tensor.DType(v).Valid()) {
		return 0, fmt.Errorf("%d is not a known element type", v)
	}
	return tensor.DType(v), nil
}

// shapeOf decodes dims, and checks that so many elements of size bytes can be
// counted.
func shapeOf(packed []byte, size int) (tensor.Shape, error) {
	l, err := ints(packed)
	if err != nil {
		return nil, err
	}
	shape := make(tensor.Shape, len(l))
	for i, v := range l {
		if shape[i], err = toInt(v); err != nil {
			return nil, err
		}
	}
	return shape, shape.Check(size)
}

// typedField names the field that holds elements of a type outside of raw_data.
func typedField(dt tensor.DType) string {
	switch dt {
	case tensor.F32, tensor.C64:
		return "float_data"
	case tensor.F64, tensor.C128:
		return "double_data"
	case tensor.I64:
		return "int64_data"
	case tensor.U32, tensor.U64:
		return "uint64_data"
	case tensor.Str:
		return "string_data"
	}
	return "int32_data"
}

// dataFields names a field other than except that holds elements, "" if none.
func (m *tensorMessage) dataFields(except string) string {
	for _, f := range [...]struct {
		name string
		n    int
	}{
		{"raw_data", len(m.raw)}, {"float_data", len(m.floats)}, {"int32_data", len(m.int32s)},
		{"string_data", len(m.strings)}, {"int64_data", len(m.int64s)},
		{"double_data", len(m.doubles)}, {"uint64_data", len(m.uint64s)},
	} {
		if f.n > 0 && f.name != except {
			return f.name
		}
	}
	return ""
}

// rawSize returns the bytes of raw_data: types narrower than a byte are
// packed, the last byte filled up.
func rawSize(dt tensor.DType, shape tensor.Shape) int {
	n := shape.Len()
	if bits := dt.Bits(); bits < 8 {
		per := 8 / bits
		return n/per + min(n%per, 1)
	}
	return n * dt.Size()
}

// fromRaw makes a tensor of raw_data. The elements are read in place where
// memory holds them as the file does; owner keeps raw alive.
func fromRaw(dt tensor.DType, shape tensor.Shape, raw []byte, owner any) (*tensor.Tensor, error) {
	if dt == tensor.Str {
		return nil, errors.New("strings cannot be raw data")
	}
	if want := rawSize(dt, shape); len(raw) != want {
		return nil, fmt.Errorf("%d bytes for %v%v, want %d", len(raw), dt, shape, want)
	}
	switch {
	case dt == tensor.Boolean:
		return newBools(shape, raw)
	case dt.Bits() < 8:
		return unpack(dt, shape, raw)
	}
	return tensor.FromBytes(dt, shape, raw, owner)
}

func newBools(shape tensor.Shape, raw []byte) (*tensor.Tensor, error) {
	b := make([]bool, len(raw))
	for i, v := range raw {
		b[i] = v != 0
	}
	return tensor.FromSlice(shape, b)
}

// unpack spreads elements of 4 or 2 bits, the first in the lowest bits of a
// byte, to one a byte.
func unpack(dt tensor.DType, shape tensor.Shape, raw []byte) (*tensor.Tensor, error) {
	t, err := tensor.New(dt, shape)
	if err != nil {
		return nil, err
	}
	bits := dt.Bits()
	per := 8 / bits
	mask := byte(1)<<bits - 1
	shift := 0 // sign extension of the signed types
	if dt == tensor.I4 || dt == tensor.I2 {
		shift = 8 - bits
	}
	out := t.Bytes()
	for i := range out {
		v := raw[i/per] >> (i % per * bits) & mask
		out[i] = byte(int8(v<<shift) >> shift)
	}
	return t, nil
}

// pack is the inverse of unpack.
func pack(t *tensor.Tensor) []byte {
	bits := t.DType().Bits()
	per := 8 / bits
	mask := byte(1)<<bits - 1
	out := make([]byte, rawSize(t.DType(), t.Shape()))
	for i, v := range t.Bytes() {
		out[i/per] |= v & mask << (i % per * bits)
	}
	return out
}
