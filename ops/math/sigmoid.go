package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Sigmoid computes 1 / (1 + e^-X).
var sigmoid1 = ops.Def{
	Name: "Sigmoid", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   sigmoid.Build,
	Reuse: ops.Elementwise(1),
}

var sigmoid = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Sigmoid32, vec.Sigmoid64),
}
