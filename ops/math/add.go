package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Add computes A + B; integers wrap around.
var add1 = ops.Def{
	Name: "Add", Since: 1,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   add.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var add7 = ops.Def{
	Name: "Add", Since: 7,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   add.Build,
	Reuse: ops.Elementwise(2),
}

var add = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatBinary(vec.Add[float32](), vec.Add[float64]()),
		elementwise.IntBinary(
			vec.Add[int8](), vec.Add[int16](), vec.Add[int32](), vec.Add[int64](),
			vec.Add[uint8](), vec.Add[uint16](), vec.Add[uint32](), vec.Add[uint64](),
		),
	),
}
