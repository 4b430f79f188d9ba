package optimize_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

func TestConvTakesTheResidualIn(t *testing.T) {
	conv := optest.Attrs{"pads": []int{1, 1, 1, 1}}
	build := func(text string) func() g {
		return func() g {
			b := optest.NewGraph(13).Input("x", tensor.F32, "n", 4, "h", "w").Input("z", tensor.F32, "a", "b", "c", "d")
			b.Const("W", random(4, 4, 3, 3)).Const("B", random(4)).Const("shift", random(4, 1, 1))
			scalarConst(b, "lo", -0.5)
			scalarConst(b, "hi", 1)
			for _, line := range split(text) {
				attrs := optest.Attrs(nil)
				if line[4:8] == "Conv" {
					attrs = conv
				}
				node(b, line, attrs)
			}
			return b.Output("y")
		}
	}
	for text, want := range map[string]string{
		"c = Conv(x, W, B)\n y = Add(c, x)":                          "ConvAdd",
		"c = Conv(x, W)\n s = Add(z, c)\n y = Relu(s)":               "ConvAdd",
		"c = Conv(x, W)\n s = Add(z, c)\n y = Clip(s, lo, hi)":       "ConvAdd",
		"c = Conv(x, W)\n s = Add(z, c)\n y = Clip(s, lo)":           "ConvAdd Clip",
		"c = Conv(x, W)\n y = Add(c, shift)":                         "Conv",
		"c = Conv(x, W)\n y = Add(c, c)":                             "Conv Add",
		"c = Conv(x, W)\n s = Add(z, c)\n y = Mul(s, c)":             "Conv Add Mul",
		"c = Conv(x, W)\n d = Conv(z, W)\n y = Add(c, d)":            "Conv ConvAdd",
		"c = Conv(x, W)\n r = Relu(c)\n s = Add(r, z)\n y = Relu(s)": "FusedConv Add Relu",
	} {
		for _, shape := range [][]int{{2, 4, 7, 5}, {1, 4, 1, 1}, {2, 4, 1, 5}} {
			if want == "Conv ConvAdd" && shape[2] == 1 {
				continue
			}
			in := map[string]tensor.Value{"x": random(2, 4, 7, 5), "z": random(shape...)}
			require.Equal(t, want, rewritten(t, build(text), in), text)
		}
	}
	text := "c = Conv(x, W)\n y = Add(c, z)"
	in := map[string]tensor.Value{"x": random(1, 4, 7, 5), "z": random(3, 4, 7, 5)}
	require.Equal(t, "ConvAdd", rewritten(t, build(text), in), "more images in the residual")
	require.Equal(t, "Conv Add", rewritten(t, build(text), in, runtime.WithoutPass("conv-residual")))
}

func TestLinearTakesTheResidualIn(t *testing.T) {
	build := func(text string) func() g {
		return func() g {
			b := optest.NewGraph(13).Input("x", tensor.F32, "n", "m", 5).Input("z", tensor.F32, "a", "b", 5).Input("v", tensor.F32, 5)
			b.Const("W", random(5, 5)).Const("B", random(5)).Const("rows", random(1, 1, 5))
			scalarConst(b, "lo", -0.5)
			scalarConst(b, "hi", 1)
			lines(b, text)
			return b.Output("y")
		}
	}
	for text, want := range map[string]string{
		"p = MatMul(x, W)\n s = Add(p, B)\n y = Add(s, z)":                 "Linear",
		"p = MatMul(x, W)\n y = Add(z, p)":                                 "Linear",
		"p = MatMul(x, W)\n y = Add(v, p)":                                 "Linear",
		"p = MatMul(v, W)\n y = Add(z, p)":                                 "Linear",
		"p = MatMul(x, W)\n s = Add(p, B)\n a = Add(s, z)\n y = Relu(a)":   "Linear",
		"p = MatMul(x, W)\n a = Add(p, z)\n y = Clip(a, lo, hi)":           "Linear",
		"p = MatMul(x, W)\n r = Relu(p)\n y = Add(r, z)":                   "Linear Add",
		"p = MatMul(x, W)\n y = Add(p, x)":                                 "MatMul Add",
		"p = MatMul(x, W)\n y = Add(p, rows)":                              "MatMul Add",
		"e = Exp(z)\n p = MatMul(x, W)\n y = Add(p, e)":                    "Exp Linear",
		"e = Exp(z)\n p = MatMul(x, W)\n s = Add(p, e)\n y = Mul(s, e)":    "Exp Linear Mul",
		"p = MatMul(x, W)\n e = Exp(p)\n q = MatMul(e, W)\n y = Add(q, e)": "MatMul Exp MatMul Add",
	} {
		for _, shape := range [][]int{{2, 3, 5}, {1, 1, 5}, {2, 1, 5}} {
			for _, threads := range []int{1, 2} {
				in := map[string]tensor.Value{"x": random(2, 3, 5), "z": random(shape...), "v": random(5)}
				require.Equal(t, want, rewritten(t, build(text), in, runtime.WithThreads(threads)), text)
			}
		}
	}
	in := map[string]tensor.Value{"x": random(2, 1, 5), "z": random(2, 3, 5), "v": random(5)}
	text := "p = MatMul(x, W)\n s = Add(p, B)\n y = Add(s, z)"
	require.Equal(t, "Linear", rewritten(t, build(text), in), "more rows in the residual")
	require.Equal(t, "Linear Add", rewritten(t, build(text), in, runtime.WithoutPass("linear-residual")))
}
