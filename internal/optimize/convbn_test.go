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
