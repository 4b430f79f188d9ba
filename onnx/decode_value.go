package onnx

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/tensor"
	"google.golang.org/protobuf/encoding/protowire"
)

// DecodeValue decodes a value that stands in a file of its own, as the inputs
// and outputs of the standard's tests do: a TensorProto, SequenceProto,
// OptionalProto, MapProto or SparseTensorProto, which the expected type tells
// (a TensorProto where its kind is unknown). Element types are the file's and
// not compared with the expected one, which serves where the file says none, as
// for empty sequences. DecodeValue returns the name, too; it shares memory with
// data and refuses external data as DecodeTensor does.
func DecodeValue(data []byte, t tensor.Type) (tensor.Value, string, error) {
	d := &decoder{}
	return d.value(data, t)
}

func (d *decoder) value(msg []byte, t tensor.Type) (v tensor.Value, name string, err error) {
	err = d.deeper(func() error {
		switch t.Kind {
		case tensor.KindUnknown, tensor.KindTensor:
			x, l, err := d.tensor(msg)
			if err != nil {
				return err
			}
			v, name = x, l.name
		case tensor.KindSparse:
			x, l, err := d.sparse(msg)
			if err != nil {
				return err
			}
			v, name = x, l.name
		case tensor.KindSequence:
			x, n, err := d.sequence(msg, of(t))
			if err != nil {
				return err
			}
			v, name = x, n
		case tensor.KindOptional:
			x, n, err := d.optional(msg, of(t))
			if err != nil {
				return err
			}
			v, name = x, n
		case tensor.KindMap:
			x, n, err := d.mapProto(msg, of(t))
			if err != nil {
				return err
			}
			v, name = x, n
		default:
			return fmt.Errorf("values of type %v have no encoding", t)
		}
		return nil
	})
	return v, name, err
}

func of(t tensor.Type) tensor.Type {
	if t.Of == nil {
		return tensor.Type{}
	}
	return *t.Of
}

// elemKinds are SequenceProto.DataType and OptionalProto.DataType.
var elemKinds = [...]tensor.Kind{tensor.KindUnknown, tensor.KindTensor, tensor.KindSparse, tensor.KindSequence, tensor.KindMap, tensor.KindOptional}

func elemKind(v int64) (tensor.Kind, error) {
	if v < 0 || int(v) >= len(elemKinds) {
		return 0, at("elem_type", fmt.Errorf("%d is no known kind of values", v))
	}
	return elemKinds[v], nil
}

// expect returns what to decode where the file says kind and the caller
// expects t.
func expect(kind tensor.Kind, t tensor.Type) (tensor.Type, error) {
	switch {
	case kind == t.Kind || kind == tensor.KindUnknown:
		return t, nil
	case t.Kind == tensor.KindUnknown:
		return tensor.Type{Kind: kind}, nil
	}
	return t, at("elem_type", fmt.Errorf("got %v, want %v", tensor.Type{Kind: kind}, t))
}

// elemType returns the type that values have in common: the expected one, with
// what the first value adds to it.
func commonType(t tensor.Type, l []tensor.Value) tensor.Type {
	if len(l) == 0 || l[0] == nil || (t.Kind != tensor.KindUnknown && t.Elem != tensor.Undefined) {
		return t
	}
	first := l[0].Type()
	switch first.Kind {
	case tensor.KindTensor, tensor.KindSparse:
		first.HasShape, first.Dims = false, nil
	default:
		if t.Kind != tensor.KindUnknown && t.Of != nil {
			return t
		}
	}
	return first
}

// sequence decodes a SequenceProto.
func (d *decoder) sequence(msg []byte, t tensor.Type) (*tensor.Sequence, string, error) {
	var name string
	var lists [len(elemKinds)][][]byte
	var kind int64
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			name = f.string()
		case 2:
			kind = f.int()
		case 3, 4, 5, 6, 7:
			lists[f.num-2] = append(lists[f.num-2], f.message())
		}
		return nil
	})
	if err != nil {
		return nil, name, err
	}
	k, err := elemKind(kind)
	if err != nil {
		return nil, name, err
	}
	fields := [...]string{1: "tensor_values", 2: "sparse_tensor_values", 3: "sequence_values", 4: "map_values", 5: "optional_values"}
	list := 0
	for i, l := range lists {
		if len(l) == 0 {
			continue
		}
		if list != 0 || (k != tensor.KindUnknown && k != elemKinds[i]) {
			return nil, name, at(fields[i], errors.New("the elements are not of one kind"))
		}
		list, k = i, elemKinds[i]
	}
	if t, err = expect(k, t); err != nil {
		return nil, name, err
	}
	s := &tensor.Sequence{Elems: make([]tensor.Value, len(lists[list]))}
	for i, b := range lists[list] {
		if s.Elems[i], _, err = d.value(b, t); err != nil {
			return nil, name, atIndex(fields[list], i, err)
		}
	}
	s.Of = commonType(t, s.Elems)
	return s, name, nil
}

