package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Atanh computes the inverse hyperbolic tangent.
var atanh9 = ops.Def{
	Name: "Atanh", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   atanh.Build,
	Reuse: ops.Elementwise(1),
}

var atanh = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Atanh[float32], vec.Atanh[float64]),
}
