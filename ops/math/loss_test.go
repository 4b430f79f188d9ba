package math_test

import (
	gomath "math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestNegativeLogLikelihoodLoss(t *testing.T) {
	x := tensor.Of[float32](shape{2, 3, 2}, 1, 2, 2, 2, 3, 2, 0, 1, 2, 2, 1, 2)
	target := tensor.Of[int64](shape{2, 2}, 2, 1, 0, 2)
	weight := vector[float32](0.25, 0.5, 0.125)
	run(t, "NegativeLogLikelihoodLoss", []test{
		{name: "none", attrs: attrs{"reduction": "none"}, in: in(x, target),
			want: tensor.Of[float32](shape{2, 2}, -3, -2, float32(gomath.Copysign(0, -1)), -2)},
		{name: "sum", attrs: attrs{"reduction": "sum"}, in: in(x, target), want: tensor.Scalar[float32](-7)},
		{name: "mean", in: in(x, target), want: tensor.Scalar[float32](-1.75)},
		{name: "weighted mean", in: in(x, target, weight), want: tensor.Scalar[float32](-(0.375 + 1 + 0 + 0.25) / 1)},
		{name: "ignored", attrs: attrs{"ignore_index": 2}, in: in(x, target), want: tensor.Scalar[float32](-1)},
		{name: "ignored beyond the classes", attrs: attrs{"ignore_index": -9}, in: in(x, tensor.Of[int32](shape{2, 2}, -9, 1, -9, -9)), want: tensor.Scalar[float32](-2)},
		{name: "class out of range", in: in(x, tensor.Of[int32](shape{2, 2}, 0, 3, 0, 0)), fails: "element 1 is 3"},
		{name: "shape of the target", in: in(x, vector[int64](1, 2)), fails: "input 1"},
		{name: "weights of another number", in: in(x, target, vector[float32](1)), fails: "input 2"},
		{name: "rank 1", in: in(vector[float32](1), target), fails: "input 0"},
		{name: "no such reduction", attrs: attrs{"reduction": "max"}, in: in(x, target), fails: "reduction"},
	})
}

func TestSoftmaxCrossEntropyLoss(t *testing.T) {
	x := tensor.Of(shape{2, 3}, 1000., 1001, 1002, 0, 0, 0)
	out := optest.MustRun(t, math.Defs, optest.Node{Op: "SoftmaxCrossEntropyLoss", Opset: 13, Outputs: 2, Attrs: attrs{"reduction": "none"}},
		x, vector[int32](0, 2))
	l := gomath.Log(1 + gomath.Exp(-1) + gomath.Exp(-2))
	for i, want := range []float64{2 + l, gomath.Log(3)} {
		if got := tensor.Data[float64](out[0])[i]; gomath.Abs(got-want) > 1e-12 {
			t.Errorf("loss %d: got %v, want %v", i, got, want)
		}
	}
	for i, want := range []float64{-2 - l, -1 - l, -l, -gomath.Log(3), -gomath.Log(3), -gomath.Log(3)} {
		if got := tensor.Data[float64](out[1])[i]; gomath.Abs(got-want) > 1e-12 {
			t.Errorf("log_prob %d: got %v, want %v", i, got, want)
		}
	}
	run(t, "SoftmaxCrossEntropyLoss", []test{
		{name: "no spatial elements", in: in(tensor.Of[float32](shape{1, 2, 0}), tensor.Of[int64](shape{1, 0})), want: tensor.Scalar(nan)},
		{name: "class out of range", in: in(x, vector[int32](0, -1)), fails: "element 1 is -1"},
	})
}
