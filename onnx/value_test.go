package onnx

import (
	"bytes"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func TestValuesSurviveEncoding(t *testing.T) {
	f32 := tensor.TensorOf(tensor.F32)
	one, two := tensor.Of(tensor.Shape{1}, float32(1)), tensor.Of(tensor.Shape{2}, float32(2), float32(3))
	seq := &tensor.Sequence{Of: f32, Elems: []tensor.Value{one, two}}
	sparse := &tensor.Sparse{Shape: tensor.Shape{2, 3}, Values: one, Indices: tensor.Of(tensor.Shape{1, 2}, int64(1), int64(2))}
	ints := &tensor.Map{Of: f32, Keys: tensor.Of(tensor.Shape{2}, int64(-5), int64(7)), Values: []tensor.Value{one, two}}
	strs := &tensor.Map{Of: f32, Keys: tensor.Of(tensor.Shape{2}, "a", ""), Values: []tensor.Value{one, two}}
	for _, v := range []tensor.Value{
		one, sparse, seq, ints, strs,
		&tensor.Sequence{Of: f32},
		&tensor.Sequence{Of: seq.Type(), Elems: []tensor.Value{seq, &tensor.Sequence{Of: f32}}},
		&tensor.Sequence{Of: ints.Type(), Elems: []tensor.Value{ints}},
		&tensor.Optional{Of: f32}, &tensor.Optional{Of: f32, Elem: one},
		&tensor.Optional{Of: seq.Type(), Elem: seq},
		&tensor.Map{Of: f32, Keys: tensor.Of(tensor.Shape{1}, uint8(255)), Values: []tensor.Value{one}},
		&tensor.Map{Of: f32, Keys: tensor.Of[int32](tensor.Shape{0})},
	} {
		b, err := EncodeValue(v, "name")
		if err != nil {
			t.Errorf("%v: %v", v.Type(), err)
			continue
		}
		got, name, err := DecodeValue(b, v.Type())
		if err != nil || name != "name" {
			t.Errorf("%v: name %q, %v", v.Type(), name, err)
			continue
		}
		if got.Type().String() != v.Type().String() {
			t.Errorf("%v became %v", v.Type(), got.Type())
		}
		again, err := EncodeValue(got, "name")
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%v: % x became % x, %v", v.Type(), b, again, err)
		}
	}
}

func TestValuesDecodeFromTheStandardsBytes(t *testing.T) {
	f32 := tensor.TensorOf(tensor.F32)
	// SequenceProto: elem_type TENSOR, two tensors.
	v, name, err := DecodeValue(pb{}.str(1, "s").int(2, 1).msg(3, pbFloats("", 1), pbFloats("", 2, 3)), tensor.SequenceOf(f32))
	if err != nil {
		t.Fatal(err)
	}
	s := v.(*tensor.Sequence)
	if name != "s" || len(s.Elems) != 2 || s.Of.Elem != tensor.F32 {
		t.Errorf("got %q, %+v", name, s)
	}
	sameTensor(t, s.Elems[1].(*tensor.Tensor), tensor.Of(tensor.Shape{2}, float32(2), float32(3)))

	// OptionalProto: elem_type SEQUENCE, with a sequence.
	v, _, err = DecodeValue(pb{}.int(2, 3).msg(5, pb{}.int(2, 1).msg(3, pbFloats("", 1))), tensor.OptionalOf(tensor.SequenceOf(f32)))
	if err != nil {
		t.Fatal(err)
	}
	if o := v.(*tensor.Optional); o.Elem.(*tensor.Sequence).Elems[0].(*tensor.Tensor).Len() != 1 {
		t.Errorf("got %+v", o)
	}

	// MapProto: int64 keys, a sequence of values.
	v, _, err = DecodeValue(pb{}.int(2, 7).ints(3, 4, 9).msg(5, pb{}.int(2, 1).msg(3, pbFloats("", 1), pbFloats("", 2))),
		tensor.Type{Kind: tensor.KindMap, Elem: tensor.I64, Of: &f32})
	if err != nil {
		t.Fatal(err)
	}
	m := v.(*tensor.Map)
	sameTensor(t, m.Keys, tensor.Of(tensor.Shape{2}, int64(4), int64(9)))
	sameTensor(t, m.Values[1].(*tensor.Tensor), tensor.Of(tensor.Shape{1}, float32(2)))
}

func TestValuesThatAreRefused(t *testing.T) {
	seq := tensor.SequenceOf(tensor.TensorOf(tensor.F32))
	mapType := tensor.Type{Kind: tensor.KindMap, Elem: tensor.I64, Of: seq.Of}
	deep, deepType := pb{}.int(2, 1), seq
	for range 100 {
		deep = pb{}.int(2, 3).msg(5, deep)
		deepType = tensor.SequenceOf(deepType)
	}
	oneValue := pb{}.int(2, 1).msg(3, pbFloats("", 1))
	for _, c := range []struct {
		want string
		typ  tensor.Type
		b    pb
	}{
		{"tensor_values[0].float_data: 0 numbers", seq, pb{}.int(2, 1).msg(3, pb{}.int(1, 2).int(2, 1))},
		{"sequence_values: the elements are not of one kind", seq, pb{}.int(2, 1).msg(3, pbFloats("", 1)).msg(5, pb{})},
		{"tensor_values: the elements are not of one kind", seq, pb{}.int(2, 3).msg(3, pbFloats("", 1))},
		{"elem_type: got seq(?), want float32", seq, pb{}.int(2, 3)},
		{"elem_type: 9 is no known kind", seq, pb{}.int(2, 9)},
		{"nested deeper", deepType, deep},
		{"1 values for 2 keys", mapType, pb{}.int(2, 7).ints(3, 1, 2).msg(5, oneValue)},
		{"keys: entry 1: key 1 is there twice", mapType, pb{}.int(2, 7).ints(3, 1, 1).msg(5, oneValue)},
		{"key_type: float32 cannot be a key", mapType, pb{}.int(2, 1).msg(5, oneValue)},
		{"string_keys: the map's keys are int64", mapType, pb{}.int(2, 7).str(4, "a").msg(5, oneValue)},
		{"tensor_value: the value is not of the kind", tensor.OptionalOf(seq), pb{}.int(2, 3).msg(3, pbFloats("", 1))},
		{"have no encoding", tensor.Type{Kind: tensor.KindOpaque}, pb{}},
	} {
		_, _, err := DecodeValue(c.b, c.typ)
		wantError(t, err, c.want)
	}
}
