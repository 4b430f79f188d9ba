package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Acos computes the inverse cosine.
var acos7 = ops.Def{
	Name: "Acos", Since: 7,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   acos.Build,
	Reuse: ops.Elementwise(1),
}

var acos = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Acos[float32], vec.Acos[float64]),
}
