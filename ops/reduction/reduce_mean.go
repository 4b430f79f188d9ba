package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceMean averages the elements: NaN of nothing, integers without the fraction.
var reduceMean1 = ops.Def{
	Name: "ReduceMean", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: means.attribute,
}

var reduceMean18 = ops.Def{
	Name: "ReduceMean", Since: 18,
	Sig: sigInput, Types: reduceTypes,
	New: means.input,
}

var means = loops(
	reduce.Mean32(), reduce.Mean64(),
	reduce.MeanInt[int32, int64](), reduce.MeanInt[int64, int64](),
	reduce.MeanInt[uint32, uint64](), reduce.MeanInt[uint64, uint64](),
)
