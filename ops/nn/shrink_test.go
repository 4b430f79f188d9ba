package nn_test

import (
	"math"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/nn"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestShrink(t *testing.T) {
	n := optest.Node{Op: "Shrink", Opset: 9, Attrs: optest.Attrs{"lambd": float32(1.5), "bias": float32(1)}}
	y := optest.MustRun(t, nn.Defs, n, tensor.Of(tensor.Shape{5}, -2., -1, 0, 1.5, 3))[0]
	if got := tensor.Data[float64](y); !slices.Equal(got, []float64{-1, 0, 0, 0, 2}) {
		t.Errorf("float64: got %v", got)
	}
	y = optest.MustRun(t, nn.Defs, n, tensor.Of[uint8](tensor.Shape{3}, 0, 1, 200))[0]
	if got := tensor.Data[uint8](y); !slices.Equal(got, []uint8{0, 0, 199}) {
		t.Errorf("uint8: got %v", got)
	}
	y = optest.MustRun(t, nn.Defs, n, tensor.Of(tensor.Shape{1}, float32(math.NaN())))[0]
	if got := tensor.Data[float32](y)[0]; got == got {
		t.Errorf("NaN: got %v", got)
	}
	y = optest.MustRun(t, nn.Defs, n, tensor.Of(tensor.Shape{1}, tensor.ToFloat16(-3)))[0]
	if got := tensor.Data[tensor.Float16](y)[0].Float32(); got != -2 {
		t.Errorf("float16: got %v", got)
	}
}
