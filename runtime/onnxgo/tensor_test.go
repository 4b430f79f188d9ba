//go:build 386 || amd64 || arm || arm64 || wasm

package onnxgo

import (
	"slices"
	"testing"

	gorgonia "gorgonia.org/tensor"

	"github.com/onnxrun/onnxrun/tensor"
)

// span is gorgonia's range of one dimension.
type span struct{ from, to int }

func (s span) Start() int { return s.from }
func (s span) End() int   { return s.to }
func (s span) Step() int  { return 1 }

// count is a tensor of the elements 0, 1, 2 …
func count(shape ...int) *gorgonia.Dense {
	data := make([]float32, tensor.Shape(shape).Len())
	for i := range data {
		data[i] = float32(i)
	}
	return gorgonia.New(gorgonia.WithShape(shape...), gorgonia.WithBacking(data))
}

func TestViewsGiveTheirOwnElements(t *testing.T) {
	slice := func(d *gorgonia.Dense, s ...gorgonia.Slice) gorgonia.Tensor {
		v, err := d.Slice(s...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	transposed := count(2, 3, 4)
	if err := transposed.T(2, 0, 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		t    gorgonia.Tensor
		want []float32
	}{
		{"whole", count(2, 3), []float32{0, 1, 2, 3, 4, 5}},
		{"rows", slice(count(4, 3), span{1, 3}), []float32{3, 4, 5, 6, 7, 8}},
		{"row", slice(count(4, 3), span{2, 3}), []float32{6, 7, 8}},
		{"columns", slice(count(4, 3), nil, span{1, 3}), []float32{1, 2, 4, 5, 7, 8, 10, 11}},
		{"column", slice(count(4, 3), nil, span{1, 2}), []float32{1, 4, 7, 10}},
		{"inner", slice(count(2, 3, 4), nil, span{1, 3}, span{1, 2}), []float32{5, 9, 17, 21}},
		{"middle", slice(count(2, 3, 4), nil, span{1, 2}, nil), []float32{4, 5, 6, 7, 16, 17, 18, 19}},
		{"transposed", transposed, []float32{
			0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23}},
		{"transposed column", slice(transposed, nil, nil, span{1, 2}), []float32{4, 16, 5, 17, 6, 18, 7, 19}},
		{"column-major", gorgonia.New(gorgonia.WithShape(2, 3), gorgonia.AsFortran([]float32{1, 2, 3, 4, 5, 6})), []float32{1, 2, 3, 4, 5, 6}},
		{"one column", count(3, 1), []float32{0, 1, 2}},
		{"one row", count(1, 3), []float32{0, 1, 2}},
		{"one element", slice(count(2, 3), span{1, 2}, span{1, 2}), []float32{4}},
		{"sparse", gorgonia.CSRFromCoord(gorgonia.Shape{2, 2}, []int{0, 1}, []int{1, 0}, []float32{5, 6}), []float32{0, 5, 6, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := fromGorgonia(c.t)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Shape(), tensor.Shape(c.t.Shape())) {
				t.Errorf("got shape %v, want %v", got.Shape(), c.t.Shape())
			}
			if l := tensor.Data[float32](got); !slices.Equal(l, c.want) {
				t.Errorf("got %v, want %v", l, c.want)
			}
		})
	}
}

func TestTensorsThereAndBack(t *testing.T) {
	for _, want := range []*tensor.Tensor{
		tensor.Of(tensor.Shape{2, 1}, true, false),
		tensor.Of(tensor.Shape{2}, int8(1), -2),
		tensor.Of(tensor.Shape{2}, int16(1), -2),
		tensor.Of(tensor.Shape{2}, int32(1), -2),
		tensor.Of(tensor.Shape{2}, int64(1), -2),
		tensor.Of(tensor.Shape{2}, uint8(1), 2),
		tensor.Of(tensor.Shape{2}, uint16(1), 2),
		tensor.Of(tensor.Shape{2}, uint32(1), 2),
		tensor.Of(tensor.Shape{2}, uint64(1), 2),
		tensor.Of(tensor.Shape{2}, float32(1), 2),
		tensor.Of(tensor.Shape{2}, float64(1), 2),
		tensor.Of(tensor.Shape{2}, complex64(1), 2i),
		tensor.Of(tensor.Shape{2}, complex128(1), 2i),
		tensor.Of(tensor.Shape{2}, "a", "b"),
		tensor.Of(tensor.Shape{1}, int64(7)),
		tensor.Of(tensor.Shape{1, 1}, int64(7)),
		tensor.Scalar(int64(7)),
		tensor.Scalar("a"),
		tensor.Scalar(true),
	} {
		g, err := toGorgonia(want)
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		got, err := fromGorgonia(g)
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		if got.DType() != want.DType() || !got.Shape().Equal(want.Shape()) {
			t.Errorf("got %v, want %v", got, want)
		}
		for i := range want.Len() {
			if a, b := tensor.FormatElement(got, i), tensor.FormatElement(want, i); a != b {
				t.Errorf("%v: element %d: got %v, want %v", want, i, a, b)
			}
		}
	}
}

func TestWhatGorgoniaCannotHoldIsAnError(t *testing.T) {
	for _, v := range []tensor.Value{
		nil,
		tensor.Scalar(tensor.Float16(0)),
		&tensor.Sequence{Of: tensor.TensorOf(tensor.F32)},
	} {
		if g, err := toGorgonia(v); err == nil {
			t.Errorf("%s became %v", tensor.Describe(v), g)
		}
	}
	empty, _ := tensor.New(tensor.F32, tensor.Shape{2, 0})
	if g, err := toGorgonia(empty); err == nil && g.Shape()[1] != 0 { // depends on its version
		t.Errorf("%v became %v", empty, g.Shape())
	}
}

func TestConversionsThatChangeAValueAreRefused(t *testing.T) {
	for _, c := range []struct {
		from *tensor.Tensor
		to   tensor.DType
		ok   bool
	}{
		{tensor.Scalar(float32(3)), tensor.I64, true},
		{tensor.Scalar(float32(-3)), tensor.U8, false},
		{tensor.Scalar(float32(2.5)), tensor.I64, false},
		{tensor.Scalar(float64(2.5)), tensor.F32, true},
		{tensor.Scalar(float64(0.1)), tensor.F32, false},
		{tensor.Scalar(int64(1 << 40)), tensor.I32, false},
		{tensor.Scalar(int64(1<<24 + 1)), tensor.F32, false},
		{tensor.Scalar(true), tensor.F32, false},
		{tensor.Scalar("3"), tensor.I64, false},
		{tensor.Scalar("3"), tensor.Undefined, true},
	} {
		got, err := exactly(c.from, c.to)
		if (err == nil) != c.ok {
			t.Errorf("%s of %v to %v: got %v, %v", tensor.FormatElement(c.from, 0), c.from.DType(), c.to, got, err)
		}
	}
}
