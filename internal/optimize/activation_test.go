package optimize_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

func convolution(text string, outputs ...string) func() g {
	return func() g {
		b := optest.NewGraph(13).Input("x", tensor.F32, "n", 4, "h", "w").Input("bound", tensor.F32)
		b.Const("W", random(6, 2, 3, 3)).Const("B", random(6))
		scalarConst(b, "lo", -0.5)
		scalarConst(b, "hi", 1)
		for _, line := range split(text) {
			attrs := optest.Attrs(nil)
			if line[:5] == "c = C" {
				attrs = optest.Attrs{"group": 2, "pads": []int{1, 0, 1, 2}, "strides": []int{1, 2}}
			}
			node(b, line, attrs)
		}
		return b.Output(outputs...)
	}
}

func TestConvTakesBoundsIn(t *testing.T) {
	in := map[string]tensor.Value{"x": random(2, 4, 7, 9), "bound": tensor.Of(tensor.Shape{}, float32(0.25))}
	for text, want := range map[string]string{
		"c = Conv(x, W, B)\n y = Relu(c)":                   "FusedConv",
		"c = Conv(x, W)\n y = Relu(c)":                      "FusedConv",
		"c = Conv(x, W, B)\n y = Clip(c, lo, hi)":           "FusedConv",
		"c = Conv(x, W, B)\n y = Clip(c, lo)":               "Conv Clip",
		"c = Conv(x, W, B)\n y = Clip(c, hi, lo)":           "Conv Clip",
		"c = Conv(x, W, B)\n y = Clip(c, lo, bound)":        "Conv Clip",
		"c = Conv(x, W, B)\n y = Tanh(c)":                   "Conv Tanh",
		"c = Conv(x, W, B)\n y = Sigmoid(c)":                "FusedConv",
		"c = Conv(x, W, B)\n y = HardSigmoid(c)":            "FusedConv",
		"c = Conv(x, W)\n s = Sigmoid(c)\n y = Mul(s, c)":   "FusedConv",
		"c = Conv(x, W)\n s = Sigmoid(c)\n y = Mul(s, s)":   "FusedConv Mul",
		"c = Conv(x, W, B)\n r = Relu(c)\n y = Add(r, c)":   "Conv Chain",
		"r = Relu(x)\n c = Conv(r, W, B)\n y = Identity(c)": "Relu Conv Identity",
	} {
		list := rewritten(t, convolution(text, "y"), in)
		require.Equal(t, want, list, text)
	}
	text := "c = Conv(x, W, B)\n y = Relu(c)"
	require.Equal(t, "Conv Relu", rewritten(t, convolution(text, "y"), in, runtime.WithoutPass("conv-activation")))
	require.Equal(t, "Conv Relu", rewritten(t, convolution(text, "y", "c"), in))
	require.Equal(t, "Conv Relu", rewritten(t, convolution(text, "y"), in, runtime.WithOutputs("c")))
}

// layer is a graph of x [n 3 4], matrix W [4 5], its transposed T, and biases.
func layer(text string, attrs optest.Attrs, rank int, outputs ...string) func() g {
	return func() g {
		dims := []any{"m", "n", 4}[3-rank:]
		b := optest.NewGraph(13).Input("x", tensor.F32, dims...)
		b.Const("W", random(4, 5)).Const("T", random(5, 4)).Const("S", random(2, 4, 5))
		b.Const("b", random(5)).Const("b1", random(1)).Const("b2", random(1, 5)).Const("b3", random(3, 1))
		scalarConst(b, "lo", -0.5)
		scalarConst(b, "hi", 1)
		for i, line := range split(text) {
			if i == 0 {
				node(b, line, attrs)
			} else {
				node(b, line, nil)
			}
		}
		return b.Output(outputs...)
	}
}

