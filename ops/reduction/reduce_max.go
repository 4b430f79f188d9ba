package reduction

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceMax finds the largest element, true being larger than false: of nothing the
// smallest value of the type.
var reduceMax1 = ops.Def{
	Name: "ReduceMax", Since: 1,
	Sig: sigAttribute, Types: extremeTypes,
	New: maxima.attribute,
}

var reduceMax18 = ops.Def{
	Name: "ReduceMax", Since: 18,
	Sig: sigInput, Types: extremeTypes,
	New: maxima.input,
}

var maxima = slices.Concat(
	loops(
		reduce.Max[float32](), reduce.Max[float64](),
		reduce.Max[int32](), reduce.Max[int64](),
		reduce.Max[uint32](), reduce.Max[uint64](),
	),
	reducer{loopOf(reduce.Max[int8]()), loopOf(reduce.Max[uint8]()), loopOf(reduce.Any())},
)
