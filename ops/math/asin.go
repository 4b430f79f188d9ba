package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Asin computes the inverse sine.
var asin7 = ops.Def{
	Name: "Asin", Since: 7,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   asin.Build,
	Reuse: ops.Elementwise(1),
}

var asin = &elementwise.Unary{
	Grain: vec.GrainSlow,
	Loops: elementwise.Floats(vec.Asin[float32], vec.Asin[float64]),
}
