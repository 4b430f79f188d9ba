package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Cos computes the cosine.
var cos7 = ops.Def{
	Name: "Cos", Since: 7,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   cos.Build,
	Reuse: ops.Elementwise(1),
}

var cos = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Cos[float32], vec.Cos[float64]),
}
