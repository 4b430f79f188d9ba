package runtime_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

// A profile sees the run as it is without one: the last two results of the
// chain lie in the memory of the first. A trace keeps them apart.
func TestProfileLeavesReuseOn(t *testing.T) {
	places := func(with func(func(*runtime.Event)) runtime.Option) map[*byte]bool {
		seen := map[*byte]bool{}
		s := session(t, chain(), runtime.WithoutOptimization(), with(func(e *runtime.Event) {
			y := e.Outputs[0].(*tensor.Tensor)
			require.Equal(t, tensor.Shape{3}, y.Shape())
			require.Equal(t, tensor.F32, e.Inputs[0].(*tensor.Tensor).DType())
			require.Positive(t, e.Memory)
			require.GreaterOrEqual(t, e.Peak, e.Memory)
			seen[&y.Bytes()[0]] = true
		}))
		equal(t, floats(t, run(t, s, values{"x": vec(1, 2, 3)})["y"]), 1, 6, 15)
		return seen
	}
	require.Len(t, places(runtime.WithProfile), 1)
	require.Greater(t, len(places(runtime.WithTrace)), 1)
}
