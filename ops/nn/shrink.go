package nn

import (
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Shrink computes input + bias below -lambd, input - bias above lambd, and 0
// between.
var shrink9 = ops.Def{
	Name: "Shrink", Since: 9,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Numeric},
	New: func(n *ops.Node) (ops.Kernel, error) {
		bias, lambda := float64(n.Float("bias", 0)), float64(n.Float("lambd", 0.5))
		return &elementwise.Unary{
			Grain: vec.GrainMath,
			Loops: slices.Concat(
				elementwise.Floats(vec.Shrink[float32](bias, lambda), vec.Shrink[float64](bias, lambda)),
				[]elementwise.UnaryLoop{
					elementwise.Loop(vec.Shrink[int8](bias, lambda)), elementwise.Loop(vec.Shrink[int16](bias, lambda)),
					elementwise.Loop(vec.Shrink[int32](bias, lambda)), elementwise.Loop(vec.Shrink[int64](bias, lambda)),
					elementwise.Loop(vec.Shrink[uint8](bias, lambda)), elementwise.Loop(vec.Shrink[uint16](bias, lambda)),
					elementwise.Loop(vec.Shrink[uint32](bias, lambda)), elementwise.Loop(vec.Shrink[uint64](bias, lambda)),
				},
			),
		}, nil
	},
	Reuse: ops.Elementwise(1),
}
