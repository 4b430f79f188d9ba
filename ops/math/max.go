package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
	"github.com/onnxrun/onnxrun/tensor"
)

// Max finds the largest of its inputs at each element; NaN where one is.
// Inputs have one shape up to version 6 and are broadcast from 8 on.
var max1 = ops.Def{
	Name: "Max", Since: 1,
	Sig:   "data_0+:T -> max:T",
	Types: ops.Types{"T": ops.Floats},
	New:   maxLoops.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var max8 = ops.Def{
	Name: "Max", Since: 8,
	Sig:   "data_0+:T -> max:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   maxLoops.Build,
	Reuse: ops.Elementwise(2),
}

var maxLoops = elementwise.Variadic{
	Grain: vec.GrainMove,
	Loops: []elementwise.VariadicLoop{
		elementwise.LoopN(vec.Max[float32](), nil), elementwise.LoopN(vec.Max[float64](), nil),
		elementwise.LoopN(vec.HalfBinary[tensor.Float16](vec.Max[float32]()), nil),
		elementwise.LoopN(vec.HalfBinary[tensor.BFloat16](vec.Max[float32]()), nil),
		elementwise.LoopN(vec.Max[int8](), nil), elementwise.LoopN(vec.Max[int16](), nil),
		elementwise.LoopN(vec.Max[int32](), nil), elementwise.LoopN(vec.Max[int64](), nil),
		elementwise.LoopN(vec.Max[uint8](), nil), elementwise.LoopN(vec.Max[uint16](), nil),
		elementwise.LoopN(vec.Max[uint32](), nil), elementwise.LoopN(vec.Max[uint64](), nil),
	},
}
