package math

import (
	"fmt"
	gomath "math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Clip computes min(max(input, min), max). The bounds are attributes up to
// version 6 and inputs from 11 on, where an absent one does not bound.
var clip1 = ops.Def{
	Name: "Clip", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		return clip{n.Float("min", -inf), n.Float("max", inf)}, nil
	},
	Reuse: ops.Elementwise(1),
}

var clip6 = ops.Def{
	Name: "Clip", Since: 6,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return clip{n.Float("min", -gomath.MaxFloat32), n.Float("max", gomath.MaxFloat32)}, nil
	},
	Reuse: ops.Elementwise(1),
}

var clip11 = ops.Def{
	Name: "Clip", Since: 11,
	Sig:   "input:T, min?:T, max?:T -> output:T",
	Types: ops.Types{"T": ops.Numeric},
	New:   func(*ops.Node) (ops.Kernel, error) { return clip{-inf, inf}, nil },
	Reuse: ops.Elementwise(1),
}

var inf = float32(gomath.Inf(1))

// clip holds the bounds that no input gives.
type clip struct{ lo, hi float32 }

func (k clip) Run(c *ops.Call) error {
	for i, name := range []string{"input", "min", "max"} {
		if b := c.Tensor(i); i > 0 && b != nil && b.Len() != 1 {
			return fmt.Errorf("input %d (%s): got %v, want a scalar", i, name, b)
		}
	}
	x := c.Tensor(0)
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	switch x.DType() {
	case tensor.F32:
		clipNumbers[float32](k, c, y)
	case tensor.F64:
		clipNumbers[float64](k, c, y)
	case tensor.F16:
		clipHalves[tensor.Float16](k, c, y)
	case tensor.BF16:
		clipHalves[tensor.BFloat16](k, c, y)
	case tensor.I8:
		clipNumbers[int8](k, c, y)
	case tensor.I16:
		clipNumbers[int16](k, c, y)
	case tensor.I32:
		clipNumbers[int32](k, c, y)
	case tensor.I64:
		clipNumbers[int64](k, c, y)
	case tensor.U8:
		clipNumbers[uint8](k, c, y)
	case tensor.U16:
		clipNumbers[uint16](k, c, y)
	case tensor.U32:
		clipNumbers[uint32](k, c, y)
	case tensor.U64:
		clipNumbers[uint64](k, c, y)
	}
	return nil
}

// number is an element that is a number in Go, too.
type number interface {
	tensor.Element
	vec.Number
}

// float is an element that is a float in Go, too.
type float interface {
	tensor.Element
	vec.Float
}

// half is a 16-bit float as an element.
type half interface {
	tensor.Element
	tensor.Half
}

func clipNumbers[T number](k clip, c *ops.Call, y *tensor.Tensor) {
	lo, hi := vec.Convert[T](float64(k.lo)), vec.Convert[T](float64(k.hi))
	if c.Has(1) {
		lo = tensor.Data[T](c.Tensor(1))[0]
	}
	if c.Has(2) {
		hi = tensor.Data[T](c.Tensor(2))[0]
	}
	dst, x := tensor.Data[T](y), tensor.Data[T](c.Tensor(0))
	c.Pool.For(len(dst), vec.GrainMove, func(from, to int) { vec.Clip(dst[from:to], x[from:to], lo, hi) })
}

func clipHalves[H half](k clip, c *ops.Call, y *tensor.Tensor) {
	lo, hi := k.lo, k.hi
	if c.Has(1) {
		lo = tensor.Data[H](c.Tensor(1))[0].Float32()
	}
	if c.Has(2) {
		hi = tensor.Data[H](c.Tensor(2))[0].Float32()
	}
	loop := vec.HalfUnary[H](func(dst, x []float32) { vec.Clip(dst, x, lo, hi) })
	dst, x := tensor.Data[H](y), tensor.Data[H](c.Tensor(0))
	c.Pool.For(len(dst), vec.GrainMath, func(from, to int) { loop(dst[from:to], x[from:to]) })
}
