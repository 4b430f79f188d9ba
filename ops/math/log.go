package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Log computes the natural logarithm.
var log1 = ops.Def{
	Name: "Log", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   log.Build,
	Reuse: ops.Elementwise(1),
}

var log = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Log32, vec.Log64),
}
