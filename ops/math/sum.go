package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Sum adds up its inputs at each element. Inputs have one shape up to version
// 6 and are broadcast from 8 on.
var sum1 = ops.Def{
	Name: "Sum", Since: 1,
	Sig:   "data_0+:T -> sum:T",
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(sumLoops.BuildLegacy),
	Reuse: ops.Elementwise(2),
}

var sum8 = ops.Def{
	Name: "Sum", Since: 8,
	Sig:   "data_0+:T -> sum:T",
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(sumLoops.Build),
	Reuse: ops.Elementwise(2),
}

var sumLoops = elementwise.Variadic{
	Grain: vec.GrainMove,
	Loops: []elementwise.VariadicLoop{
		elementwise.LoopN(vec.Add[float32](), nil),
		elementwise.LoopN(vec.Add[float64](), nil),
	},
}
