package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Mean averages its inputs at each element. Inputs have one shape up to version
// 6 and are broadcast from 8 on.
var mean1 = ops.Def{
	Name: "Mean", Since: 1,
	Sig:   "data_0+:T -> mean:T",
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(meanLoops.BuildLegacy),
	Reuse: ops.Elementwise(2),
}

var mean8 = ops.Def{
	Name: "Mean", Since: 8,
	Sig:   "data_0+:T -> mean:T",
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(meanLoops.Build),
	Reuse: ops.Elementwise(2),
}

var meanLoops = elementwise.Variadic{
	Grain: vec.GrainMove,
	Loops: []elementwise.VariadicLoop{
		elementwise.LoopN(vec.Add[float32](), divideBy[float32]),
		elementwise.LoopN(vec.Add[float64](), divideBy[float64]),
	},
}

func divideBy[T vec.Float](y []T, n int) { vec.Div[T]().VS(y, y, T(n)) }
