package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Gelu computes X Φ(X), Φ being the normal distribution; with the attribute
// approximate "tanh", X/2 (1 + tanh(√(2/π) (X + 0.044715 X³))).
var gelu20 = ops.Def{
	Name: "Gelu", Since: 20,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		if n.Enum("approximate", "none", "tanh") == "tanh" {
			return geluTanh, nil
		}
		return gelu, nil
	},
	Reuse: ops.Elementwise(1),
}

var gelu = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Gelu32, vec.Gelu64),
}

var geluTanh = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.GeluTanh32, vec.GeluTanh64),
}
