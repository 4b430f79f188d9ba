package optimize_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// normalized is a convolution of 4 to 6 channels in groups, normalized.
func normalized(op string, group int, bias bool, epsilon float32, outputs ...string) func() g {
	return func() g {
		b := optest.NewGraph(15).Input("x", tensor.F32, "n", 4, "h", "w")
		shape := []int{6, 4 / group, 3, 2}
		if op == "ConvTranspose" {
			shape = []int{4, 6 / group, 3, 2}
		}
		b.Const("W", random(shape...)).Const("B", random(6)).Const("scale", random(6)).Const("shift", random(6)).Const("mean", random(6))
		b.Const("var", tensor.Of(tensor.Shape{6}, float32(1), 2, 0.5, 0.25, 3, 1.5))
		in := "x, W"
		if bias {
			in += ", B"
		}
		node(b, "c = "+op+"("+in+")", optest.Attrs{"group": group, "strides": []int{2, 1}})
		node(b, "y = BatchNormalization(c, scale, shift, mean, var)", optest.Attrs{"epsilon": epsilon})
		return b.Output(outputs...)
	}
}

func TestBatchNormalizationIsFoldedIntoConvolutions(t *testing.T) {
	in := map[string]tensor.Value{"x": random(2, 4, 7, 6)}
	for _, op := range []string{"Conv", "ConvTranspose"} {
		for _, group := range []int{1, 2} {
			for _, bias := range []bool{false, true} {
				require.Equal(t, op, rewritten(t, normalized(op, group, bias, 1e-3, "y"), in))
			}
		}
		both := op + " BatchNormalization"
		require.Equal(t, both, rewritten(t, normalized(op, 2, true, 1e-3, "y", "c"), in))
		require.Equal(t, both, rewritten(t, normalized(op, 2, true, 1e-3, "y"), in, runtime.WithOutputs("c")))
		require.Equal(t, both, rewritten(t, normalized(op, 2, true, 1e-3, "y"), in, runtime.WithoutPass("conv-batchnorm")))
	}
}

// normalizing is a convolution of 4 to 6 channels of a normalized image.
func normalizing(group int, bias bool, attrs optest.Attrs, outputs ...string) func() g {
	return func() g {
		b := optest.NewGraph(15).Input("x", tensor.F32, "n", 4, "h", "w")
		b.Const("W", random(6, 4/group, 3, 2)).Const("B", random(6)).Const("scale", random(4)).Const("shift", random(4)).Const("mean", random(4))
		b.Const("var", tensor.Of(tensor.Shape{4}, float32(1), 2, 0.5, 0.25))
		node(b, "c = BatchNormalization(x, scale, shift, mean, var)", optest.Attrs{"epsilon": float32(1e-3)})
		in := "c, W"
		if bias {
			in += ", B"
		}
		all := optest.Attrs{"group": group}
		for k, v := range attrs {
			all[k] = v
		}
		node(b, "y = Conv("+in+")", all)
		return b.Output(outputs...)
	}
}

func TestBatchNormalizationIsFoldedIntoConvolutionsAfterIt(t *testing.T) {
	in := map[string]tensor.Value{"x": random(2, 4, 7, 6)}
	for _, group := range []int{1, 2} {
		for _, bias := range []bool{false, true} {
			for _, attrs := range []optest.Attrs{nil, {"pads": []int{0, 0, 0, 0}}, {"auto_pad": "VALID", "strides": []int{2, 1}}} {
				require.Equal(t, "Conv", rewritten(t, normalizing(group, bias, attrs, "y"), in))
			}
		}
	}
	both := "BatchNormalization Conv"
	require.Equal(t, both, rewritten(t, normalizing(2, true, optest.Attrs{"pads": []int{0, 0, 1, 0}}, "y"), in))
	require.Equal(t, both, rewritten(t, normalizing(2, true, optest.Attrs{"auto_pad": "SAME_UPPER"}, "y"), in))
	require.Equal(t, both, rewritten(t, normalizing(2, true, nil, "y", "c"), in))
	require.Equal(t, both, rewritten(t, normalizing(2, true, nil, "y"), in, runtime.WithoutPass("batchnorm-conv")))
}

func TestFactorsAndSumsOfChannelsAreFoldedIntoConvolutions(t *testing.T) {
	in := map[string]tensor.Value{"x": random(2, 4, 7, 6)}
	build := func(op string, group int, bias bool, text string, outputs ...string) func() g {
		return func() g {
			b := optest.NewGraph(15).Input("x", tensor.F32, "n", 4, "h", "w")
			shape := []int{6, 4 / group, 3, 2}
			if op == "ConvTranspose" {
				shape = []int{4, 6 / group, 3, 2}
			}
			b.Const("W", random(shape...)).Const("B", random(6))
			b.Const("s", random(6, 1, 1)).Const("t", random(1, 6, 1, 1)).Const("one", random(1)).Const("five", random(1, 1, 1, 1, 1)).Const("columns", random(1, 6))
			c := "c = " + op + "(x, W)"
			if bias {
				c = "c = " + op + "(x, W, B)"
			}
			node(b, c, optest.Attrs{"group": group})
			lines(b, text)
			return b.Output(outputs...)
		}
	}
	for _, op := range []string{"Conv", "ConvTranspose"} {
		for _, group := range []int{1, 2} {
			for _, bias := range []bool{false, true} {
				for text, want := range map[string]string{
					"m = Mul(c, s)\n y = Add(t, m)":   op,
					"m = Add(s, c)\n y = Mul(m, one)": op,
					"m = Mul(c, five)\n y = Relu(m)":  op + " Mul Relu",
					"m = Mul(c, c)\n y = Add(m, s)":   op + " Mul Add",
					"m = Mul(c, s)\n y = Add(m, c)":   op + " Mul Add",
				} {
					require.Equal(t, want, rewritten(t, build(op, group, bias, text, "y"), in, runtime.WithoutPass("conv-residual", "conv-activation")), text)
				}
			}
		}
		text := "y = Mul(c, s)"
		require.Equal(t, op+" Mul", rewritten(t, build(op, 1, true, text, "y", "c"), in))
		require.Equal(t, op+" Mul", rewritten(t, build(op, 1, true, text, "y"), in, runtime.WithoutPass("conv-scale")))
	}
	wide := map[string]tensor.Value{"x": random(2, 4, 7, 7)} // six columns come out
	require.Equal(t, "Conv Add", rewritten(t, build("Conv", 1, true, "y = Add(c, columns)", "y"), wide))
}
