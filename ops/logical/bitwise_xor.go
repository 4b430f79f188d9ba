package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// BitwiseXor computes A ^ B bit by bit.
var bitwiseXor18 = ops.Def{
	Name: "BitwiseXor", Since: 18,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Ints},
	New:   bitwiseXor.Build,
	Reuse: ops.Elementwise(2),
}

var bitwiseXor = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: elementwise.IntBinary(
		vec.BitwiseXor[int8](), vec.BitwiseXor[int16](), vec.BitwiseXor[int32](), vec.BitwiseXor[int64](),
		vec.BitwiseXor[uint8](), vec.BitwiseXor[uint16](), vec.BitwiseXor[uint32](), vec.BitwiseXor[uint64](),
	),
}
