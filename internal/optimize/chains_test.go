package optimize_test

import (
	"context"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

func TestElementwiseOperatorsRunAsOnePass(t *testing.T) {
	build := func(text string, outputs ...string) func() g {
		return func() g {
			b := optest.NewGraph(17).Input("x", tensor.F32, "n", "m").Input("z", tensor.F32, "n", "m").Input("d", tensor.F64, "n", "m").Input("v", tensor.F32, "m")
			scalarConst(b, "two", 2)
			b.Const("third", tensor.Of(tensor.Shape{1}, float32(0.3))).Const("deep", tensor.Of(tensor.Shape{1, 1, 1}, float32(0.3)))
			b.Const("dtwo", tensor.Of(tensor.Shape{}, 2.0))
			lines(b, text)
			return b.Output(outputs...)
		}
	}
	for text, want := range map[string]string{
		"a = Mul(x, two)\n b = Add(a, third)\n y = Tanh(b)":                     "Chain",
		"a = Sub(two, x)\n b = Div(third, a)\n c = Sub(b, x)\n y = Div(c, two)": "Chain",
		"a = Exp(x)\n b = Add(a, x)\n c = Mul(b, a)\n y = Neg(c)":               "Chain",
		"a = Exp(x)\n y = Mul(a, a)":                                            "Chain",
		"a = Exp(d)\n y = Mul(a, dtwo)":                                         "Exp Mul",
		"a = Exp(x)\n b = Mul(a, v)\n y = Neg(b)":                               "Exp Mul Neg",
		"a = Exp(x)\n b = Mul(a, deep)\n y = Neg(b)":                            "Exp Mul Neg",
		"a = Exp(x)\n b = Mul(a, z)\n y = Neg(b)":                               "Exp Mul Neg",
		"a = Exp(x)\n s = Softmax(a)\n b = Mul(s, a)\n y = Neg(b)":              "Exp Softmax Chain",
		"a = Exp(x)\n b = Neg(a)\n c = Abs(b)\n d1 = Sqrt(c)\n e = Exp(d1)\n f = Neg(e)\n h = Abs(f)\n i = Tanh(h)\n j = Neg(i)\n y = Exp(j)": "Chain Chain",
	} {
		for _, n := range [][]int{{3, 5}, {40, 70}, {1, 1}, {0, 5}} {
			in := map[string]tensor.Value{"x": random(n...), "z": random(n...), "d": tensor.Of(n, make([]float64, n[0]*n[1])...), "v": random(n[1])}
			for _, threads := range []int{1, 2} {
				require.Equal(t, want, rewritten(t, build(text, "y"), in, runtime.WithThreads(threads)), text)
				require.Equal(t, bitsOf(t, build(text, "y"), in, runtime.WithoutPass("chains")), bitsOf(t, build(text, "y"), in), text)
			}
		}
	}
	in := map[string]tensor.Value{"x": random(3, 5), "z": random(3, 5), "d": tensor.Of(tensor.Shape{3, 5}, make([]float64, 15)...), "v": random(5)}
	text := "a = Exp(x)\n y = Mul(a, two)"
	require.Equal(t, "Exp Mul", rewritten(t, build(text, "y"), in, runtime.WithoutPass("chains")))
	require.Equal(t, "Exp Mul", rewritten(t, build(text, "y", "a"), in))
}

func bitsOf(t *testing.T, build func() g, in map[string]tensor.Value, opts ...runtime.Option) []byte {
	t.Helper()
	s, err := runtime.New(build().Model(), opts...)
	require.NoError(t, err)
	defer s.Close()
	out, err := s.Run(context.Background(), in)
	require.NoError(t, err)
	return out["y"].(*tensor.Tensor).Bytes()
}
