package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceLogSum computes the logarithm of the sum.
var reduceLogSum1 = ops.Def{
	Name: "ReduceLogSum", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: logSums.attribute,
}

var reduceLogSum18 = ops.Def{
	Name: "ReduceLogSum", Since: 18,
	Sig: sigInput, Types: reduceTypes,
	New: logSums.input,
}

var logSums = loops(
	reduce.LogSum32(), reduce.LogSum64(),
	reduce.LogSumInt[int32](), reduce.LogSumInt[int64](),
	reduce.LogSumInt[uint32](), reduce.LogSumInt[uint64](),
)
