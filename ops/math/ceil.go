package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Ceil computes the smallest integer not below X.
var ceil1 = ops.Def{
	Name: "Ceil", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   ceil.Build,
	Reuse: ops.Elementwise(1),
}

var ceil = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: elementwise.Floats(vec.Ceil[float32], vec.Ceil[float64]),
}
