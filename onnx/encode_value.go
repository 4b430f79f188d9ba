package onnx

import (
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
)

// EncodeValue encodes a value as DecodeValue reads it.
func EncodeValue(v tensor.Value, name string) ([]byte, error) {
	m, err := (&encoder{}).value(v, name)
	if err != nil {
		return nil, err
	}
	return m.bytes(), nil
}

func (e *encoder) value(v tensor.Value, name string) (*message, error) {
	switch v := v.(type) {
	case *tensor.Tensor:
		return e.tensor(v, label{name: name})
	case *tensor.Sparse:
		return e.sparse(v, label{name: name})
	case *tensor.Sequence:
		return e.sequence(v.Of, v.Elems, name)
	case *tensor.Optional:
		return e.optional(v, name)
	case *tensor.Map:
		return e.mapProto(v, name)
	}
	return nil, fmt.Errorf("a value of type %T has no encoding", v)
}

// elemNumber returns the SequenceProto.DataType of a kind of values; the field
// that holds them has the number that is two greater.
func elemNumber(k tensor.Kind) int {
	for i, e := range elemKinds {
		if e == k {
			return i
		}
	}
	return 0
}

func (e *encoder) sequence(of tensor.Type, elems []tensor.Value, name string) (*message, error) {
	m := &message{}
	m.string(1, name)
	kind := of.Kind
	if kind == tensor.KindUnknown {
		kind = tensor.KindTensor // readers refuse a sequence that says nothing
		if len(elems) > 0 && elems[0] != nil {
			kind = elems[0].Type().Kind
		}
	}
	num := elemNumber(kind)
	m.int(2, int64(num))
	for i, v := range elems {
		if v == nil || v.Type().Kind != kind {
			return nil, fmt.Errorf("element %d: got %s in a sequence of %v", i, tensor.Describe(v), of)
		}
		c, err := e.value(v, "")
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		m.message(num+2, c)
	}
	return m, nil
}

func (e *encoder) optional(o *tensor.Optional, name string) (*message, error) {
	m := &message{}
	m.string(1, name)
	if o.Elem == nil {
		m.putInt(2, 0) // readers take any other number for a value that is there
		return m, nil
	}
	num := elemNumber(o.Elem.Type().Kind)
	m.int(2, int64(num))
	c, err := e.value(o.Elem, "")
	if err != nil {
		return nil, err
	}
	m.message(num+2, c)
	return m, nil
}

func (e *encoder) mapProto(v *tensor.Map, name string) (*message, error) {
	if v.Keys == nil || v.Keys.Rank() != 1 || v.Keys.Len() != len(v.Values) {
		return nil, fmt.Errorf("the map's %d values do not fit its keys", len(v.Values))
	}
	m := &message{}
	m.string(1, name)
	m.int(2, int64(v.Keys.DType()))
	switch v.Keys.DType() {
	case tensor.Str:
		m.strings(4, tensor.Data[string](v.Keys))
	case tensor.I64:
		putKeys[int64](m, v.Keys)
	case tensor.U64:
		putKeys[uint64](m, v.Keys)
	case tensor.I32:
		putKeys[int32](m, v.Keys)
	case tensor.U32:
		putKeys[uint32](m, v.Keys)
	case tensor.I16:
		putKeys[int16](m, v.Keys)
	case tensor.U16:
		putKeys[uint16](m, v.Keys)
	case tensor.I8:
		putKeys[int8](m, v.Keys)
	case tensor.U8:
		putKeys[uint8](m, v.Keys)
	default:
		return nil, fmt.Errorf("%v cannot be a key", v.Keys.DType())
	}
	values, err := e.sequence(v.Of, v.Values, "")
	if err != nil {
		return nil, err
	}
	m.message(5, values)
	return m, nil
}

func putKeys[T interface {
	int64 | uint64 | int32 | uint32 | int16 | uint16 | int8 | uint8
}](m *message, keys *tensor.Tensor) {
	for _, k := range tensor.Data[T](keys) {
		m.putInt(3, int64(k))
	}
}
