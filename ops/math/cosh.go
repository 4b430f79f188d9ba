package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Cosh computes the hyperbolic cosine.
var cosh9 = ops.Def{
	Name: "Cosh", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   cosh.Build,
	Reuse: ops.Elementwise(1),
}

var cosh = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Cosh[float32], vec.Cosh[float64]),
}
