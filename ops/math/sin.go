package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Sin computes the sine.
var sin7 = ops.Def{
	Name: "Sin", Since: 7,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   sin.Build,
	Reuse: ops.Elementwise(1),
}

var sin = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Sin[float32], vec.Sin[float64]),
}
