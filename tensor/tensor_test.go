package tensor

import (
	"slices"
	"testing"
)

func TestDTypesAgreeWithTheirElements(t *testing.T) {
	for d := F32; d < numDTypes; d++ {
		back, err := ParseDType(d.String())
		if err != nil || back != d {
			t.Errorf("%v: parsed as %v, %v", d, back, err)
		}
		if d.Bits() > 8 && d.Bits() != 8*d.Size() {
			t.Errorf("%v: %d bits, %d bytes", d, d.Bits(), d.Size())
		}
	}
	for _, c := range []struct {
		got, want DType
		bits      int
	}{
		{DTypeOf[float32](), F32, 32}, {DTypeOf[Float16](), F16, 16}, {DTypeOf[complex128](), C128, 128},
		{DTypeOf[Int4](), I4, 4}, {DTypeOf[Uint2](), U2, 2}, {DTypeOf[string](), Str, 0}, {DTypeOf[bool](), Boolean, 8},
		{DTypeOf[Float8E8M0](), F8E8M0, 8}, {DTypeOf[Float4E2M1](), F4E2M1, 4}, {DTypeOf[uint64](), U64, 64},
	} {
		if c.got != c.want || c.got.Bits() != c.bits {
			t.Errorf("got %v of %d bits, want %v of %d", c.got, c.got.Bits(), c.want, c.bits)
		}
	}
	if Undefined.Valid() || DType(27).Valid() || DType(200).Size() != 0 || DType(200).String() != "dtype(200)" {
		t.Error("numbers that are no type pass for one")
	}
	if _, err := ParseDType("undefined"); err == nil {
		t.Error("parsed undefined")
	}
	if s := SetOf(I64, F32); !s.Has(I64) || s.Has(F64) || s.Has(200) || s.String() != "float32, int64" {
		t.Errorf("set %v", s)
	}
}

func TestTensorsRefuseWhatDoesNotFit(t *testing.T) {
	if _, err := FromSlice(Shape{2}, []float32{1}); err == nil {
		t.Error("one element made a tensor of two")
	}
	if _, err := FromBytes(F32, Shape{1}, make([]byte, 3), nil); err == nil {
		t.Error("3 bytes made a float32")
	}
	if _, err := FromBytes(Str, Shape{0}, nil, nil); err == nil {
		t.Error("bytes made strings")
	}
	if _, err := New(F32, Shape{-1}); err == nil {
		t.Error("made a negative dimension")
	}
	x := vec[float32](1, 2, 3, 4)
	if _, err := x.Reshape(Shape{3}); err == nil {
		t.Error("four elements reshaped to three")
	}
	if _, err := x.Reinterpret(F64); err == nil {
		t.Error("float32 read as float64")
	}
	if _, err := vec("a").Reinterpret(Str); err == nil {
		t.Error("strings reinterpreted")
	}
	if _, err := Values[int32](x); err == nil {
		t.Error("float32 elements came as int32")
	}
}

func TestViewsShareTheirElements(t *testing.T) {
	x := Of[int16](Shape{3, 2}, 1, 2, 3, 4, 5, 6)
	m, err := x.Reshape(Shape{2, 3})
	if err != nil {
		t.Fatal(err)
	}
	rows := x.Rows(1, 3)
	if !rows.Shape().Equal(Shape{2, 2}) || !slices.Equal(Data[int16](rows), []int16{3, 4, 5, 6}) {
		t.Errorf("rows: %v %v", rows, Data[int16](rows))
	}
	if at := x.At(2); !at.Shape().Equal(Shape{2}) || !slices.Equal(Data[int16](at), []int16{5, 6}) {
		t.Errorf("entry: %v %v", at, Data[int16](at))
	}
	u, err := m.Reinterpret(U16)
	if err != nil {
		t.Fatal(err)
	}
	c := x.Clone()
	Data[int16](x)[2] = -1
	if Data[int16](m)[2] != -1 || Data[int16](rows)[0] != -1 || Data[uint16](u)[2] != 65535 {
		t.Error("a view has elements of its own")
	}
	if Data[int16](c)[2] != 3 {
		t.Error("a clone shares its elements")
	}
	s := Of(Shape{2, 1}, "a", "b")
	if got := Data[string](s.Rows(1, 2)); !slices.Equal(got, []string{"b"}) {
		t.Errorf("rows of strings: %v", got)
	}
	if got := Data[string](s.Clone()); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("clone of strings: %v", got)
	}
	if s.Len() != 2 || x.Len() != 6 || Of[float32](Shape{0, 3}).Len() != 0 || Scalar(1.0).Len() != 1 {
		t.Error("wrong number of elements")
	}
}

