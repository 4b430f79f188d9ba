package math

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Erf computes the error function; that of integers, allowed before version
// 13, without its fraction.
var erf9 = ops.Def{
	Name: "Erf", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   erf.Build,
	Reuse: ops.Elementwise(1),
}

var erf = &elementwise.Unary{
	Grain: vec.GrainMath,
	Loops: slices.Concat(
		elementwise.Floats(vec.Erf32, vec.Erf64),
		[]elementwise.UnaryLoop{
			elementwise.Loop(vec.ErfInt[int8]), elementwise.Loop(vec.ErfInt[int16]),
			elementwise.Loop(vec.ErfInt[int32]), elementwise.Loop(vec.ErfInt[int64]),
			elementwise.Loop(vec.ErfInt[uint8]), elementwise.Loop(vec.ErfInt[uint16]),
			elementwise.Loop(vec.ErfInt[uint32]), elementwise.Loop(vec.ErfInt[uint64]),
		},
	),
}
