package reduction

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ArgMin finds the position of the smallest element along an axis: the first of
// equals, with select_last_index (from version 12 on) the last. NaN counts as
// the smallest.
var argMin1 = ops.Def{
	Name: "ArgMin", Since: 1,
	Sig:   "data:T -> reduced:int64",
	Types: ops.Types{"T": ops.Numeric},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newArg(n, argMinLoops), nil }),
}

var argMinLoops = map[tensor.DType]argLoop{
	tensor.F32: argMinOf[float32],
	tensor.F64: argMinOf[float64],
	tensor.I8:  argMinOf[int8],
	tensor.I16: argMinOf[int16],
	tensor.I32: argMinOf[int32],
	tensor.I64: argMinOf[int64],
	tensor.U8:  argMinOf[uint8],
	tensor.U16: argMinOf[uint16],
	tensor.U32: argMinOf[uint32],
	tensor.U64: argMinOf[uint64],
}

func argMinOf[T number](p *par.Pool, dst []int64, x *tensor.Tensor, outer, n, inner int, last bool) {
	reduce.ArgMin(p, dst, tensor.Data[T](x), outer, n, inner, last)
}