func TestCopyAndZeroElems(t *testing.T) {
	x, y := vec[int32](1, 2, 3), vec[int32](7, 8, 9)
	CopyElems(y, 1, x, 0, 2)
	ZeroElems(y, 0, 1)
	if got := Data[int32](y); !slices.Equal(got, []int32{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
	a, b := vec("a", "b"), vec("c", "d")
	CopyElems(b, 0, a, 1, 1)
	ZeroElems(b, 1, 1)
	if got := Data[string](b); !slices.Equal(got, []string{"b", ""}) {
		t.Errorf("got %v", got)
	}
}

func TestFromBytesReadsInPlace(t *testing.T) {
	raw := []byte{0, 1, 0, 2, 0}
	x, err := FromBytes(U16, Shape{2}, raw[1:], nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := Data[uint16](x); !slices.Equal(got, []uint16{1, 2}) {
		t.Errorf("got %v", got)
	}
}

func TestSparseBecomesDense(t *testing.T) {
	values := vec[float32](5, 6)
	for _, indices := range []*Tensor{vec[int64](1, 5), Of[int64](Shape{2, 2}, 0, 1, 1, 2)} {
		x, err := (&Sparse{Shape: Shape{2, 3}, Values: values, Indices: indices}).Dense(6)
		if err != nil {
			t.Fatal(err)
		}
		if got := Data[float32](x); !slices.Equal(got, []float32{0, 5, 0, 0, 0, 6}) {
			t.Errorf("indices %v: got %v", indices, got)
		}
	}
	x, err := (&Sparse{Shape: Shape{2}, Values: vec("a"), Indices: vec[int64](1)}).Dense(2)
	if err != nil || Data[string](x)[1] != "a" {
		t.Errorf("strings: got %v, %v", x, err)
	}
	for name, s := range map[string]*Sparse{
		"an index beyond":     {Shape: Shape{2, 3}, Values: values, Indices: vec[int64](1, 6)},
		"a negative index":    {Shape: Shape{2, 3}, Values: values, Indices: vec[int64](-1, 1)},
		"too few indices":     {Shape: Shape{2, 3}, Values: values, Indices: vec[int64](1)},
		"a wrong rank":        {Shape: Shape{2, 3}, Values: values, Indices: Of[int64](Shape{2, 1}, 0, 1)},
		"indices of int32":    {Shape: Shape{2, 3}, Values: values, Indices: vec[int32](0, 1)},
		"a negative shape":    {Shape: Shape{-2}, Values: values, Indices: vec[int64](0, 1)},
		"more than the limit": {Shape: Shape{7}, Values: values, Indices: vec[int64](0, 1)},
	} {
		if x, err := s.Dense(6); err == nil {
			t.Errorf("%s: got %v", name, x)
		}
	}
}

func TestTypesDescribeValues(t *testing.T) {
	x := Of[float32](Shape{2, 0})
	for want, v := range map[string]Value{
		"float32[2 0]":         x,
		"seq(float32)":         &Sequence{Of: TensorOf(F32)},
		"optional(int64)":      &Optional{Of: TensorOf(I64)},
		"map(string, float32)": &Map{Of: TensorOf(F32), Keys: vec("a"), Values: []Value{x}},
		"sparse(float32[3])":   &Sparse{Shape: Shape{3}, Values: x, Indices: vec[int64]()},
	} {
		if got := v.Type().String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if Describe(nil) != "absent" || Describe(x) != "float32[2 0]" || Describe(&Sequence{Of: TensorOf(F32), Elems: []Value{x}}) != "seq(float32) of 1" {
		t.Error("Describe")
	}
}

func TestTypesAcceptWhatTheyDeclare(t *testing.T) {
	declared := Type{Kind: KindTensor, Elem: F32, HasShape: true, Dims: []Dim{{Size: -1, Name: "batch"}, {Size: 3}}}
	for _, c := range []struct {
		v    Value
		want bool
	}{
		{Of[float32](Shape{0, 3}), true},
		{Of[float32](Shape{0, 4}), false},
		{Of[float32](Shape{0}), false},
		{Of[float64](Shape{0, 3}), false},
		{&Sequence{Of: TensorOf(F32)}, false},
	} {
		if got := declared.Accepts(c.v.Type()); got != c.want {
			t.Errorf("%v takes %v: %v", declared, c.v.Type(), got)
		}
	}
	if !(Type{}).Accepts(TensorOf(I8)) || !SequenceOf(declared).Accepts(SequenceOf(TensorOf(F32))) || OptionalOf(TensorOf(F32)).Accepts(OptionalOf(TensorOf(I8))) {
		t.Error("wrong about unknown types, sequences or optionals")
	}
	if declared.String() != "float32[batch 3]" {
		t.Errorf("got %v", declared)
	}
}

func TestSequencesThatGrowFromEachOther(t *testing.T) {
	of := TensorOf(F32)
	num := func(v float32) Value { return Scalar(v) }
	values := func(s *Sequence) (l []float32) {
		for _, e := range s.Elems {
			l = append(l, Data[float32](e.(*Tensor))[0])
		}
		return l
	}
	var all []*Sequence
	s := &Sequence{Of: of}
	for i := range 100 {
		s = s.Append(of, num(float32(i)))
		all = append(all, s)
	}
	other := all[49].Append(of, num(-1)) // the memory behind it is taken
	for i, s := range all {
		if l := values(s); len(l) != i+1 || l[i] != float32(i) {
			t.Fatalf("sequence %d holds %v", i, l)
		}
	}
	if l := values(other); len(l) != 51 || l[50] != -1 || l[49] != 49 {
		t.Fatalf("got %v", l)
	}
	if l := values(all[49].Append(of, num(-2))); l[50] != -2 || values(other)[50] != -1 {
		t.Fatal("two that grow from one have one memory")
	}
}
