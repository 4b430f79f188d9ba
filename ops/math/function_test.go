package math_test

import (
	gomath "math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/tensor"
)

// TestFunctions compares the functions of one number with Go's, in all float
// types: float32 and the 16-bit types must be the float64 value rounded, to one
// unit in the last place.
func TestFunctions(t *testing.T) {
	sigmoid := func(x float64) float64 { return 1 / (1 + gomath.Exp(-x)) }
	elu := func(alpha, scale, width float64) func(float64) float64 {
		return func(x float64) float64 {
			if x > 0 {
				return scale * x
			}
			return scale * alpha * gomath.Expm1(x/width)
		}
	}
	clamp := func(x float64) float64 { return max(0, min(1, x)) }
	any := []float64{-30, -7.5, -3, -2.5, -1.5, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 1.5, 2.5, 3, 7.5, 30}
	unit := []float64{-1, -0.75, -0.5, -0.125, 0, 0.125, 0.5, 0.75, 1}
	positive := []float64{0.0625, 0.5, 1, 1.5, 2, 10, 1000}
	for _, c := range []struct {
		op    string
		opset int
		attrs attrs
		x     []float64
		f     func(float64) float64
	}{
		{"Abs", 13, nil, any, gomath.Abs},
		{"Acos", 7, nil, unit, gomath.Acos},
		{"Acosh", 9, nil, []float64{1, 1.5, 10}, gomath.Acosh},
		{"Asin", 22, nil, unit, gomath.Asin},
		{"Asinh", 9, nil, any, gomath.Asinh},
		{"Atan", 7, nil, any, gomath.Atan},
		{"Atanh", 9, nil, unit, gomath.Atanh},
		{"Ceil", 13, nil, any, gomath.Ceil},
		{"Celu", 28, attrs{"alpha": float32(2)}, any, elu(2, 1, 2)},
		{"Cos", 7, nil, any, gomath.Cos},
		{"Cosh", 9, nil, unit, gomath.Cosh},
		{"Elu", 6, attrs{"alpha": float32(2)}, any, elu(2, 1, 1)},
		{"Erf", 13, nil, any, gomath.Erf},
		{"Exp", 13, nil, unit, gomath.Exp},
		{"Floor", 13, nil, any, gomath.Floor},
		{"Gelu", 20, nil, any, func(x float64) float64 { return x / 2 * gomath.Erfc(-x/gomath.Sqrt2) }},
		{"Gelu", 20, attrs{"approximate": "tanh"}, any, func(x float64) float64 {
			return x * sigmoid(2*gomath.Sqrt(2/gomath.Pi)*(x+0.044715*x*x*x))
		}},
		{"HardSigmoid", 6, attrs{"alpha": float32(0.25), "beta": float32(0.5)}, any, func(x float64) float64 { return clamp(x/4 + 0.5) }},
		{"HardSwish", 14, nil, []float64{-4, -3, 0, 3, 4}, func(x float64) float64 { return x * clamp(x/6+0.5) }},
		{"LeakyRelu", 16, attrs{"alpha": float32(0.125)}, any, func(x float64) float64 { return max(x, x/8) }},
		{"Log", 13, nil, positive, gomath.Log},
		{"Mish", 18, nil, any, func(x float64) float64 { return x * gomath.Tanh(gomath.Log1p(gomath.Exp(x))) }},
		{"Neg", 13, nil, any, func(x float64) float64 { return -x }},
		{"Reciprocal", 13, nil, positive, func(x float64) float64 { return 1 / x }},
		{"Relu", 14, nil, any, func(x float64) float64 { return max(x, 0) }},
		{"Round", 22, nil, any, gomath.RoundToEven},
		{"Selu", 6, attrs{"alpha": float32(1.5), "gamma": float32(1.25)}, any, elu(1.5, 1.25, 1)},
		{"Sigmoid", 13, nil, any, sigmoid},
		{"Sign", 13, nil, any, func(x float64) float64 {
			if x == 0 {
				return 0
			}
			return gomath.Copysign(1, x)
		}},
		{"Sin", 7, nil, any, gomath.Sin},
		{"Sinh", 9, nil, unit, gomath.Sinh},
		{"Softplus", 1, nil, any, func(x float64) float64 { return gomath.Log1p(gomath.Exp(-gomath.Abs(x))) + max(x, 0) }},
		{"Softsign", 1, nil, any, func(x float64) float64 { return x / (1 + gomath.Abs(x)) }},
		{"Sqrt", 13, nil, positive, gomath.Sqrt},
		{"Swish", 24, attrs{"alpha": float32(2)}, any, func(x float64) float64 { return x * sigmoid(2*x) }},
		{"Tan", 7, nil, unit, gomath.Tan},
		{"Tanh", 13, nil, any, gomath.Tanh},
		{"ThresholdedRelu", 10, attrs{"alpha": float32(0.5)}, any, func(x float64) float64 {
			if x > 0.5 {
				return x
			}
			return 0
		}},
	} {
		n := len(c.x)
		for _, d := range []tensor.DType{tensor.F32, tensor.F64, tensor.F16, tensor.BF16} {
			// unit is the spacing of the type's numbers near 1, low its smallest.
			unit, low := 0x1p-23, 0x1p-149
			x64, x32 := c.x, make([]float32, n)
			for i, v := range c.x {
				x32[i] = float32(v)
			}
			var x *tensor.Tensor
			switch d {
			case tensor.F32:
				x = vector(x32...)
			case tensor.F64:
				x = vector(x64...)
				unit, low = 0x1p-50, 0x1p-1074
			case tensor.F16:
				h := make([]tensor.Float16, n)
				tensor.NarrowToFloat16(h, x32)
				x = vector(h...)
				unit, low = 0x1p-10, 0x1p-24
			case tensor.BF16:
				h := make([]tensor.BFloat16, n)
				tensor.NarrowToBFloat16(h, x32)
				x = vector(h...)
				unit, low = 0x1p-7, 0x1p-133
			}
			y := optest.MustRun(t, math.Defs, optest.Node{Op: c.op, Opset: c.opset, Attrs: c.attrs}, x)[0]
			if y.DType() != d || !y.Shape().Equal(x.Shape()) {
				t.Fatalf("%s of %v: got %v", c.op, x, y)
			}
			for i, v := range c.x {
				got, want := floatAt(y, i), c.f(v)
				if diff := gomath.Abs(got - want); !(diff <= unit*gomath.Abs(want)+low || got == want) {
					t.Errorf("%s %v: at %v got %v, want %v", c.op, d, v, got, want)
				}
			}
		}
	}
}

