package nn

import (
	"fmt"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestConvIntegerSubtractsZeroPoints(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 1, 3}, uint8(2), 3, 255)
	w := tensor.Of(tensor.Shape{2, 1, 2}, int8(1), -128, 2, 3)
	for _, k := range []struct {
		in   []tensor.Value
		want string
	}{
		{[]tensor.Value{x, w}, "[-256 -382 -32637 255 6 13 771 510]"},
		// x - 2 = 0 1 253; padding is 0.
		{[]tensor.Value{x, w, tensor.Scalar(uint8(2))}, "[0 -128 -32383 253 0 3 761 506]"},
		// w - [1, 2] = 0 -129; 0 1.
		{[]tensor.Value{x, w, tensor.Of(tensor.Shape{1}, uint8(2)), tensor.Of(tensor.Shape{2}, int8(1), 2)}, "[0 -129 -32637 0 0 1 253 0]"},
		{[]tensor.Value{x, w, nil, tensor.Scalar(int8(1))}, "[-258 -387 -32895 0 4 8 513 255]"},
	} {
		for _, constant := range []bool{false, true} {
			y := optest.MustRun(t, Defs, optest.Node{Op: "ConvInteger", Opset: 10, Constants: constant, Attrs: optest.Attrs{"pads": []int{1, 1}}}, k.in...)[0]
			if got := fmt.Sprint(tensor.Data[int32](y)); got != k.want {
				t.Errorf("%v: got %v, want %v", k.in, got, k.want)
			}
		}
	}
	for _, in := range [][]tensor.Value{
		{x, w, tensor.Of(tensor.Shape{2}, uint8(1), 2)},
		{x, w, nil, tensor.Of(tensor.Shape{3}, int8(1), 2, 3)},
		{x, w, nil, tensor.Of(tensor.Shape{0}, []int8{}...)},
	} {
		for _, constant := range []bool{false, true} {
			if _, err := optest.Run(Defs, optest.Node{Op: "ConvInteger", Opset: 10, Constants: constant}, in...); err == nil {
				t.Errorf("%v: got no error", in)
			}
		}
	}
}
