package math_test

import (
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestAddBroadcastsBothWays(t *testing.T) {
	a := tensor.Of[float32](tensor.Shape{2, 1, 2}, 1, 2, 3, 4)
	b := tensor.Of[float32](tensor.Shape{3, 1}, 10, 20, 30)
	y := optest.MustRun(t, math.Defs, optest.Node{Op: "Add", Opset: 14}, a, b)[0]
	if !y.Shape().Equal(tensor.Shape{2, 3, 2}) {
		t.Fatalf("got %v", y)
	}
	want := []float32{11, 12, 21, 22, 31, 32, 13, 14, 23, 24, 33, 34}
	if got := tensor.Data[float32](y); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
