package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Relu computes max(X, 0).
var relu1 = ops.Def{
	Name: "Relu", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats | ops.SignedInts},
	New:   relu.Build,
	Reuse: ops.Elementwise(1),
}

var relu = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.Floats(vec.Relu[float32], vec.Relu[float64]),
		[]elementwise.UnaryLoop{
			elementwise.Loop(vec.Relu[int8]), elementwise.Loop(vec.Relu[int16]),
			elementwise.Loop(vec.Relu[int32]), elementwise.Loop(vec.Relu[int64]),
		},
	),
}
