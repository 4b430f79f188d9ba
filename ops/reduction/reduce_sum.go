package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceSum adds up the elements.
var reduceSum1 = ops.Def{
	Name: "ReduceSum", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: sums.attribute,
}

var reduceSum13 = ops.Def{
	Name: "ReduceSum", Since: 13,
	Sig: sigInput, Types: reduceTypes,
	New: sums.input,
}

var sums = loops(
	reduce.Sum32(), reduce.Sum64(),
	reduce.SumInt[int32](), reduce.SumInt[int64](),
	reduce.SumInt[uint32](), reduce.SumInt[uint64](),
)
