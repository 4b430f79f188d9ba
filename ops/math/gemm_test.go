package math

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestGemmInEveryTypeAndShapeOfC(t *testing.T) {
	// A = [1 2; 3 4; 5 6], B = [1 0 2; 0 1 3], A·B = [1 2 8; 3 4 18; 5 6 28].
	a, at := []float64{1, 2, 3, 4, 5, 6}, []float64{1, 3, 5, 2, 4, 6}
	b, bt := []float64{1, 0, 2, 0, 1, 3}, []float64{1, 0, 0, 1, 2, 3}
	for _, k := range []struct {
		name  string
		c     []float64
		shape tensor.Shape
		attrs optest.Attrs
		want  string
	}{
		{name: "no C", want: "[1 2 8 3 4 18 5 6 28]"},
		{name: "alpha", attrs: optest.Attrs{"alpha": float32(2)}, want: "[2 4 16 6 8 36 10 12 56]"},
		{name: "scalar", c: []float64{1}, shape: tensor.Shape{}, want: "[2 3 9 4 5 19 6 7 29]"},
		{name: "one element", c: []float64{1}, shape: tensor.Shape{1}, want: "[2 3 9 4 5 19 6 7 29]"},
		{name: "row", c: []float64{1, 2, 3}, shape: tensor.Shape{3}, want: "[2 4 11 4 6 21 6 8 31]"},
		{name: "row matrix", c: []float64{1, 2, 3}, shape: tensor.Shape{1, 3}, attrs: optest.Attrs{"beta": float32(2)}, want: "[3 6 14 5 8 24 7 10 34]"},
		{name: "column", c: []float64{1, 2, 3}, shape: tensor.Shape{3, 1}, want: "[2 3 9 5 6 20 8 9 31]"},
		{name: "matrix", c: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, shape: tensor.Shape{3, 3}, attrs: optest.Attrs{"alpha": float32(2), "beta": float32(3)}, want: "[5 10 25 18 23 54 31 36 83]"},
		{name: "beta 0", c: []float64{1, 2, 3}, shape: tensor.Shape{3}, attrs: optest.Attrs{"beta": float32(0)}, want: "[1 2 8 3 4 18 5 6 28]"},
		{name: "halves", c: []float64{2, 4, 6}, shape: tensor.Shape{3}, attrs: optest.Attrs{"alpha": float32(2), "beta": float32(0.5)}, want: "[3 6 19 7 10 39 11 14 59]"},
	} {
		for mode := range 4 {
			attrs := optest.Attrs{"transA": mode & 1, "transB": mode >> 1}
			for n, v := range k.attrs {
				attrs[n] = v
			}
			for _, d := range productTypes.List() {
				x, y := productOf(d, tensor.Shape{3, 2}, a), productOf(d, tensor.Shape{2, 3}, b)
				if mode&1 != 0 {
					x = productOf(d, tensor.Shape{2, 3}, at)
				}
				if mode&2 != 0 {
					y = productOf(d, tensor.Shape{3, 2}, bt)
				}
				in := []tensor.Value{x, y}
				if k.shape != nil {
					in = append(in, productOf(d, k.shape, k.c))
				}
				for _, constant := range []bool{false, true} {
					out := optest.MustRun(t, Defs, optest.Node{Op: "Gemm", Opset: 13, Attrs: attrs, Constants: constant}, in...)[0]
					if got := fmt.Sprint(productValues(out)); got != k.want {
						t.Errorf("%s, %v, transA and B %d, constants %v: got %s, want %s", k.name, d, mode, constant, got, k.want)
					}
				}
			}
		}
	}
}

func TestGemm6BroadcastsOnlyOnRequest(t *testing.T) {
	a, b, c := productOf(tensor.F32, tensor.Shape{2, 1}, []float64{1, 2}), productOf(tensor.F32, tensor.Shape{1, 2}, []float64{1, 1}), productOf(tensor.F32, tensor.Shape{2}, []float64{5, 6})
	out := optest.MustRun(t, Defs, optest.Node{Op: "Gemm", Opset: 6, Attrs: optest.Attrs{"broadcast": 1}}, a, b, c)[0]
	if got := fmt.Sprint(productValues(out)); got != "[6 7 7 8]" {
		t.Errorf("got %s, want [6 7 7 8]", got)
	}
	if _, err := optest.Run(Defs, optest.Node{Op: "Gemm", Opset: 6}, a, b, c); err == nil || !strings.Contains(err.Error(), "broadcast") {
		t.Errorf("got error %v, want one about the attribute broadcast", err)
	}
}