// optional decodes an OptionalProto.
func (d *decoder) optional(msg []byte, t tensor.Type) (*tensor.Optional, string, error) {
	var name string
	var values [len(elemKinds)][]byte
	var kind int64
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			name = f.string()
		case 2:
			kind = f.int()
		case 3, 4, 5, 6, 7:
			f.merge(&values[f.num-2])
		}
		return nil
	})
	if err != nil {
		return nil, name, err
	}
	k, err := elemKind(kind)
	if err != nil {
		return nil, name, err
	}
	fields := [...]string{1: "tensor_value", 2: "sparse_tensor_value", 3: "sequence_value", 4: "map_value", 5: "optional_value"}
	o := &tensor.Optional{Of: t}
	for i, b := range values {
		if b == nil {
			continue
		}
		if o.Elem != nil || (k != tensor.KindUnknown && k != elemKinds[i]) {
			return nil, name, at(fields[i], errors.New("the value is not of the kind that elem_type says"))
		}
		if t, err = expect(elemKinds[i], t); err != nil {
			return nil, name, err
		}
		if o.Elem, _, err = d.value(b, t); err != nil {
			return nil, name, at(fields[i], err)
		}
		o.Of = commonType(t, []tensor.Value{o.Elem})
	}
	return o, name, nil
}

// mapProto decodes a MapProto.
func (d *decoder) mapProto(msg []byte, t tensor.Type) (*tensor.Map, string, error) {
	var name string
	var keyType int64
	var keys, values []byte
	var stringKeys [][]byte
	err := eachField(msg, func(f *field) error {
		switch f.num {
		case 1:
			name = f.string()
		case 2:
			keyType = f.int()
		case 3:
			f.packed(&keys, protowire.VarintType)
		case 4:
			stringKeys = append(stringKeys, f.message())
		case 5:
			f.merge(&values)
		}
		return nil
	})
	if err != nil {
		return nil, name, err
	}
	m := &tensor.Map{Of: t}
	if m.Keys, err = mapKeys(keyType, keys, stringKeys); err != nil {
		return nil, name, err
	}
	s, _, err := d.sequence(values, t)
	if err != nil {
		return nil, name, at("values", err)
	}
	if len(s.Elems) != m.Keys.Len() {
		return nil, name, fmt.Errorf("%d values for %d keys", len(s.Elems), m.Keys.Len())
	}
	m.Of, m.Values = s.Of, s.Elems
	return m, name, nil
}

// mapKeys makes the tensor of a map's keys, and checks that they are distinct.
func mapKeys(keyType int64, keys []byte, stringKeys [][]byte) (*tensor.Tensor, error) {
	dt, err := elemType(keyType)
	if err != nil {
		return nil, at("key_type", err)
	}
	if dt == tensor.Str {
		if len(keys) > 0 {
			return nil, at("keys", errors.New("the map's keys are strings"))
		}
		t, err := fromStrings(tensor.Shape{len(stringKeys)}, stringKeys)
		if err != nil {
			return nil, err
		}
		return t, at("string_keys", distinct(tensor.Data[string](t)))
	}
	if len(stringKeys) > 0 {
		return nil, at("string_keys", fmt.Errorf("the map's keys are %v", dt))
	}
	shape := tensor.Shape{countVarints(keys)}
	var t *tensor.Tensor
	switch dt {
	case tensor.I64:
		t, err = fromVarints[int64](shape, keys, 1<<64-1)
	case tensor.U64:
		t, err = fromVarints[uint64](shape, keys, 1<<64-1)
	case tensor.U32:
		t, err = fromVarints[uint32](shape, keys, 1<<32-1)
	case tensor.I32, tensor.I16, tensor.U16, tensor.I8, tensor.U8:
		t, err = (&tensorMessage{int32s: keys}).typed(dt, shape, nil)
	default:
		return nil, at("key_type", fmt.Errorf("%v cannot be a key", dt))
	}
	if err == nil {
		var l []int64
		if l, err = ints(keys); err == nil {
			err = distinct(l)
		}
	}
	return t, at("keys", err)
}

func distinct[T comparable](l []T) error {
	seen := make(map[T]bool, len(l))
	for i, k := range l {
		if seen[k] {
			return fmt.Errorf("entry %d: key %v is there twice", i, k)
		}
		seen[k] = true
	}
	return nil
}
