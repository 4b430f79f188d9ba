package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// ThresholdedRelu computes X where X > alpha, 0 elsewhere. Before version 10
// the standard had it as an experiment, with the same meaning.
var thresholdedRelu1 = ops.Def{
	Name: "ThresholdedRelu", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		alpha := n.Float("alpha", 1)
		return &elementwise.Unary{
			Grain: vec.GrainMove,
			Loops: elementwise.Floats(vec.ThresholdedRelu(alpha), vec.ThresholdedRelu(float64(alpha))),
		}, nil
	},
	Reuse: ops.Elementwise(1),
}
