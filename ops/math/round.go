package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Round computes the nearest integer, of two the even one.
var round11 = ops.Def{
	Name: "Round", Since: 11,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   round.Build,
	Reuse: ops.Elementwise(1),
}

var round = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: elementwise.Floats(vec.Round[float32], vec.Round[float64]),
}
