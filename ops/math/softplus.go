package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Softplus computes log(1 + e^X).
var softplus1 = ops.Def{
	Name: "Softplus", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   softplus.Build,
	Reuse: ops.Elementwise(1),
}

var softplus = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Softplus32, vec.Softplus64),
}
