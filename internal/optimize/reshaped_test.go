package optimize_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

func TestProductsNeedNoRowsPutTogether(t *testing.T) {
	build := func(text string) func() g {
		return func() g {
			b := optest.NewGraph(17).Input("x", tensor.F32, "n", "m", 4)
			b.Const("W", random(4, 6)).Const("T", random(6, 4)).Const("B", random(6)).Const("row", random(1, 6))
			b.Const("rows", tensor.Of(tensor.Shape{2}, int64(-1), 4)).Const("pairs", tensor.Of(tensor.Shape{2}, int64(-1), 6))
			b.Const("lead", tensor.Of(tensor.Shape{2}, int64(0), 1)).Const("six", tensor.Of(tensor.Shape{1}, int64(6)))
			b.Const("swapped", tensor.Of(tensor.Shape{2}, int64(1), 0))
			for _, line := range split(text) {
				attrs := optest.Attrs(nil)
				switch {
				case line[:3] == "c =":
					attrs = optest.Attrs{"axis": 0}
				case line[:3] == "t =":
					attrs = optest.Attrs{"transB": 1}
				}
				node(b, line, attrs)
			}
			return b.Output("y")
		}
	}
	to := "s = Shape(x)\n l = Gather(s, lead)\n c = Concat(l, six)\n"
	in := map[string]tensor.Value{"x": random(2, 3, 4)}
	for text, want := range map[string]string{
		"r = Reshape(x, rows)\n p = MatMul(r, W)\n" + to + "y = Reshape(p, c)":                                                     "MatMul",
		"r = Reshape(x, rows)\n p = MatMul(r, W)\n" + to + "q = Reshape(p, c)\n y = Add(q, B)":                                     "Linear",
		"r = Reshape(x, rows)\n p = Gemm(r, W, B)\n" + to + "y = Reshape(p, c)":                                                    "Linear",
		"r = Reshape(x, rows)\n t = Gemm(r, T, B)\n" + to + "y = Reshape(t, c)":                                                    "Linear",
		"r = Reshape(x, rows)\n p = Gemm(r, W, row)\n" + to + "y = Reshape(p, c)":                                                  "Reshape Gemm Shape Gather Concat Reshape",
		"r = Reshape(x, rows)\n p = MatMul(r, W)\n y = Reshape(p, pairs)":                                                          "Reshape MatMul Reshape",
		"r = Reshape(x, rows)\n p = MatMul(r, W)\n s = Shape(x)\n l = Gather(s, swapped)\n c = Concat(l, six)\n y = Reshape(p, c)": "Shape Gather Concat Reshape MatMul Reshape",
	} {
		list := rewritten(t, build(text), in)
		if want[:5] == "Shape" {
			require.Equal(t, "Reshape MatMul Shape Gather Concat Reshape", list, text)
			continue
		}
		require.Equal(t, want, list, text)
	}
	text := "r = Reshape(x, rows)\n p = MatMul(r, W)\n" + to + "y = Reshape(p, c)"
	require.NotEqual(t, "MatMul", rewritten(t, build(text), in, runtime.WithoutPass("reshaped-products")))
}
