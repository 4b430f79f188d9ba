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

// The rank of a value is known where its shape is put together from parts of
// others, and an axis counted from 0 is the last one then.
func TestRankIsKnownThroughComputedShapes(t *testing.T) {
	for axis, want := range map[int]bool{2: true, 1: false} {
		build := func() g {
			b := optest.NewGraph(17).Input("a", tensor.F32, "n", "m")
			b.Const("zero", tensor.Of(tensor.Shape{}, int64(0))).Const("first", tensor.Of(tensor.Shape{1}, int64(0)))
			b.Const("rest", tensor.Of(tensor.Shape{2}, int64(3), -1)).Const("scale", random(1))
			scalarConst(b, "two", 2)
			scalarConst(b, "eps", 1e-3)
			lines(b, "s = Shape(a)\n n0 = Gather(s, zero)\n n1 = Unsqueeze(n0, first)")
			node(b, "shape = Concat(n1, rest)", optest.Attrs{"axis": 0})
			lines(b, "r = Reshape(a, shape)\n x = Exp(r)\n square = Pow(x, two)")
			node(b, "mean = ReduceMean(square)", optest.Attrs{"axes": []int{axis}})
			lines(b, "v = Add(mean, eps)\n root = Sqrt(v)\n normal = Div(x, root)\n y = Mul(normal, scale)")
			return b.Output("y")
		}
		list := rewritten(t, build, map[string]tensor.Value{"a": random(2, 12)})
		require.Equal(t, want, strings.Contains(list, "RMSNormalization"), list)
	}
}

func TestHostileRanksCostNothing(t *testing.T) {
	b := optest.NewGraph(17).Input("x0", tensor.I64, 1, 1, 1)
	for i := range 60 {
		lines(b, fmt.Sprintf("x%d = Gather(x%d, x%d)", i+1, i, i))
	}
	lines(b, "shape = Shape(x60)\n y = Reshape(x60, shape)\n z = Neg(y)")
	s, err := runtime.New(b.Output("z").Model())
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
