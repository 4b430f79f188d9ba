package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Exp computes e^X.
var exp1 = ops.Def{
	Name: "Exp", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   exp.Build,
	Reuse: ops.Elementwise(1),
}

var exp = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Exp32, vec.Exp64),
}
