package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Compress keeps the entries along an axis, or of the flattened input, for
// which the condition holds. What the condition is too short for is dropped.
var compress9 = ops.Def{
	Name: "Compress", Since: 9,
	Sig: "input:T, condition:bool -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return compress{flat: !n.Has("axis"), axis: n.Int("axis", 0)}, nil
	},
}

type compress struct {
	flat bool
	axis int
}

func (k compress) Run(c *ops.Call) error {
	x, cond := c.Tensor(0), c.Tensor(1)
	if cond.Rank() != 1 {
		return fmt.Errorf("input 1 (condition): got %v, want a vector", cond)
	}
	shape, axis := tensor.Shape{x.Len()}, 0
	if !k.flat {
		shape = x.Shape().Clone()
		var err error
		if axis, err = shape.Axis(k.axis); err != nil {
			return fmt.Errorf("attribute axis: %w", err)
		}
	}
	outer, n, inner := shape.Span(0, axis), shape[axis], shape.Span(axis+1, len(shape))
	flags := cond.Bytes()
	if len(flags) > n {
		if m := move.Count(flags[n:]); m > 0 {
			return fmt.Errorf("input 1 (condition): %d of %d flags are set beyond the %d entries to choose from", m, len(flags), n)
		}
		flags = flags[:n]
	}
	shape[axis] = move.Count(flags)
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	if x.DType() == tensor.Str {
		move.Compress(tensor.Data[string](y), tensor.Data[string](x), flags, outer, n, inner)
	} else {
		move.CompressBytes(y.Bytes(), x.Bytes(), flags, outer, n, inner, x.DType().Size())
	}
	return nil
}
