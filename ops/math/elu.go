package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Elu computes X where X > 0, alpha (e^X - 1) elsewhere.
var elu1 = ops.Def{
	Name: "Elu", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		return newElu(n.Float("alpha", 1), 1, 1), nil
	},
	Reuse: ops.Elementwise(1),
}

// newElu returns the kernel of Elu and its relatives, see vec.Elu32.
func newElu(alpha, scale, width float32) ops.Kernel {
	return &elementwise.Unary{
		Grain: vec.GrainMath,
		Loops: elementwise.Floats(
			vec.Elu32(alpha, scale, width),
			vec.Elu64(float64(alpha), float64(scale), float64(width)),
		),
	}
}
