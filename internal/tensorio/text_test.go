package tensorio

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func typeOf(d tensor.DType, dims ...int) tensor.Type {
	t := tensor.Type{Kind: tensor.KindTensor, Elem: d, HasShape: true}
	for _, n := range dims {
		t.Dims = append(t.Dims, tensor.Dim{Size: n})
	}
	return t
}

func TestDecodeJSONReadsListsAndObjects(t *testing.T) {
	for _, c := range []struct {
		text string
		elem tensor.DType
		want string
	}{
		{"[[1, 2], [3, 4.5]]", tensor.F32, "float32[2 2]: 1.0 2.0 3.0 4.5"},
		{"7", tensor.I64, "int64[]: 7"},
		{" [ ] ", tensor.F32, "float32[0]: "},
		{"[[], []]", tensor.F32, "float32[2 0]: "},
		{`["NaN", NaN, Infinity, "-Infinity", 1e3]`, tensor.F32, "float32[5]: nan nan inf -inf 1000.0"},
		{"[3.0, 1e3]", tensor.I32, "int32[2]: 3 1000"},
		{"[18446744073709551615]", tensor.U64, "uint64[1]: 18446744073709551615"},
		{"[9223372036854775807]", tensor.I64, "int64[1]: 9223372036854775807"},
		{"[true, false, 1]", tensor.Boolean, "bool[3]: True False True"},
		{`["a", "b\n\u00e9]"]`, tensor.Str, "string[2]: a b\né]"},
		{"[0.1]", tensor.F16, "float16[1]: 0.1"},
		{"[1, 2]", tensor.Undefined, "int64[2]: 1 2"},
		{"[1, 2.5]", tensor.Undefined, "float32[2]: 1.0 2.5"},
		{`["x"]`, tensor.Undefined, "string[1]: x"},
		{`{"shape": [2, 1], "data": [1, 2]}`, tensor.F32, "float32[2 1]: 1.0 2.0"},
		{`{"data": [[1], [2]]}`, tensor.F32, "float32[2 1]: 1.0 2.0"},
		{`{"type": "uint8", "shape": [], "data": [5]}`, tensor.Undefined, "uint8[]: 5"},
	} {
		x, err := DecodeJSON([]byte(c.text), tensor.TensorOf(c.elem))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := elements(x); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

func TestDecodeJSONSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		text string
		elem tensor.DType
		want string
	}{
		{"", tensor.F32, "the text ends where an element is wanted"},
		{"[1, 2", tensor.F32, "the text ends where"},
		{"[1, 2]]", tensor.F32, `want the end at "]"`},
		{"[[1, 2],\n[3]]", tensor.F32, "line 2: a list has 1 entries where others have 2"},
		{"[[1], 2]", tensor.F32, "want a list, as its neighbours are"},
		{"[1, [2]]", tensor.F32, "want an element, as its neighbours are"},
		{"[1.5]", tensor.I32, "element 0: 1.5 is no int32"},
		{"[300]", tensor.U8, "element [0] is 300 in int64, which is no uint8"},
		{"[-1]", tensor.U64, "-1 is no uint64"},
		{"[2]", tensor.Boolean, "2 is no bool"},
		{"[1]", tensor.Str, "1 is a number, want a string"},
		{`["x"]`, tensor.F32, `element 0: "x" is no number`},
		{"[1e40]", tensor.F32, "1e40 is beyond the range of float32"},
		{"[null]", tensor.F32, "null is no element"},
		{"[1]", tensor.C64, "complex64 elements are read from .npy, .npz and .pb only"},
		{`{"shape": [3], "data": [1, 2]}`, tensor.F32, "do not make shape [3]"},
		{`{"shape": [-2], "data": [1, 2]}`, tensor.F32, "negative"},
		{`{"shape": "x", "data": [1, 2]}`, tensor.F32, "want a list of sizes"},
		{`{"shape": [1]}`, tensor.F32, `no "data"`},
		{"[\"a\xff\"]", tensor.Str, "not UTF-8"},
		{strings.Repeat("[", 100000), tensor.F32, "nested more than 64 deep"},
	} {
		if x, err := DecodeJSON([]byte(c.text), tensor.TensorOf(c.elem)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: got %v, %v, want an error with %q", c.text, x, err, c.want)
		}
	}
}

