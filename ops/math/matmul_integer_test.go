package math

import (
	"fmt"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestMatMulIntegerSubtractsZeroPoints(t *testing.T) {
	u := func(shape tensor.Shape, v ...uint8) tensor.Value { return tensor.Of(shape, v...) }
	s := func(shape tensor.Shape, v ...int8) tensor.Value { return tensor.Of(shape, v...) }
	a, b := u(tensor.Shape{2, 2}, 255, 1, 2, 3), s(tensor.Shape{2, 2}, -128, 1, 2, 127)
	for _, k := range []struct {
		in   []tensor.Value
		want string
	}{
		{[]tensor.Value{a, b}, "[-32638 382 -250 383]"},
		{[]tensor.Value{a, b, u(tensor.Shape{}, 1)}, "[-32512 254 -124 255]"},
		{[]tensor.Value{a, b, u(tensor.Shape{2}, 1, 2)}, "[-32512 254 2 127]"},
		{[]tensor.Value{a, b, u(tensor.Shape{2, 1}, 1, 2)}, "[-32512 254 2 127]"},
		{[]tensor.Value{a, b, u(tensor.Shape{2}, 1, 2), s(tensor.Shape{2}, 1, 127)}, "[-32766 -32004 1 0]"},
		{[]tensor.Value{a, b, u(tensor.Shape{2}, 1, 2), s(tensor.Shape{1, 2}, 1, 127)}, "[-32766 -32004 1 0]"},
		{[]tensor.Value{u(tensor.Shape{2}, 1, 2), b, u(tensor.Shape{1}, 1)}, "[2 127]"},
		{[]tensor.Value{u(tensor.Shape{2, 1, 1}, 1, 2), s(tensor.Shape{2, 1, 2}, 1, 2, 3, 4), u(tensor.Shape{2, 1, 1}, 1, 1), s(tensor.Shape{2, 1, 2}, 0, 0, 3, 1)}, "[0 0 0 3]"},
	} {
		for _, constant := range []bool{false, true} {
			y := optest.MustRun(t, Defs, optest.Node{Op: "MatMulInteger", Opset: 10, Constants: constant}, k.in...)[0]
			if got := fmt.Sprint(tensor.Data[int32](y)); got != k.want {
				t.Errorf("%v: got %v, want %v", k.in, got, k.want)
			}
		}
	}
	for _, in := range [][]tensor.Value{
		{a, u(tensor.Shape{3, 1}, 1, 2, 3)},
		{a, b, u(tensor.Shape{3}, 1, 2, 3)},
		{a, b, u(tensor.Shape{1, 2}, 1, 2)},
		{a, b, nil, s(tensor.Shape{2, 1}, 1, 2)},
		{a, b, nil, s(tensor.Shape{0})},
		{u(tensor.Shape{2}, 1, 2), b, u(tensor.Shape{2}, 1, 2)},
	} {
		for _, constant := range []bool{false, true} {
			if _, err := optest.Run(Defs, optest.Node{Op: "MatMulInteger", Opset: 10, Constants: constant}, in...); err == nil {
				t.Errorf("%v: got no error", in)
			}
		}
	}
}
