package logical

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Less computes A < B; false where one is NaN.
var less1 = ops.Def{
	Name: "Less", Since: 1,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Numeric},
	New:   less.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var less7 = ops.Def{
	Name: "Less", Since: 7,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Numeric},
	New:   less.Build,
	Reuse: ops.Elementwise(2),
}

var less = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatCompare(vec.Less[float32](), vec.Less[float64]()),
		elementwise.IntBinary(
			vec.Less[int8](), vec.Less[int16](), vec.Less[int32](), vec.Less[int64](),
			vec.Less[uint8](), vec.Less[uint16](), vec.Less[uint32](), vec.Less[uint64](),
		),
	),
}