func TestEncodeJSONWritesWhatDecodeReads(t *testing.T) {
	for _, c := range []struct {
		v    tensor.Value
		want string
	}{
		{tensor.Of(tensor.Shape{1, 3}, float32(0.1), float32(math.NaN()), float32(math.Inf(1))), `{"type": "float32", "shape": [1, 3], "data": [0.1, "NaN", "Infinity"]}`},
		{tensor.Of(tensor.Shape{2}, int64(math.MaxInt64), int64(-1)), `{"type": "int64", "shape": [2], "data": [9223372036854775807, -1]}`},
		{tensor.Of(tensor.Shape{1}, "a\"b"), `{"type": "string", "shape": [1], "data": ["a\"b"]}`},
		{tensor.Scalar(true), `{"type": "bool", "shape": [], "data": [true]}`},
		{tensor.Of(tensor.Shape{1}, tensor.ToBFloat16(2)), `{"type": "bfloat16", "shape": [1], "data": [2]}`},
	} {
		var b bytes.Buffer
		if err := EncodeJSON(&b, c.v); err != nil {
			t.Error(err)
			continue
		}
		if b.String() != c.want {
			t.Errorf("got %s, want %s", b.String(), c.want)
		}
		x, err := DecodeJSON(b.Bytes(), tensor.Type{})
		if err != nil {
			t.Errorf("%s: %v", b.String(), err)
		} else if got, want := elements(x), elements(c.v.(*tensor.Tensor)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	m := &tensor.Map{Of: tensor.TensorOf(tensor.F32), Keys: tensor.Of(tensor.Shape{2}, int64(3), int64(5)),
		Values: []tensor.Value{tensor.Scalar(float32(1)), tensor.Scalar(float32(2))}}
	var b bytes.Buffer
	if err := EncodeJSON(&b, &tensor.Sequence{Of: m.Type(), Elems: []tensor.Value{m}}); err != nil {
		t.Fatal(err)
	}
	const want = `{"type": "seq(map(int64, float32))", "values": [{"type": "map(int64, float32)", "keys": [3, 5], "values": [{"type": "float32", "shape": [], "data": [1]}, {"type": "float32", "shape": [], "data": [2]}]}]}`
	if b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
}

func TestDecodeCSVReadsTables(t *testing.T) {
	for _, c := range []struct {
		text string
		typ  tensor.Type
		want string
	}{
		{"1,2\n3,4.5\n", typeOf(tensor.F32, -1, 2), "float32[2 2]: 1.0 2.0 3.0 4.5"},
		{"\xEF\xBB\xBFwidth;height\n1;2\r\n3;4", typeOf(tensor.I64, -1, -1), "int64[2 2]: 1 2 3 4"},
		{"# np.savetxt\n1.0e+00 2.0e+00\n\n3 4\n", typeOf(tensor.F64, -1, 2), "float64[2 2]: 1.0 2.0 3.0 4.0"},
		{"1\t2\n", typeOf(tensor.F32, 2), "float32[2]: 1.0 2.0"},
		{"1\n2\n3\n", typeOf(tensor.F32, -1), "float32[3]: 1.0 2.0 3.0"},
		{"5", typeOf(tensor.I8), "int8[]: 5"},
		{"1,2,3,4\n5,6,7,8\n", typeOf(tensor.F32, -1, 2, 2, 1), "float32[2 2 2 1]: 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0"},
		{"1,2\n3,4\n", typeOf(tensor.F32, -1, 2, 2, 1), "float32[1 2 2 1]: 1.0 2.0 3.0 4.0"},
		{"nan,inf\n", typeOf(tensor.F32, -1, -1), "float32[1 2]: nan inf"},
		{"true,false\n", typeOf(tensor.Boolean, -1, -1), "bool[1 2]: True False"},
		{"\"a,b\",c\n", typeOf(tensor.Str, -1, -1), "string[1 2]: a,b c"},
	} {
		x, err := DecodeCSV([]byte(c.text), c.typ)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if got := elements(x); got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

func TestDecodeCSVSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "the table has no rows"},
		{"a,b\n", "the table has no rows"},
		{"1,2\n3\n", "line 2 has 1 columns, the lines before 2"},
		{"1,2\n3,x\n", `line 2, column 2: "x" is no number`},
		{"1,\n", `line 1, column 2: "" is no number`},
		{"1,\"2\n", `extraneous or missing " in quoted-field`},
		{"1,\x002\n", "NUL bytes"},
	} {
		if x, err := DecodeCSV([]byte(c.text), typeOf(tensor.F32, -1, -1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, %v, want an error with %q", c.text, x, err, c.want)
		}
	}
}

func TestConvertRefusesWhatChangesAValue(t *testing.T) {
	one := tensor.Shape{1}
	for _, c := range []struct {
		x    *tensor.Tensor
		to   tensor.DType
		want string // the elements, or the error
	}{
		{tensor.Of(one, uint8(200)), tensor.F32, "float32[1]: 200.0"},
		{tensor.Of(one, 0.1), tensor.F32, "float32[1]: 0.1"},
		{tensor.Of(one, math.Inf(1)), tensor.F32, "float32[1]: inf"},
		{tensor.Of(one, math.NaN()), tensor.F16, "float16[1]: nan"},
		{tensor.Of(one, float32(3)), tensor.I8, "int8[1]: 3"},
		{tensor.Of(one, true), tensor.F32, "float32[1]: 1.0"},
		{tensor.Of(one, int64(7)), tensor.I4, "int4[1]: 7"},
		{tensor.Of(one, math.Copysign(0, -1)), tensor.I64, "int64[1]: 0"},
		{tensor.Of(one, complex128(2)), tensor.C64, "complex64[1]: (2+0i)"},
		{tensor.Of(one, complex128(0.1)), tensor.C64, "element [0] is (0.1+0i) in complex128, which is no complex64"},
		{tensor.Of(one, 1e300), tensor.F32, "element [0] is 1e+300 in float64, which is no float32"},
		{tensor.Of(one, float32(0.1)), tensor.F16, "element [0] is 0.1 in float32, which is no float16"},
		{tensor.Of(one, int64(1<<24+1)), tensor.F32, "element [0] is 16777217 in int64, which is no float32"},
		{tensor.Of(one, int64(1<<53+1)), tensor.F64, "element [0] is 9007199254740993 in int64, which is no float64"},
		{tensor.Of(one, int64(math.MaxInt64)), tensor.F64, "element [0] is 9223372036854775807 in int64, which is no float64"},
		{tensor.Of(one, int64(-1)), tensor.U64, "element [0] is -1 in int64, which is no uint64"},
		{tensor.Of(one, uint64(1<<63)), tensor.I64, "element [0] is 9223372036854775808 in uint64, which is no int64"},
		{tensor.Of(one, int8(-1)), tensor.U8, "element [0] is -1 in int8, which is no uint8"},
		{tensor.Of(one, int64(8)), tensor.I4, "element [0] is 8 in int64, which is no int4"},
		{tensor.Of(one, float32(2)), tensor.Boolean, "element [0] is 2.0 in float32, which is no bool"},
		{tensor.Of(one, math.NaN()), tensor.I64, "element [0] is nan in float64, which is no int64"},
		{tensor.Of(one, 0x1p63), tensor.I64, "element [0] is 9.223372036854776e+18 in float64, which is no int64"},
		{tensor.Of(one, "1"), tensor.F32, "string elements cannot be converted to float32"},
		{tensor.Of(one, complex64(1)), tensor.F32, "complex64 elements cannot be converted to float32"},
		{tensor.Of(tensor.Shape{2, 2}, 0, 1, 2, 0.5), tensor.I64, "element [1 1] is 0.5 in float64, which is no int64"},
	} {
		x, err := Convert(c.x, c.to)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = elements(x)
		}
		if got != c.want {
			t.Errorf("%s to %v: got %s, want %s", elements(c.x), c.to, got, c.want)
		}
	}
}

func TestFitAddsDimensionsOfSizeOne(t *testing.T) {
	named := typeOf(tensor.F32, -1, -1, 1)
	named.Dims[0].Name, named.Dims[1].Name = "time", "batch"
	for _, c := range []struct {
		shape tensor.Shape
		want  tensor.Type
		rows  bool
		out   string
	}{
		{tensor.Shape{2, 2}, typeOf(tensor.F32, -1, 2, 2), false, "[1 2 2]"},
		{tensor.Shape{2, 2}, typeOf(tensor.F32, 1, 2, 2), false, "[1 2 2]"},
		{tensor.Shape{4, 1}, named, false, "[4 1 1]"},
		{tensor.Shape{28, 28}, typeOf(tensor.F32, -1, 28, 28, 1), false, "[1 28 28 1]"},
		{tensor.Shape{28, 28}, typeOf(tensor.F32, -1, 1, 28, 28), false, "[1 1 28 28]"},
		{tensor.Shape{9, 28, 28}, typeOf(tensor.F32, -1, 28, 28, 1), false, "[9 28 28 1]"},
		{tensor.Shape{9, 28, 28}, typeOf(tensor.F32, 1, 1, 28, 28), true, "[9 1 28 28]"},
		{tensor.Shape{}, typeOf(tensor.F32, 1), false, "[1]"},
		{tensor.Shape{9, 28, 28}, typeOf(tensor.F32, 1, 1, 28, 28), false, "unchanged"},
		{tensor.Shape{2, 2}, typeOf(tensor.F32, 4, 2, 2), false, "unchanged"},
		{tensor.Shape{2, 2}, typeOf(tensor.F32, -1, 2), false, "unchanged"},
		{tensor.Shape{7}, typeOf(tensor.F32, -1, 2), false, "unchanged"},
	} {
		x, _ := tensor.New(tensor.F32, c.shape)
		v, added := Fit(x, c.want, c.rows)
		got := v.(*tensor.Tensor).Shape().String()
		if !added {
			got = "unchanged"
		}
		if got != c.out {
			t.Errorf("%v to %v: got %s, want %s", c.shape, c.want, got, c.out)
		}
	}
}
