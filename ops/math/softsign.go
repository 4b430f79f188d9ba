package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Softsign computes X / (1 + |X|).
var softsign1 = ops.Def{
	Name: "Softsign", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   softsign.Build,
	Reuse: ops.Elementwise(1),
}

var softsign = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: elementwise.Floats(vec.Softsign[float32], vec.Softsign[float64]),
}
