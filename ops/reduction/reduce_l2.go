package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceL2 computes the square root of the sum of the squares.
var l2Norm1 = ops.Def{
	Name: "ReduceL2", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: l2.attribute,
}

var l2Norm18 = ops.Def{
	Name: "ReduceL2", Since: 18,
	Sig: sigInput, Types: reduceTypes,
	New: l2.input,
}

var l2 = loops(
	reduce.L2Norm32(), reduce.L2Norm64(),
	reduce.L2NormInt[int32](), reduce.L2NormInt[int64](),
	reduce.L2NormInt[uint32](), reduce.L2NormInt[uint64](),
)
