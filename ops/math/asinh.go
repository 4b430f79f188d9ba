package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Asinh computes the inverse hyperbolic sine.
var asinh9 = ops.Def{
	Name: "Asinh", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   asinh.Build,
	Reuse: ops.Elementwise(1),
}

var asinh = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Asinh[float32], vec.Asinh[float64]),
}
