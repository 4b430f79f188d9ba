package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Abs computes |X|; the smallest integer stays what it is.
var abs1 = ops.Def{
	Name: "Abs", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   abs.Build,
	Reuse: ops.Elementwise(1),
}

var abs = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.Floats(vec.AbsFloat[float32], vec.AbsFloat[float64]),
		[]elementwise.UnaryLoop{
			elementwise.Loop(vec.AbsInt[int8]), elementwise.Loop(vec.AbsInt[int16]),
			elementwise.Loop(vec.AbsInt[int32]), elementwise.Loop(vec.AbsInt[int64]),
			elementwise.Loop(vec.Copy[uint8]), elementwise.Loop(vec.Copy[uint16]),
			elementwise.Loop(vec.Copy[uint32]), elementwise.Loop(vec.Copy[uint64]),
		},
	),
}
