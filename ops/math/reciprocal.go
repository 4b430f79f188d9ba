package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Reciprocal computes 1 / X.
var reciprocal1 = ops.Def{
	Name: "Reciprocal", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   reciprocal.Build,
	Reuse: ops.Elementwise(1),
}

var reciprocal = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Reciprocal[float32], vec.Reciprocal[float64]),
}
