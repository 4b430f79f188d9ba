package math_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func TestCumSum(t *testing.T) {
	x := tensor.Of[int32](shape{2, 3}, 1, 2, 3, 4, 5, 6)
	run(t, "CumSum", []test{
		{name: "rows", in: in(x, tensor.Scalar[int32](1)), want: tensor.Of[int32](shape{2, 3}, 1, 3, 6, 4, 9, 15)},
		{name: "columns from the end", attrs: attrs{"reverse": 1}, in: in(x, tensor.Scalar[int64](-2)), want: tensor.Of[int32](shape{2, 3}, 5, 7, 9, 4, 5, 6)},
		{name: "exclusive", attrs: attrs{"exclusive": 1}, in: in(x, vector[int64](1)), want: tensor.Of[int32](shape{2, 3}, 0, 1, 3, 0, 4, 9)},
		{name: "float16", in: in(vector(tensor.ToFloat16(2048), tensor.ToFloat16(1), tensor.ToFloat16(1)), tensor.Scalar[int32](0)),
			want: vector(tensor.ToFloat16(2048), tensor.ToFloat16(2048), tensor.ToFloat16(2050))},
		{name: "nothing", in: in(tensor.Of[float32](shape{0, 2}), tensor.Scalar[int32](0)), want: tensor.Of[float32](shape{0, 2})},
		{name: "no such axis", in: in(x, tensor.Scalar[int32](2)), fails: "input 1 (axis)"},
		{name: "scalar", in: in(tensor.Scalar[float32](1), tensor.Scalar[int32](0)), fails: "input 1 (axis)"},
	})
	run(t, "CumProd", []test{
		{name: "rows", opset: 26, in: in(x, tensor.Scalar[int32](1)), want: tensor.Of[int32](shape{2, 3}, 1, 2, 6, 4, 20, 120)},
		{name: "exclusive from the end", opset: 26, attrs: attrs{"exclusive": 1, "reverse": 1},
			in: in(vector[float32](1, 2, 3), tensor.Scalar[int32](0)), want: vector[float32](6, 3, 1)},
	})
}

func TestDet(t *testing.T) {
	run(t, "Det", []test{
		{name: "batch", in: in(tensor.Of[float32](shape{2, 2, 2}, 1, 2, 3, 4, 0, 1, 1, 0)), want: vector[float32](-2, -1)},
		{name: "pivots", in: in(tensor.Of(shape{3, 3}, 0., 2, 1, 1, 1, 0, 3, 0, 1)), want: tensor.Scalar(-5.)},
		{name: "singular", in: in(tensor.Of(shape{2, 2}, 1., 2, 2, 4)), want: tensor.Scalar(0.)},
		{name: "no rows", in: in(tensor.Of[float32](shape{2, 0, 0})), want: vector[float32](1, 1)},
		{name: "not square", in: in(tensor.Of[float32](shape{1, 2}, 1, 2)), fails: "square"},
	})
}
