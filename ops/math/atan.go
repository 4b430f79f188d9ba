package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Atan computes the inverse tangent.
var atan7 = ops.Def{
	Name: "Atan", Since: 7,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   atan.Build,
	Reuse: ops.Elementwise(1),
}

var atan = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Atan[float32], vec.Atan[float64]),
}
