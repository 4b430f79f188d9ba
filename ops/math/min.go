package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
	"github.com/onnxrun/onnxrun/tensor"
)

// Min finds the smallest of its inputs at each element; NaN where one is.
// Inputs have one shape up to version 6 and are broadcast from 8 on.
var min1 = ops.Def{
	Name: "Min", Since: 1,
	Sig:   "data_0+:T -> min:T",
	Types: ops.Types{"T": ops.Floats},
	New:   minLoops.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var min8 = ops.Def{
	Name: "Min", Since: 8,
	Sig:   "data_0+:T -> min:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   minLoops.Build,
	Reuse: ops.Elementwise(2),
}

var minLoops = elementwise.Variadic{
	Grain: vec.GrainMove,
	Loops: []elementwise.VariadicLoop{
		elementwise.LoopN(vec.Min[float32](), nil), elementwise.LoopN(vec.Min[float64](), nil),
		elementwise.LoopN(vec.HalfBinary[tensor.Float16](vec.Min[float32]()), nil),
		elementwise.LoopN(vec.HalfBinary[tensor.BFloat16](vec.Min[float32]()), nil),
		elementwise.LoopN(vec.Min[int8](), nil), elementwise.LoopN(vec.Min[int16](), nil),
		elementwise.LoopN(vec.Min[int32](), nil), elementwise.LoopN(vec.Min[int64](), nil),
		elementwise.LoopN(vec.Min[uint8](), nil), elementwise.LoopN(vec.Min[uint16](), nil),
		elementwise.LoopN(vec.Min[uint32](), nil), elementwise.LoopN(vec.Min[uint64](), nil),
	},
}
