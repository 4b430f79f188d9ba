package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// LeakyRelu computes X where X ≥ 0, alpha X elsewhere.
var leakyRelu1 = ops.Def{
	Name: "LeakyRelu", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		alpha := n.Float("alpha", 0.01)
		return &elementwise.Unary{
			Grain: vec.GrainMove,
			Loops: elementwise.Floats(vec.LeakyRelu(alpha), vec.LeakyRelu(float64(alpha))),
		}, nil
	},
	Reuse: ops.Elementwise(1),
}
