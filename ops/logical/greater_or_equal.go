package logical

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// GreaterOrEqual computes A >= B; false where one is NaN.
var greaterOrEqual12 = ops.Def{
	Name: "GreaterOrEqual", Since: 12,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Numeric},
	New:   greaterOrEqual.Build,
	Reuse: ops.Elementwise(2),
}

var greaterOrEqual = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatCompare(vec.GreaterOrEqual[float32](), vec.GreaterOrEqual[float64]()),
		elementwise.IntBinary(
			vec.GreaterOrEqual[int8](), vec.GreaterOrEqual[int16](), vec.GreaterOrEqual[int32](), vec.GreaterOrEqual[int64](),
			vec.GreaterOrEqual[uint8](), vec.GreaterOrEqual[uint16](), vec.GreaterOrEqual[uint32](), vec.GreaterOrEqual[uint64](),
		),
	),
}