func floatAt(t *tensor.Tensor, i int) float64 {
	switch t.DType() {
	case tensor.F32:
		return float64(tensor.Data[float32](t)[i])
	case tensor.F64:
		return tensor.Data[float64](t)[i]
	case tensor.F16:
		return float64(tensor.Data[tensor.Float16](t)[i].Float32())
	}
	return float64(tensor.Data[tensor.BFloat16](t)[i].Float32())
}

func TestFunctionsOfSpecialNumbers(t *testing.T) {
	x := vector(nan, inf, -inf)
	zero := float32(gomath.Copysign(0, -1))
	for op, want := range map[string]*tensor.Tensor{
		"Abs":        vector(nan, inf, inf),
		"Elu":        vector(nan, inf, -1),
		"Erf":        vector(nan, 1, -1),
		"Exp":        vector(nan, inf, 0),
		"Gelu":       vector(nan, inf, zero),
		"HardSwish":  vector(nan, inf, 0),
		"LeakyRelu":  vector(nan, inf, -inf),
		"Log":        vector(nan, inf, nan),
		"Mish":       vector(nan, inf, zero),
		"Reciprocal": vector(nan, 0, zero),
		"Relu":       vector(nan, inf, 0),
		"Round":      vector(nan, inf, -inf),
		"Sigmoid":    vector[float32](nan, 1, 0),
		"Sign":       vector(nan, 1, -1),
		"Softplus":   vector(nan, inf, 0),
		"Softsign":   vector(nan, 1, -1),
		"Swish":      vector(nan, inf, zero),
		"Tanh":       vector(nan, 1, -1),
	} {
		run(t, op, []test{{name: op, opset: 24, in: in(x), want: want}})
	}
}

func TestIntegerFunctions(t *testing.T) {
	run(t, "Abs", []test{
		{name: "int8", in: in(vector[int8](-128, -5, 0, 7)), want: vector[int8](-128, 5, 0, 7)},
		{name: "uint32", in: in(vector[uint32](5)), want: vector[uint32](5)},
	})
	run(t, "Neg", []test{{name: "int16", in: in(vector[int16](-32768, 5)), want: vector[int16](-32768, -5)}})
	run(t, "Sign", []test{
		{name: "int64", in: in(vector[int64](-9, 0, 9)), want: vector[int64](-1, 0, 1)},
		{name: "uint8", in: in(vector[uint8](0, 200)), want: vector[uint8](0, 1)},
	})
	run(t, "Relu", []test{{name: "int32", in: in(vector[int32](-9, 0, 9)), want: vector[int32](0, 0, 9)}})
	run(t, "Erf", []test{{name: "int32", opset: 9, in: in(vector[int32](-9, 0, 9)), want: vector[int32](-1, 0, 1)}})
}

func TestSeluDefaults(t *testing.T) {
	x := vector[float32](1)
	run(t, "Selu", []test{
		{name: "version 1", opset: 1, in: in(x), want: vector[float32](1.0507)},
		{name: "version 6", opset: 6, in: in(x), want: vector[float32](1.05070102214813232421875)},
	})
}

func TestCeluRefusesToDivideByZero(t *testing.T) {
	run(t, "Celu", []test{{attrs: attrs{"alpha": float32(0)}, in: in(vector[float32](1)), fails: "alpha"}})
}
