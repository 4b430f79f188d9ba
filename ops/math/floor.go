package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Floor computes the largest integer not above X.
var floor1 = ops.Def{
	Name: "Floor", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   floor.Build,
	Reuse: ops.Elementwise(1),
}

var floor = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: elementwise.Floats(vec.Floor[float32], vec.Floor[float64]),
}
