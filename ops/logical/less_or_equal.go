package logical

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// LessOrEqual computes A <= B; false where one is NaN.
var lessOrEqual12 = ops.Def{
	Name: "LessOrEqual", Since: 12,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Numeric},
	New:   lessOrEqual.Build,
	Reuse: ops.Elementwise(2),
}

var lessOrEqual = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatCompare(vec.LessOrEqual[float32](), vec.LessOrEqual[float64]()),
		elementwise.IntBinary(
			vec.LessOrEqual[int8](), vec.LessOrEqual[int16](), vec.LessOrEqual[int32](), vec.LessOrEqual[int64](),
			vec.LessOrEqual[uint8](), vec.LessOrEqual[uint16](), vec.LessOrEqual[uint32](), vec.LessOrEqual[uint64](),
		),
	),
}
