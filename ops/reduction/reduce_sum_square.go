package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceSumSquare adds up the squares of the elements.
var reduceSumSquare1 = ops.Def{
	Name: "ReduceSumSquare", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: sumSquares.attribute,
}

var reduceSumSquare18 = ops.Def{
	Name: "ReduceSumSquare", Since: 18,
	Sig: sigInput, Types: reduceTypes,
	New: sumSquares.input,
}

var sumSquares = loops(
	reduce.SumSquare32(), reduce.SumSquare64(),
	reduce.SumSquareInt[int32](), reduce.SumSquareInt[int64](),
	reduce.SumSquareInt[uint32](), reduce.SumSquareInt[uint64](),
)
