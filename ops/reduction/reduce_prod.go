package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
)

// ReduceProd multiplies the elements.
var reduceProd1 = ops.Def{
	Name: "ReduceProd", Since: 1,
	Sig: sigAttribute, Types: reduceTypes,
	New: products.attribute,
}

var reduceProd18 = ops.Def{
	Name: "ReduceProd", Since: 18,
	Sig: sigInput, Types: reduceTypes,
	New: products.input,
}

var products = loops(
	reduce.Prod[float32, float64](), reduce.Prod[float64, float64](),
	reduce.Prod[int32, int32](), reduce.Prod[int64, int64](),
	reduce.Prod[uint32, uint32](), reduce.Prod[uint64, uint64](),
)
