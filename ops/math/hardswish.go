package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// HardSwish computes X max(0, min(1, X/6 + 0.5)).
var hardSwish14 = ops.Def{
	Name: "HardSwish", Since: 14,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   hardSwish.Build,
	Reuse: ops.Elementwise(1),
}

var hardSwish = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: elementwise.Floats(vec.HardSwish[float32], vec.HardSwish[float64]),
}
