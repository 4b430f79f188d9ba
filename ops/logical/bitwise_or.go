package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// BitwiseOr computes A | B bit by bit.
var bitwiseOr18 = ops.Def{
	Name: "BitwiseOr", Since: 18,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Ints},
	New:   bitwiseOr.Build,
	Reuse: ops.Elementwise(2),
}

var bitwiseOr = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: elementwise.IntBinary(
		vec.BitwiseOr[int8](), vec.BitwiseOr[int16](), vec.BitwiseOr[int32](), vec.BitwiseOr[int64](),
		vec.BitwiseOr[uint8](), vec.BitwiseOr[uint16](), vec.BitwiseOr[uint32](), vec.BitwiseOr[uint64](),
	),
}
