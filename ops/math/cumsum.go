package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// CumSum computes running sums along an axis. Floats are accumulated in
// float64.
var cumSum11 = ops.Def{
	Name: "CumSum", Since: 11,
	Sig:   "x:T, axis:T2 -> y:T",
	Types: ops.Types{"T": cumTypes, "T2": ops.Indices},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return newCumulative(n, func(c *ops.Call, y, x *tensor.Tensor, s reduce.Scan) {
			switch x.DType() {
			case tensor.F32:
				reduce.CumSum[float32, float64](c.Pool, tensor.Data[float32](y), tensor.Data[float32](x), s)
			case tensor.F64:
				reduce.CumSum[float64, float64](c.Pool, tensor.Data[float64](y), tensor.Data[float64](x), s)
			case tensor.I32:
				reduce.CumSum[int32, int32](c.Pool, tensor.Data[int32](y), tensor.Data[int32](x), s)
			case tensor.I64:
				reduce.CumSum[int64, int64](c.Pool, tensor.Data[int64](y), tensor.Data[int64](x), s)
			case tensor.U32:
				reduce.CumSum[uint32, uint32](c.Pool, tensor.Data[uint32](y), tensor.Data[uint32](x), s)
			case tensor.U64:
				reduce.CumSum[uint64, uint64](c.Pool, tensor.Data[uint64](y), tensor.Data[uint64](x), s)
			}
		}), nil
	}),
	Reuse: ops.Elementwise(1),
}

var cumTypes = ops.Floats | tensor.SetOf(tensor.I32, tensor.I64, tensor.U32, tensor.U64)

// cumulative is the kernel of CumSum and CumProd.
type cumulative struct {
	run                func(c *ops.Call, y, x *tensor.Tensor, s reduce.Scan)
	exclusive, reverse bool
}

func newCumulative(n *ops.Node, run func(*ops.Call, *tensor.Tensor, *tensor.Tensor, reduce.Scan)) ops.Kernel {
	return &cumulative{run, n.Bool("exclusive", false), n.Bool("reverse", false)}
}

func (k *cumulative) Run(c *ops.Call) error {
	x := c.Tensor(0)
	axes, err := ops.IntsOf(c.Tensor(1))
	if err != nil {
		return fmt.Errorf("input 1 (axis): %w", err)
	}
	if len(axes) != 1 {
		return fmt.Errorf("input 1 (axis): got %v, want a scalar", c.Tensor(1))
	}
	axis, err := x.Shape().Axis(axes[0])
	if err != nil {
		return fmt.Errorf("input 1 (axis): %w", err)
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	k.run(c, y, x, reduce.Scan{
		Outer: x.Shape().Span(0, axis), N: x.Dim(axis), Inner: x.Shape().Span(axis+1, x.Rank()),
		Exclusive: k.exclusive, Reverse: k.reverse,
	})
	return nil
}
