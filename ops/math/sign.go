package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Sign computes -1, 0 or 1.
var sign9 = ops.Def{
	Name: "Sign", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   sign.Build,
	Reuse: ops.Elementwise(1),
}

var sign = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.Floats(vec.Sign[float32], vec.Sign[float64]),
		[]elementwise.UnaryLoop{
			elementwise.Loop(vec.Sign[int8]), elementwise.Loop(vec.Sign[int16]),
			elementwise.Loop(vec.Sign[int32]), elementwise.Loop(vec.Sign[int64]),
			elementwise.Loop(vec.Sign[uint8]), elementwise.Loop(vec.Sign[uint16]),
			elementwise.Loop(vec.Sign[uint32]), elementwise.Loop(vec.Sign[uint64]),
		},
	),
}