func TestGemmOfIntegersWithFractions(t *testing.T) {
	a, b, c := productOf(tensor.I32, tensor.Shape{1, 1}, []float64{7}), productOf(tensor.I32, tensor.Shape{1, 2}, []float64{1, -1}), productOf(tensor.I32, tensor.Shape{2}, []float64{1, 1})
	out := optest.MustRun(t, Defs, optest.Node{Op: "Gemm", Opset: 9, Attrs: optest.Attrs{"alpha": float32(0.5), "beta": float32(0.25)}}, a, b, c)[0]
	if got := fmt.Sprint(productValues(out)); got != "[3 -3]" { // 3.75 and -3.25
		t.Errorf("got %s, want [3 -3]", got)
	}
}

func TestGemmRefusesWhatDoesNotFit(t *testing.T) {
	m := func(shape ...int) tensor.Value {
		return productOf(tensor.F32, shape, make([]float64, tensor.Shape(shape).Len()))
	}
	for _, k := range []struct {
		in   []tensor.Value
		want string
	}{
		{[]tensor.Value{m(2), m(2, 2)}, "want matrices"},
		{[]tensor.Value{m(2, 3), m(2, 2)}, "input 1 (B)"},
		{[]tensor.Value{m(2, 3), m(3, 2), m(3)}, "input 2 (C)"},
		{[]tensor.Value{m(2, 3), m(3, 2), m(1, 2, 2)}, "input 2 (C)"},
	} {
		for _, constant := range []bool{false, true} {
			_, err := optest.Run(Defs, optest.Node{Op: "Gemm", Opset: 13, Constants: constant}, k.in...)
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("got error %v, want one about %q", err, k.want)
			}
		}
	}
	out := optest.MustRun(t, Defs, optest.Node{Op: "Gemm", Opset: 13}, m(0, 3), m(3, 2), m(1, 2))[0]
	if !out.Shape().Equal(tensor.Shape{0, 2}) {
		t.Errorf("got %v, want an empty matrix", out)
	}
	out = optest.MustRun(t, Defs, optest.Node{Op: "Gemm", Opset: 13}, m(1, 0), m(0, 2))[0]
	if got := fmt.Sprint(productValues(out)); got != "[0 0]" {
		t.Errorf("got %v, want the empty sum", got)
	}
}

// productOf makes a tensor of an element type from numbers.
func productOf(d tensor.DType, shape tensor.Shape, v []float64) *tensor.Tensor {
	switch d {
	case tensor.F16:
		return productFrom(shape, v, func(f float64) tensor.Float16 { return tensor.ToFloat16(float32(f)) })
	case tensor.BF16:
		return productFrom(shape, v, func(f float64) tensor.BFloat16 { return tensor.ToBFloat16(float32(f)) })
	case tensor.F32:
		return productFrom(shape, v, func(f float64) float32 { return float32(f) })
	case tensor.F64:
		return productFrom(shape, v, func(f float64) float64 { return f })
	case tensor.I32:
		return productFrom(shape, v, func(f float64) int32 { return int32(f) })
	case tensor.I64:
		return productFrom(shape, v, func(f float64) int64 { return int64(f) })
	case tensor.U32:
		return productFrom(shape, v, func(f float64) uint32 { return uint32(f) })
	case tensor.U64:
		return productFrom(shape, v, func(f float64) uint64 { return uint64(f) })
	case tensor.I8:
		return productFrom(shape, v, func(f float64) int8 { return int8(f) })
	case tensor.U8:
		return productFrom(shape, v, func(f float64) uint8 { return uint8(f) })
	}
	panic(d)
}

func productFrom[T tensor.Element](shape tensor.Shape, v []float64, f func(float64) T) *tensor.Tensor {
	l := make([]T, len(v))
	for i, x := range v {
		l[i] = f(x)
	}
	return tensor.Of(shape, l...)
}

// productValues returns the elements of a tensor as numbers.
func productValues(t *tensor.Tensor) []float64 {
	switch t.DType() {
	case tensor.F16:
		return productNumbers(t, func(v tensor.Float16) float64 { return float64(v.Float32()) })
	case tensor.BF16:
		return productNumbers(t, func(v tensor.BFloat16) float64 { return float64(v.Float32()) })
	case tensor.F32:
		return productNumbers(t, func(v float32) float64 { return float64(v) })
	case tensor.F64:
		return productNumbers(t, func(v float64) float64 { return v })
	case tensor.I32:
		return productNumbers(t, func(v int32) float64 { return float64(v) })
	case tensor.I64:
		return productNumbers(t, func(v int64) float64 { return float64(v) })
	case tensor.U32:
		return productNumbers(t, func(v uint32) float64 { return float64(v) })
	case tensor.U64:
		return productNumbers(t, func(v uint64) float64 { return float64(v) })
	}
	panic(t)
}

func productNumbers[T tensor.Element](t *tensor.Tensor, f func(T) float64) []float64 {
	var l []float64
	for _, v := range tensor.Data[T](t) {
		l = append(l, f(v))
	}
	return l
}
