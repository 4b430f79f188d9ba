package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceLogSumExp computes log Σ e^x; nothing overflows on the way.
var reduceLogSumExp1 = ops.Def{
	Name: "ReduceLogSumExp", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: logSumExps.attribute,
}

var reduceLogSumExp18 = ops.Def{
	Name: "ReduceLogSumExp", Since: 18,
	Sig: sigInput, Types: reduceTypes,
	New: logSumExps.input,
}

var logSumExps = loops(
	reduce.LogSumExp[float32](), reduce.LogSumExp[float64](),
	reduce.LogSumExp[int32](), reduce.LogSumExp[int64](),
	reduce.LogSumExp[uint32](), reduce.LogSumExp[uint64](),
)
