package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Swish computes X / (1 + e^(-alpha X)).
var swish24 = ops.Def{
	Name: "Swish", Since: 24,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		alpha := n.Float("alpha", 1)
		return &elementwise.Unary{
			Grain: vec.GrainMath,
			Loops: elementwise.Floats(vec.Swish32(alpha), vec.Swish64(float64(alpha))),
		}, nil
	},
	Reuse: ops.Elementwise(1),
}
