package reduction

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceMin finds the smallest element, false being smaller than true: of nothing
// the largest value of the type.
var reduceMin1 = ops.Def{
	Name: "ReduceMin", Since: 1,
	Sig: sigAttribute, Types: extremeTypes,
	New: minima.attribute,
}

var reduceMin18 = ops.Def{
	Name: "ReduceMin", Since: 18,
	Sig: sigInput, Types: extremeTypes,
	New: minima.input,
}

var minima = slices.Concat(
	loops(
		reduce.Min[float32](), reduce.Min[float64](),
		reduce.Min[int32](), reduce.Min[int64](),
		reduce.Min[uint32](), reduce.Min[uint64](),
	),
	reducer{loopOf(reduce.Min[int8]()), loopOf(reduce.Min[uint8]()), loopOf(reduce.All())},
)
