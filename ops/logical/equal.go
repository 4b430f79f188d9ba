package logical

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Equal computes A == B; false where one is NaN.
var equal1 = ops.Def{
	Name: "Equal", Since: 1,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Bool | ops.Numeric},
	New:   equal.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var equal7 = ops.Def{
	Name: "Equal", Since: 7,
	Sig:   "A:T, B:T -> C:bool",
	Types: ops.Types{"T": ops.Bool | ops.Numeric | ops.String},
	New:   equal.Build,
	Reuse: ops.Elementwise(2),
}

var equal = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatCompare(vec.Equal[float32](), vec.Equal[float64]()),
		elementwise.IntBinary(
			vec.Equal[int8](), vec.Equal[int16](), vec.Equal[int32](), vec.Equal[int64](),
			vec.Equal[uint8](), vec.Equal[uint16](), vec.Equal[uint32](), vec.Equal[uint64](),
		),
		[]elementwise.BinaryLoop{
			elementwise.Loop2(vec.Equal[bool]()),
			elementwise.Loop2(vec.Equal[string]()),
		},
	),
}
