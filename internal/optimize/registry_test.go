package optimize_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optimize"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/all"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/stretchr/testify/require"
)

func TestOnlyOperatorsThatThereAreArePutIn(t *testing.T) {
	for _, k := range []struct {
		registry *ops.Registry
		want     string
	}{{ops.NewRegistry(math.Defs), "MatMul Relu"}, {all.Registry(), "Linear"}} {
		m := layer("p = MatMul(x, W)\n y = Relu(p)", nil, 2, "y")().Model()
		require.NoError(t, optimize.Run(m.Graph, m.Graph.Outputs, nil, nil, k.registry))
		require.Equal(t, k.want, operators(m.Graph))
	}
}
