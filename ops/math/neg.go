package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Neg computes -X; the smallest integer is its own negative.
var neg1 = ops.Def{
	Name: "Neg", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats | ops.SignedInts},
	New:   neg.Build,
	Reuse: ops.Elementwise(1),
}

var neg = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.Floats(vec.Neg[float32], vec.Neg[float64]),
		[]elementwise.UnaryLoop{
			elementwise.Loop(vec.Neg[int8]), elementwise.Loop(vec.Neg[int16]),
			elementwise.Loop(vec.Neg[int32]), elementwise.Loop(vec.Neg[int64]),
		},
	),
}
