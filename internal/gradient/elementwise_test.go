package gradient_test

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfFunctionsOfOneInput(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	type A = optest.Attrs
	for _, c := range []struct {
		op     string
		opset  int
		lo, hi float64
		attrs  A
	}{
		{"Abs", 13, -2, 2, nil}, {"Neg", 6, -2, 2, nil}, {"Reciprocal", 13, 0.5, 2, nil}, {"Sqrt", 13, 0.5, 2, nil},
		{"Exp", 13, -2, 2, nil}, {"Log", 13, 0.5, 3, nil}, {"Erf", 13, -2, 2, nil},
		{"Sin", 7, -2, 2, nil}, {"Cos", 7, -2, 2, nil}, {"Tan", 7, -1, 1, nil},
		{"Asin", 7, -0.8, 0.8, nil}, {"Acos", 7, -0.8, 0.8, nil}, {"Atan", 7, -2, 2, nil},
		{"Sinh", 9, -2, 2, nil}, {"Cosh", 9, -2, 2, nil}, {"Tanh", 13, -2, 2, nil},
		{"Asinh", 9, -2, 2, nil}, {"Acosh", 9, 1.5, 3, nil}, {"Atanh", 9, -0.8, 0.8, nil},
		{"Relu", 14, -2, 2, nil}, {"LeakyRelu", 16, -2, 2, A{"alpha": float32(0.25)}}, {"LeakyRelu", 6, -2, 2, nil},
		{"ThresholdedRelu", 10, -2, 2, nil}, {"Shrink", 9, -2, 2, A{"bias": float32(0.5)}},
		{"Elu", 6, -2, 2, A{"alpha": float32(0.75)}}, {"Celu", 12, -2, 2, A{"alpha": float32(1.5)}},
		{"Selu", 6, -2, 2, nil}, {"Gelu", 20, -2, 2, nil}, {"Gelu", 20, -2, 2, A{"approximate": "tanh"}},
		{"Mish", 18, -2, 2, nil}, {"Swish", 24, -2, 2, A{"alpha": float32(1.5)}},
		{"Sigmoid", 13, -2, 2, nil}, {"HardSigmoid", 6, -4, 4, nil}, {"HardSwish", 14, -4, 4, nil},
		{"Softplus", 1, -2, 2, nil}, {"Softsign", 1, -2, 2, nil},
		{"Clip", 6, -2, 2, A{"min": float32(-0.5), "max": float32(1)}}, {"Clip", 6, -2, 2, A{"max": float32(1)}},
		{"Identity", 1, -2, 2, nil}, {"Dropout", 10, -2, 2, nil}, {"Dropout", 13, -2, 2, nil}, {"Dropout", 6, -2, 2, A{"is_test": 1}},
		{"Cast", 13, -2, 2, A{"to": int(tensor.F64)}},
		{"Floor", 13, -2, 2, nil}, {"Ceil", 13, -2, 2, nil}, {"Round", 11, -2, 2, nil}, {"Sign", 9, -2, 2, nil},
		{"Softmax", 13, -2, 2, A{"axis": 0}}, {"Softmax", 11, -2, 2, nil}, {"LogSoftmax", 13, -2, 2, nil}, {"LogSoftmax", 11, -2, 2, A{"axis": -2}},
		{"Hardmax", 13, -2, 2, nil},
	} {
		p := probe{op: c.op, opset: c.opset, attrs: c.attrs, in: []tensor.Value{between(r, c.lo, c.hi, 2, 3, 2)}}
		t.Run(p.title(), func(t *testing.T) { p.check(t) })
	}
}

func TestDerivativesOfFunctionsOfSeveralInputs(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	two := func(a, b *tensor.Tensor) []tensor.Value { return []tensor.Value{a, b} }
	both := []int{0, 1}
	var probes []probe
	for _, op := range []string{"Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean"} {
		for _, s := range [][2][]int{{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3}, {2, 3}}, {{2, 1, 3}, {4, 1}}, {{}, {2, 2}}, {{2, 2}, {}}, {{1, 1}, {2}}} {
			probes = append(probes, probe{op: op, opset: 13, wrt: both, in: two(random(r, s[0]...), between(r, 0.5, 2, s[1]...))})
		}
	}
	a, b, c := random(r, 2, 3), random(r, 3), random(r, 4, 1, 1)
	probes = append(probes, []probe{
		{op: "Sum", wrt: []int{0, 1, 2}, in: []tensor.Value{a, b, c}},
		{op: "Mean", wrt: []int{0, 2}, in: []tensor.Value{a, b, c}},
		{op: "Max", wrt: []int{0, 1, 2}, in: []tensor.Value{a, b, c}},
		{op: "Min", wrt: []int{1}, in: []tensor.Value{a, b, c}},
		{op: "Add", opset: 6, wrt: both, attrs: optest.Attrs{"broadcast": 1, "axis": 1}, in: two(random(r, 2, 3, 4), random(r, 3))},
		{op: "Mul", opset: 6, wrt: both, attrs: optest.Attrs{"broadcast": 1, "axis": 0}, in: two(random(r, 2, 3, 4), random(r, 2, 3))},
		{op: "Div", opset: 6, wrt: both, attrs: optest.Attrs{"broadcast": 1}, in: two(random(r, 2, 3), between(r, 1, 2, 3))},
		{op: "Pow", wrt: both, in: two(between(r, 0.5, 2, 2, 3), random(r, 3))},
		{op: "Pow", name: "int exponent", in: two(random(r, 2, 3), i64(0, 1, 3))},
		{op: "Mod", wrt: both, attrs: optest.Attrs{"fmod": 1}, in: two(between(r, 5, 6, 2, 3), between(r, 2.2, 2.4, 3))},
		{op: "PRelu", wrt: both, in: two(random(r, 2, 3, 2), random(r, 3, 1))},
		{op: "PRelu", opset: 6, wrt: both, in: two(random(r, 2, 3, 2), random(r, 3))},
		{op: "SwiGLU", opset: 28, wrt: both, in: two(random(r, 2, 3), random(r, 2, 3))},
		{op: "Clip", opset: 13, wrt: []int{0, 1, 2}, in: []tensor.Value{random(r, 3, 3), tensor.Scalar(-0.4), tensor.Scalar(0.7)}},
		{op: "Clip", opset: 13, name: "crossed", wrt: []int{0, 1, 2}, in: []tensor.Value{random(r, 3, 3), tensor.Scalar(0.4), tensor.Scalar(-0.7)}},
		{op: "Where", wrt: []int{1, 2}, in: []tensor.Value{tensor.Of(tensor.Shape{3}, true, false, true), random(r, 2, 3), random(r, 2, 1)}},
		{op: "CumSum", in: two(random(r, 2, 3), i64(1))},
		{op: "CumSum", attrs: optest.Attrs{"exclusive": 1, "reverse": 1}, in: two(random(r, 3, 2), i64(0))},
		{op: "CastLike", in: two(random(r, 2), random(r, 1))},
	}...)
	checkAll(t, probes)
}
