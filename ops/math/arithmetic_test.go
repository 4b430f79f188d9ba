package math_test

import (
	gomath "math"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func TestAdd(t *testing.T) {
	f16 := func(v ...float32) *tensor.Tensor {
		h := make([]tensor.Float16, len(v))
		tensor.NarrowToFloat16(h, v)
		return vector(h...)
	}
	bf16 := func(v ...float32) *tensor.Tensor {
		h := make([]tensor.BFloat16, len(v))
		tensor.NarrowToBFloat16(h, v)
		return vector(h...)
	}
	a := tensor.Of[float32](shape{2, 3, 2}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	run(t, "Add", []test{
		{name: "broadcasts both ways",
			in:   in(tensor.Of[float32](shape{2, 1, 2}, 1, 2, 3, 4), tensor.Of[float32](shape{3, 1}, 10, 20, 30)),
			want: tensor.Of[float32](shape{2, 3, 2}, 11, 12, 21, 22, 31, 32, 13, 14, 23, 24, 33, 34)},
		{name: "scalars", in: in(tensor.Scalar(1.5), tensor.Scalar(2.0)), want: tensor.Scalar(3.5)},
		{name: "nothing", in: in(tensor.Of[float32](shape{0, 3}), vector[float32](1, 2, 3)), want: tensor.Of[float32](shape{0, 3})},
		{name: "int8 wraps", in: in(vector[int8](127, -128), vector[int8](1, -1)), want: vector[int8](-128, 127)},
		{name: "uint64", in: in(vector[uint64](1<<63), vector[uint64](1<<62)), want: vector[uint64](3 << 62)},
		{name: "float16", in: in(f16(1, 2048), f16(0.5, 1)), want: f16(1.5, 2048)},
		{name: "bfloat16", in: in(bf16(1, 256), bf16(0.5, 1)), want: bf16(1.5, 256)},
		{name: "shapes that do not broadcast", in: in(vector[float32](1, 2), vector[float32](1, 2, 3)), fails: "do not broadcast"},
		{name: "types differ", in: in(vector[float32](1), vector(1.0)), fails: "want float32 as input 0"},
		{name: "version 6 does not broadcast by itself", opset: 6, in: in(a, vector[float32](1, 2)), fails: "broadcast is 0"},
		{name: "version 6 broadcasts to the last dimensions", opset: 6, attrs: attrs{"broadcast": 1},
			in:   in(a, vector[float32](10, 20)),
			want: tensor.Of[float32](shape{2, 3, 2}, 11, 22, 13, 24, 15, 26, 17, 28, 19, 30, 21, 32)},
		{name: "version 6 broadcasts from an axis", opset: 6, attrs: attrs{"broadcast": 1, "axis": 1},
			in:   in(a, vector[float32](10, 20, 30)),
			want: tensor.Of[float32](shape{2, 3, 2}, 11, 12, 23, 24, 35, 36, 17, 18, 29, 30, 41, 42)},
		{name: "version 1 broadcasts a single element of any rank", opset: 1,
			attrs: attrs{"broadcast": 1, "consumed_inputs": []int{0, 0}},
			in:    in(vector[float32](1, 2), tensor.Of[float32](shape{1, 1}, 5)), want: vector[float32](6, 7)},
		{name: "version 6 with an axis too far", opset: 6, attrs: attrs{"broadcast": 1, "axis": 2},
			in: in(a, tensor.Of[float32](shape{3, 2}, 1, 2, 3, 4, 5, 6)), fails: "does not fit"},
		{name: "version 6 does not broadcast the first input", opset: 6, attrs: attrs{"broadcast": 1},
			in: in(tensor.Of[float32](shape{1}, 1), vector[float32](1, 2)), fails: "does not broadcast"},
	})
}

func TestSubAndMul(t *testing.T) {
	run(t, "Sub", []test{
		{name: "scalar left", in: in(tensor.Scalar[int32](10), vector[int32](1, 2)), want: vector[int32](9, 8)},
		{name: "scalar right", in: in(vector[int32](1, 2), tensor.Scalar[int32](10)), want: vector[int32](-9, -8)},
	})
	run(t, "Mul", []test{
		{name: "column", in: in(tensor.Of[float64](shape{2, 2}, 1, 2, 3, 4), tensor.Of[float64](shape{2, 1}, 10, 100)),
			want: tensor.Of[float64](shape{2, 2}, 10, 20, 300, 400)},
		{name: "uint8 wraps", in: in(vector[uint8](200), vector[uint8](2)), want: vector[uint8](144)},
	})
}

func TestDiv(t *testing.T) {
	run(t, "Div", []test{
		{name: "integers truncate", in: in(vector[int32](7, -7, 7, -7), vector[int32](2, 2, -2, -2)), want: vector[int32](3, -3, -3, 3)},
		{name: "smallest integer by -1", in: in(vector[int64](gomath.MinInt64), vector[int64](-1)), want: vector[int64](gomath.MinInt64)},
		{name: "smallest int8 by -1", in: in(vector[int8](-128), tensor.Scalar[int8](-1)), want: vector[int8](-128)},
		{name: "integer by zero", in: in(vector[int32](7, 7), vector[int32](2, 0)), fails: "division by zero at element 1"},
		{name: "nothing by zero", in: in(vector[int32](), tensor.Scalar[int32](0)), want: vector[int32]()},
		{name: "floats by zero", in: in(vector[float32](1, -1, 0), tensor.Scalar[float32](0)), want: vector(inf, -inf, nan)},
	})
}

func TestMod(t *testing.T) {
	a, b := vector[int32](-4, 7, 5, 4, -7, 8), vector[int32](2, -3, 8, -2, 3, 5)
	run(t, "Mod", []test{
		{name: "sign of the divisor", in: in(a, b), want: vector[int32](0, -2, 5, 0, 2, 3)},
		{name: "sign of the dividend", attrs: attrs{"fmod": 1}, in: in(a, b), want: vector[int32](0, 1, 5, 0, -1, 3)},
		{name: "floats", attrs: attrs{"fmod": 1}, in: in(vector[float32](-4.25, 7.5, 5, inf, 3), vector[float32](2, -3.5, inf, 2, 0)),
			want: vector(-0.25, 0.5, 5, nan, nan)},
		{name: "floats without fmod", in: in(vector[float32](1), vector[float32](1)), fails: "attribute fmod"},
		{name: "smallest integer by -1", in: in(vector[int8](-128), vector[int8](-1)), want: vector[int8](0)},
		{name: "by zero", in: in(vector[uint8](1), vector[uint8](0)), fails: "division by zero"},
	})
}

func TestPow(t *testing.T) {
	run(t, "Pow", []test{
		{name: "scalar exponents", in: in(vector[float32](1, 2, 3), tensor.Scalar[float32](2)), want: vector[float32](1, 4, 9)},
		{name: "square root of what is not positive", in: in(vector(-inf, -1, 0, float32(gomath.Copysign(0, -1))), tensor.Scalar[float32](0.5)),
			want: vector(inf, nan, 0, 0)},
		{name: "vector of exponents", in: in(vector[float32](2, 2, -2, 0), vector[float32](10, -1, 3, 0)), want: vector[float32](1024, 0.5, -8, 1)},
		{name: "large", in: in(vector[float32](10, 10, 10), vector[float32](38, 39, -45)), want: vector(1e38, inf, 1e-45)},
		{name: "int32 exponent", in: in(vector[float32](1, 2, -3), vector[int32](4, 5, 3)), want: vector[float32](1, 32, -27)},
		{name: "uint64 exponent", in: in(vector(1., 2), vector[uint64](4, 5)), want: vector(1., 32)},
		{name: "float16 exponent", in: in(vector[float32](2), vector(tensor.ToFloat16(3))), want: vector[float32](8)},
		{name: "float16 base", in: in(vector(tensor.ToFloat16(3)), vector[int64](2)), want: vector(tensor.ToFloat16(9))},
		{name: "int base, float exponent", in: in(vector[int32](4, 10, 2), vector[float32](0.5, 0.5, -1)), want: vector[int32](2, 3, 0)},
		{name: "int powers", in: in(vector[int64](3, -2, 2, 7), vector[int8](4, 3, -1, 0)), want: vector[int64](81, -8, 0, 1)},
		{name: "int powers of one", in: in(vector[int32](1, -1, -1, 0), vector[int32](-5, -5, -4, -1)), want: vector[int32](1, -1, 1, 0)},
		{name: "int powers wrap", in: in(vector[int32](2, 3), vector[uint32](31, 21)), want: vector[int32](gomath.MinInt32, 1870418611)},
		{name: "version 1 broadcasts when told", opset: 1, attrs: attrs{"broadcast": 1, "axis": 0},
			in:   in(tensor.Of[float32](shape{2, 2}, 1, 2, 3, 4), vector[float32](1, 2)),
			want: tensor.Of[float32](shape{2, 2}, 1, 2, 9, 16)},
	})
}

func TestVariadic(t *testing.T) {
	a, b, c := vector[float32](1, nan, 3), vector[float32](4, 2, nan), vector[float32](0, 9, 1)
	row, col := tensor.Of[float32](shape{1, 2}, 1, 2), tensor.Of[float32](shape{3, 1}, 10, 20, 30)
	run(t, "Max", []test{
		{name: "NaN stays", in: in(a, b, c), want: vector(4, nan, nan)},
		{name: "one input", in: in(c), want: c},
		{name: "broadcasts", in: in(row, tensor.Scalar[float32](1.5), col), want: tensor.Of[float32](shape{3, 2}, 10, 10, 20, 20, 30, 30)},
		{name: "the last input decides the shape", in: in(tensor.Scalar[float32](1), tensor.Scalar[float32](2), vector[float32](0, 5)), want: vector[float32](2, 5)},
		{name: "version 6 does not broadcast", opset: 6, in: in(row, col), fails: "input 1"},
		{name: "uint16", in: in(vector[uint16](1, 65535), vector[uint16](2, 3)), want: vector[uint16](2, 65535)},
	})
	run(t, "Min", []test{
		{name: "NaN stays", in: in(a, b, c), want: vector(0, nan, nan)},
		{name: "bfloat16", in: in(vector(tensor.ToBFloat16(1)), vector(tensor.ToBFloat16(-2))), want: vector(tensor.ToBFloat16(-2))},
	})
	run(t, "Sum", []test{
		{name: "three", in: in(row, col, tensor.Scalar[float32](100)), want: tensor.Of[float32](shape{3, 2}, 111, 112, 121, 122, 131, 132)},
		{name: "float16 rounds once", in: in(vector(tensor.ToFloat16(2048)), vector(tensor.ToFloat16(1)), vector(tensor.ToFloat16(1))),
			want: vector(tensor.ToFloat16(2050))},
		{name: "version 1", opset: 1, attrs: attrs{"consumed_inputs": []int{1, 0}}, in: in(c, c), want: vector[float32](0, 18, 2)},
	})
	run(t, "Mean", []test{
		{name: "three", in: in(vector(1., 2), vector(2., 2), vector(6., 2)), want: vector(3., 2)},
		{name: "nothing", in: in(vector[float32]()), want: vector[float32]()},
	})
}
