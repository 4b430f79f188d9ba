package math

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
	"github.com/onnxrun/onnxrun/tensor"
)

// PRelu computes X where X ≥ 0, slope X elsewhere. Up to version 6 the slope is
// one number or one for each channel, dimension 1 of X; from 7 on it is
// broadcast to X.
var prelu1 = ops.Def{
	Name: "PRelu", Since: 1,
	Sig:   "X:T, slope:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		return ops.Func(runPRelu1), nil
	},
	Reuse: ops.Elementwise(2),
}

var prelu7 = ops.Def{
	Name: "PRelu", Since: 7,
	Sig:   "X:T, slope:T -> Y:T",
	Types: ops.Types{"T": ops.Floats | tensor.SetOf(tensor.I32, tensor.I64, tensor.U32, tensor.U64)},
	New:   func(*ops.Node) (ops.Kernel, error) { return ops.Func(runPRelu7), nil },
	Reuse: ops.Elementwise(2),
}

var preluLoops = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: slices.Concat(
		elementwise.FloatBinary(vec.PRelu[float32](), vec.PRelu[float64]()),
		[]elementwise.BinaryLoop{
			elementwise.Loop2(vec.PRelu[int32]()), elementwise.Loop2(vec.PRelu[int64]()),
			elementwise.Loop2(vec.PRelu[uint32]()), elementwise.Loop2(vec.PRelu[uint64]()),
		},
	),
}

func runPRelu1(c *ops.Call) error {
	x, slope := c.Tensor(0), c.Tensor(1)
	if slope.Len() == 1 || slope.Shape().Equal(x.Shape()) {
		return preluLoops.RunAs(c, slope.Shape())
	}
	if channels := slope.Len(); x.Rank() >= 2 && channels == x.Dim(1) {
		shape := make(tensor.Shape, x.Rank()-1)
		for i := range shape {
			shape[i] = 1
		}
		shape[0] = channels
		return preluLoops.RunAs(c, shape)
	}
	return fmt.Errorf("input 1 (slope): got %v, want one element or one for each channel of %v", slope, x)
}

func runPRelu7(c *ops.Call) error { return preluLoops.RunAs(c, c.Tensor(1).Shape()) }
