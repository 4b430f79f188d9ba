package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Tan computes the tangent.
var tan7 = ops.Def{
	Name: "Tan", Since: 7,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   tan.Build,
	Reuse: ops.Elementwise(1),
}

var tan = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Tan[float32], vec.Tan[float64]),
}
