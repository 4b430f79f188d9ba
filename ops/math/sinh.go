package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Sinh computes the hyperbolic sine.
var sinh9 = ops.Def{
	Name: "Sinh", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   sinh.Build,
	Reuse: ops.Elementwise(1),
}

var sinh = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Sinh[float32], vec.Sinh[float64]),
}
