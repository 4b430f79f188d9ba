package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// BitwiseAnd computes A & B bit by bit.
var bitwiseAnd18 = ops.Def{
	Name: "BitwiseAnd", Since: 18,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Ints},
	New:   bitwiseAnd.Build,
	Reuse: ops.Elementwise(2),
}

var bitwiseAnd = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: elementwise.IntBinary(
		vec.BitwiseAnd[int8](), vec.BitwiseAnd[int16](), vec.BitwiseAnd[int32](), vec.BitwiseAnd[int64](),
		vec.BitwiseAnd[uint8](), vec.BitwiseAnd[uint16](), vec.BitwiseAnd[uint32](), vec.BitwiseAnd[uint64](),
	),
}
