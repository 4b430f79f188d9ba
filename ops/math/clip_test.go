package math_test

import (
	gomath "math"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func TestClip(t *testing.T) {
	x := vector(-inf, -2, 0, 2, inf, nan)
	lo, hi := tensor.Scalar[float32](-1), tensor.Scalar[float32](1)
	largest := float32(gomath.MaxFloat32)
	run(t, "Clip", []test{
		{name: "both", in: in(x, lo, hi), want: vector(-1, -1, 0, 1, 1, nan)},
		{name: "lower", in: in(x, lo), want: vector(-1, -1, 0, 2, inf, nan)},
		{name: "upper", in: in(x, nil, hi), want: vector(-inf, -2, 0, 1, 1, nan)},
		{name: "none", in: in(x), want: x},
		{name: "min above max", in: in(x, hi, lo), want: vector(-1, -1, -1, -1, -1, nan)},
		{name: "int8", in: in(vector[int8](-9, 0, 9), tensor.Scalar[int8](-2), tensor.Scalar[int8](3)), want: vector[int8](-2, 0, 3)},
		{name: "uint64", in: in(vector[uint64](1<<63), nil, tensor.Scalar[uint64](5)), want: vector[uint64](5)},
		{name: "float16", in: in(vector(tensor.ToFloat16(-3), tensor.ToFloat16(3)), vector(tensor.ToFloat16(-1))),
			want: vector(tensor.ToFloat16(-1), tensor.ToFloat16(3))},
		{name: "a vector as bound", in: in(x, vector[float32](1, 2)), fails: "input 1 (min)"},
		{name: "version 1", opset: 1, attrs: attrs{"max": float32(1)}, in: in(x), want: vector(-inf, -2, 0, 1, 1, nan)},
		{name: "version 6", opset: 6, attrs: attrs{"min": float32(-1)}, in: in(x), want: vector(-1, -1, 0, 2, largest, nan)},
	})
}

func TestPRelu(t *testing.T) {
	x := tensor.Of[float32](shape{1, 2, 2}, -1, 2, -3, -4)
	run(t, "PRelu", []test{
		{name: "one slope", in: in(x, vector[float32](0.5)), want: tensor.Of[float32](shape{1, 2, 2}, -0.5, 2, -1.5, -2)},
		{name: "broadcast to the last dimension", in: in(x, vector[float32](1, 10)), want: tensor.Of[float32](shape{1, 2, 2}, -1, 2, -3, -40)},
		{name: "version 6: a slope a channel", opset: 6, in: in(x, vector[float32](1, 10)), want: tensor.Of[float32](shape{1, 2, 2}, -1, 2, -30, -40)},
		{name: "version 6: neither", opset: 6, in: in(x, vector[float32](1, 2, 3)), fails: "input 1 (slope)"},
		{name: "slope larger than X", in: in(vector[float32](1), vector[float32](1, 2)), fails: "does not broadcast"},
		{name: "int32", in: in(vector[int32](-3, 3), vector[int32](2)), want: vector[int32](-6, 3)},
	})
}

func TestSwiGLU(t *testing.T) {
	x, y := vector[float32](0, 40, -3), vector[float32](1, 2, 3)
	sig := func(v float64) float64 { return v / (1 + gomath.Exp(-v)) }
	run(t, "SwiGLU", []test{
		{opset: 28, in: in(x, y), want: vector(0, 80, float32(3*sig(-3)))},
		{name: "no broadcasting", opset: 28, in: in(x, vector[float32](1)), fails: "input 1 (B)"},
	})
}
