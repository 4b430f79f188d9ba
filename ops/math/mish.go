package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Mish computes X tanh(log(1 + e^X)).
var mish18 = ops.Def{
	Name: "Mish", Since: 18,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   mish.Build,
	Reuse: ops.Elementwise(1),
}

var mish = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Mish32, vec.Mish64),
}
