package tensorio

import (
	"bytes"
	"image/jpeg"
	"testing"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// Whatever the bytes, a reader returns an error or a tensor whose memory the
// data justifies: at most growth bytes for each of the file's.
func justified(t *testing.T, v tensor.Value, data []byte, growth int) {
	x, ok := v.(*tensor.Tensor)
	if !ok || x == nil {
		return
	}
	if n := x.Len() * max(x.DType().Size(), 1); n > growth*(len(data)+64) {
		t.Fatalf("%v from %d bytes", x, len(data))
	}
	for i := range min(x.Len(), 100) {
		tensor.FormatElement(x, i)
	}
}

func FuzzNPY(f *testing.F) {
	for _, name := range []string{"f4.npy", "f8_big.npy", "bool.npy", "U.npy", "i8_fortran.npy", "struct.npy", "bf16.npy"} {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, _, err := Decode(data, NPY, tensor.TensorOf(tensor.BF16), "", Pixels{})
		if err == nil {
			justified(t, v, data, 16)
		}
		x, err := DecodeNPY(data, tensor.Undefined)
		if err != nil {
			return
		}
		justified(t, x, data, 16)
		var b bytes.Buffer
		if err := EncodeNPY(&b, x); err != nil {
			return
		}
		if _, err := DecodeNPY(b.Bytes(), tensor.Undefined); err != nil {
			t.Fatalf("%v was written and is not read: %v", x, err)
		}
	})
}

func FuzzNPZ(f *testing.F) {
	f.Add(read(f, "two.npz"))
	f.Add(read(f, "packed.npz"))
	f.Fuzz(func(t *testing.T, data []byte) {
		z, err := OpenNPZ(data)
		if err != nil {
			return
		}
		for _, name := range z.Names()[:min(len(z.Names()), 4)] {
			if x, err := z.Pick(name, tensor.Undefined); err == nil {
				justified(t, x, data, 1100)
			}
		}
	})
}

func FuzzPB(f *testing.F) {
	types := []tensor.Type{tensor.TensorOf(tensor.F32), tensor.SequenceOf(tensor.TensorOf(tensor.F32)), tensor.OptionalOf(tensor.TensorOf(tensor.I64)),
		{Kind: tensor.KindMap, Elem: tensor.I64, Of: &tensor.Type{Kind: tensor.KindTensor, Elem: tensor.F32}}, {Kind: tensor.KindSparse, Elem: tensor.F32}}
	x := tensor.Of(tensor.Shape{2, 2}, float32(1), 2, 3, 4)
	for i, v := range []tensor.Value{x, &tensor.Sequence{Of: x.Type(), Elems: []tensor.Value{x}}} {
		b, err := onnx.EncodeValue(v, "x")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, byte(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, kind byte) {
		v, _, err := Decode(data, PB, types[int(kind)%len(types)], "x", Pixels{})
		if err == nil {
			justified(t, v, data, 64)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{"[[1, 2.5], [NaN, \"Infinity\"]]", `{"shape": [2], "data": [true, false]}`, `["a", "b\u00e9"]`, "[[[]]]", "-1e-3"} {
		for d := byte(0); d < 12; d += 3 {
			f.Add([]byte(s), d)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, d byte) {
		x, err := DecodeJSON(data, tensor.TensorOf(tensor.DType(d%27)))
		if err != nil {
			return
		}
		justified(t, x, data, 16)
		var b bytes.Buffer
		if err := EncodeJSON(&b, x); err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeJSON(b.Bytes(), tensor.TensorOf(x.DType())); err != nil {
			t.Fatalf("%s was written and is not read: %v", b.Bytes(), err)
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"1,2\n3,4\n", "a;b\n1;2\n", "# x\n1 2\n", "\"a,b\",c\n", "true\n"} {
		for d := byte(0); d < 12; d += 3 {
			f.Add([]byte(s), d)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, d byte) {
		for _, dims := range [][]int{{-1, 2}, {-1}, {-1, 2, 2}} {
			if x, err := DecodeCSV(data, typeOf(tensor.DType(d%27), dims...)); err == nil {
				justified(t, x, data, 16)
			}
		}
	})
}

func FuzzImage(f *testing.F) {
	f.Add(pngOf(f, grey()))
	f.Add(pngOf(f, colours()))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, grey(), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if x, err := DecodeImage(data, typeOf(tensor.F32, 1, 3, 8, 8), Pixels{}); err == nil && x.Len() != 3*8*8 {
			t.Fatal(x)
		}
		if len(data) < 1<<10 { // larger ones may rightly be large
			if x, err := DecodeImage(data, typeOf(tensor.U8, 1, 1, -1, -1), Pixels{}); err == nil {
				justified(t, x, data, 8256)
			}
		}
	})
}
