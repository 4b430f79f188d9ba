package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceL1 adds up the magnitudes of the elements.
var l1Norm1 = ops.Def{
	Name: "ReduceL1", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: l1.attribute,
}

var l1Norm18 = ops.Def{
	Name: "ReduceL1", Since: 18,
	Sig: sigInput, Types: reduceTypes,
	New: l1.input,
}

var l1 = loops(
	reduce.L1Norm32(), reduce.L1Norm64(),
	reduce.L1NormInt[int32](), reduce.L1NormInt[int64](),
	reduce.L1NormInt[uint32](), reduce.L1NormInt[uint64](),
)
