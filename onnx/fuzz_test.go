package onnx

import (
	"bytes"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// FuzzDecode feeds bytes to everything that reads a model. What decodes must
// survive the rest without a panic, and its encoding must decode to the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(everything()))
	f.Add([]byte(captureModel()))
	f.Add([]byte(nested(5)))
	f.Add([]byte(externalModel("location", "w.bin")))
	f.Add([]byte(pbModel(pbGraph("x", "y", pbCall("F", "x", "y", pbAttrInt("p", 1))),
		pbFunction("F", "a", "r", pbCall("G", "a", "r", pbRef("q", "p", AttrInt))).str(6, "p"),
		pbFunction("G", "a", "r", pbOp("Neg", "a", "r")).msg(11, pbAttrInt("q", 1)))))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		problems := Check(m)
		if b, err := Encode(m); err == nil {
			again, err := Decode(b)
			if err != nil {
				t.Fatalf("the encoding does not decode: %v", err)
			}
			if c, err := Encode(again); err != nil || !bytes.Equal(b, c) {
				t.Fatalf("the encoding of the encoding differs: %v\n%q\n%q", err, b, c)
			}
		}
		if m.Graph.Sort() != nil {
			return
		}
		if m.Inline() != nil || len(problems) > 0 {
			return
		}
		for _, p := range Check(m) {
			t.Errorf("after inlining: %v", p)
		}
	})
}

// FuzzDecodeValue does the same for values in files of their own.
func FuzzDecodeValue(f *testing.F) {
	f32 := tensor.TensorOf(tensor.F32)
	types := []tensor.Type{
		f32, {Kind: tensor.KindSparse}, tensor.SequenceOf(f32), tensor.OptionalOf(tensor.SequenceOf(f32)),
		{Kind: tensor.KindMap, Elem: tensor.I64, Of: &f32}, tensor.SequenceOf(tensor.Type{}),
	}
	for _, e := range encodings {
		f.Add(uint8(0), []byte(append(tensorHead(e.want), e.packed...)))
	}
	seq := pb{}.int(2, 1).msg(3, pbFloats("a", 1), pbFloats("b", 2, 3))
	f.Add(uint8(1), []byte(pb{}.msg(1, pbFloats("v", 5)).msg(2, pb{}.int(1, 1).int(2, 7).ints(7, 3)).ints(3, 2, 2)))
	f.Add(uint8(2), []byte(seq))
	f.Add(uint8(3), []byte(pb{}.int(2, 3).msg(5, seq)))
	f.Add(uint8(4), []byte(pb{}.int(2, 7).ints(3, 4, 9).msg(5, seq)))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		typ := types[int(kind)%len(types)]
		v, name, err := DecodeValue(data, typ)
		if err != nil {
			return
		}
		b, err := EncodeValue(v, name)
		if err != nil {
			t.Fatalf("%v does not encode: %v", v.Type(), err)
		}
		if _, _, err := DecodeValue(b, typ); err != nil {
			t.Fatalf("the encoding of %v does not decode: %v", v.Type(), err)
		}
	})
}
