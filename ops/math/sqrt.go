package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Sqrt computes the square root.
var sqrt1 = ops.Def{
	Name: "Sqrt", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   sqrt.Build,
	Reuse: ops.Elementwise(1),
}

var sqrt = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Sqrt[float32], vec.Sqrt[float64]),
}
