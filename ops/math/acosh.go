package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Acosh computes the inverse hyperbolic cosine.
var acosh9 = ops.Def{
	Name: "Acosh", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   acosh.Build,
	Reuse: ops.Elementwise(1),
}

var acosh = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Acosh[float32], vec.Acosh[float64]),
}
