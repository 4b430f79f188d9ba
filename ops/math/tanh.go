package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Tanh computes the hyperbolic tangent.
var tanh1 = ops.Def{
	Name: "Tanh", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   tanh.Build,
	Reuse: ops.Elementwise(1),
}

var tanh = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Tanh32, vec.Tanh64),
}