func TestLayersBecomeLinear(t *testing.T) {
	for i, k := range []struct {
		text  string
		attrs optest.Attrs
		rank  int
		want  string
	}{
		{"p = MatMul(x, W)\n y = Add(p, b)", nil, 3, "Linear"},
		{"p = MatMul(x, W)\n y = Add(b, p)", nil, 1, "Linear"},
		{"p = MatMul(x, W)\n s = Add(p, b)\n y = Relu(s)", nil, 2, "Linear"},
		{"p = MatMul(x, W)\n y = Relu(p)", nil, 3, "Linear"},
		{"p = MatMul(x, W)\n s = Add(p, b)\n y = Clip(s, lo, hi)", nil, 3, "Linear"},
		{"p = Gemm(x, W, b)\n y = Relu(p)", nil, 2, "Linear"},
		{"p = Gemm(x, T, b)\n y = Relu(p)", optest.Attrs{"transB": 1}, 2, "Linear"},
		{"p = Gemm(x, T)\n y = Clip(p, lo, hi)", optest.Attrs{"transB": 1, "alpha": float32(1)}, 2, "Linear"},
		{"p = Gemm(x, W, b)\n y = Relu(p)", optest.Attrs{"alpha": float32(2)}, 2, "Gemm Relu"},
		{"p = Gemm(x, W, b)\n y = Relu(p)", optest.Attrs{"beta": float32(0.5)}, 2, "Gemm Relu"},
		{"p = Gemm(x, W, b2)\n y = Relu(p)", nil, 2, "Gemm Relu"},
		{"p = Gemm(x, W, b1)\n y = Relu(p)", nil, 2, "Gemm Relu"},
		{"p = MatMul(x, W)\n y = Add(p, b3)", nil, 3, "MatMul Add"},
		{"p = MatMul(x, W)\n y = Add(p, b2)", nil, 1, "MatMul Add"},
		{"p = MatMul(x, S)\n y = Add(p, b)", nil, 2, "MatMul Add"},
		{"p = MatMul(x, W)\n y = Add(p, p)", nil, 2, "MatMul Add"},
		{"p = MatMul(x, W)\n y = Tanh(p)", nil, 2, "MatMul Tanh"},
		{"p = MatMul(x, W)\n s = Add(p, b)\n y = Mul(s, p)", nil, 2, "MatMul Add Mul"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			in := map[string]tensor.Value{"x": random([]int{2, 3, 4}[3-k.rank:]...)}
			require.Equal(t, k.want, rewritten(t, layer(k.text, k.attrs, k.rank, "y"), in), k.text)
			require.NotContains(t, rewritten(t, layer(k.text, k.attrs, k.rank, "y"), in, runtime.WithoutPass("linear")), "Linear")
			require.NotContains(t, rewritten(t, layer(k.text, k.attrs, k.rank, "y", "p"), in), "Linear")
		})
	}
}

func TestGeluJoinsLinear(t *testing.T) {
	in := map[string]tensor.Value{"x": random(30, 4)}
	for _, k := range []struct {
		text        string
		approximate string
		outputs     []string
		want        string
	}{
		{"p = MatMul(x, W)\n s = Add(p, b)\n y = Gelu(s)", "none", []string{"y"}, "Linear"},
		{"p = MatMul(x, W)\n s = Add(p, b)\n y = Gelu(s)", "tanh", []string{"y"}, "Linear"},
		{"s = Gemm(x, W, b)\n y = Gelu(s)", "none", []string{"y"}, "Linear"},
		{"p = MatMul(x, W)\n s = Add(p, b)\n a = Gelu(s)\n y = Add(a, r)", "none", []string{"y"}, "Linear Add"},
		{"p = MatMul(x, W)\n s = Add(p, b)\n y = Gelu(s)", "none", []string{"y", "s"}, "Linear Gelu"},
	} {
		build := func() g {
			b := optest.NewGraph(20).Input("x", tensor.F32, "n", 4)
			b.Const("W", random(4, 5)).Const("b", random(5)).Const("r", random(5))
			for _, line := range split(k.text) {
				var attrs optest.Attrs
				if strings.Contains(line, "Gelu") {
					attrs = optest.Attrs{"approximate": k.approximate}
				}
				node(b, line, attrs)
			}
			return b.Output(k.outputs...)
		}
		require.Equal(t, k.want, rewritten(t, build, in), k.text)
	}
}
