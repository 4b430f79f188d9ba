package logical

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Greater computes A > B; false where one is NaN.
var greater1 = ops.Def{
	Name: "Greater", Since: 1,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Numeric},
	New:   greater.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var greater7 = ops.Def{
	Name: "Greater", Since: 7,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Numeric},
	New:   greater.Build,
	Reuse: ops.Elementwise(2),
}

var greater = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatCompare(vec.Greater[float32](), vec.Greater[float64]()),
		elementwise.IntBinary(
			vec.Greater[int8](), vec.Greater[int16](), vec.Greater[int32](), vec.Greater[int64](),
			vec.Greater[uint8](), vec.Greater[uint16](), vec.Greater[uint32](), vec.Greater[uint64](),
		),
	),
}
