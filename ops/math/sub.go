package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Sub computes A - B; integers wrap around.
var sub1 = ops.Def{
	Name: "Sub", Since: 1,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   sub.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var sub7 = ops.Def{
	Name: "Sub", Since: 7,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   sub.Build,
	Reuse: ops.Elementwise(2),
}

var sub = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatBinary(vec.Sub[float32](), vec.Sub[float64]()),
		elementwise.IntBinary(
			vec.Sub[int8](), vec.Sub[int16](), vec.Sub[int32](), vec.Sub[int64](),
			vec.Sub[uint8](), vec.Sub[uint16](), vec.Sub[uint32](), vec.Sub[uint64](),
		),
	),
}
