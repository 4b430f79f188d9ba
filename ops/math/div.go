package math

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
	"github.com/onnxrun/onnxrun/tensor"
)

// Div computes A / B; integers truncate towards 0, and dividing one by 0 is an
// error. The smallest integer divided by -1 is itself.
var div1 = ops.Def{
	Name: "Div", Since: 1,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   div.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var div7 = ops.Def{
	Name: "Div", Since: 7,
	Sig:   "A:T, B:T -> C:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   div.Build,
	Reuse: ops.Elementwise(2),
}

var div = &elementwise.Binary{
	Grain: vec.GrainMath,
	Loops: slices.Concat(
		elementwise.FloatBinary(vec.Div[float32](), vec.Div[float64]()),
		elementwise.IntBinary(
			vec.Div[int8](), vec.Div[int16](), vec.Div[int32](), vec.Div[int64](),
			vec.Div[uint8](), vec.Div[uint16](), vec.Div[uint32](), vec.Div[uint64](),
		),
	),
	Check: intDivisor,
}

// intDivisor returns an error when b are integers and one is 0.
func intDivisor(_, b *tensor.Tensor) error {
	i := -1
	switch b.DType() {
	case tensor.I8:
		i = vec.IndexZero(tensor.Data[int8](b))
	case tensor.I16:
		i = vec.IndexZero(tensor.Data[int16](b))
	case tensor.I32:
		i = vec.IndexZero(tensor.Data[int32](b))
	case tensor.I64:
		i = vec.IndexZero(tensor.Data[int64](b))
	case tensor.U8:
		i = vec.IndexZero(tensor.Data[uint8](b))
	case tensor.U16:
		i = vec.IndexZero(tensor.Data[uint16](b))
	case tensor.U32:
		i = vec.IndexZero(tensor.Data[uint32](b))
	case tensor.U64:
		i = vec.IndexZero(tensor.Data[uint64](b))
	}
	if i >= 0 {
		return fmt.Errorf("input 1 (B): integer division by zero at element %d of %v", i, b)
	}
	return nil
}
