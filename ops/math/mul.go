package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Mul computes A × B; integers wrap around.
var mul1 = ops.Def{
	Name: "Mul", Since: 1,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   mul.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var mul7 = ops.Def{
	Name: "Mul", Since: 7,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   mul.Build,
	Reuse: ops.Elementwise(2),
}

var mul = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatBinary(vec.Mul[float32](), vec.Mul[float64]()),
		elementwise.IntBinary(
			vec.Mul[int8](), vec.Mul[int16](), vec.Mul[int32](), vec.Mul[int64](),
			vec.Mul[uint8](), vec.Mul[uint16](), vec.Mul[uint32](), vec.Mul[uint64](),
		),
	),
}
