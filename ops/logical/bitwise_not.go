package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// BitwiseNot inverts every bit of X.
var bitwiseNot18 = ops.Def{
	Name: "BitwiseNot", Since: 18,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Ints},
	New:   bitwiseNot.Build,
	Reuse: ops.Elementwise(1),
}

var bitwiseNot = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: []elementwise.UnaryLoop{
		elementwise.Loop(vec.BitwiseNot[int8]), elementwise.Loop(vec.BitwiseNot[int16]),
		elementwise.Loop(vec.BitwiseNot[int32]), elementwise.Loop(vec.BitwiseNot[int64]),
		elementwise.Loop(vec.BitwiseNot[uint8]), elementwise.Loop(vec.BitwiseNot[uint16]),
		elementwise.Loop(vec.BitwiseNot[uint32]), elementwise.Loop(vec.BitwiseNot[uint64]),
	},
}
