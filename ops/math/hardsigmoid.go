package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// HardSigmoid computes max(0, min(1, alpha X + beta)).
var hardSigmoid1 = ops.Def{
	Name: "HardSigmoid", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		alpha, beta := n.Float("alpha", 0.2), n.Float("beta", 0.5)
		return &elementwise.Unary{
			Grain: vec.GrainMove,
			Loops: elementwise.Floats(
				vec.HardSigmoid(alpha, beta),
				vec.HardSigmoid(float64(alpha), float64(beta)),
			),
		}, nil
	},
	Reuse: ops.Elementwise(1),
}
