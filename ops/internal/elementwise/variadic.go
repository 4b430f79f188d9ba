package elementwise

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// VariadicLoop folds any number of operands of one element type.
type VariadicLoop struct {
	dtype tensor.DType
	run   func(c *ops.Call, grain int, y *tensor.Tensor, casts []*vec.Cast)
}

// LoopN makes a VariadicLoop of an operation whose VV and VS exist. After, which
// may be nil, is applied to the elements of the result.
func LoopN[T tensor.Element](op vec.Binary[T, T, T], after func(y []T, inputs int)) VariadicLoop {
	return VariadicLoop{tensor.DTypeOf[T](), func(c *ops.Call, grain int, y *tensor.Tensor, casts []*vec.Cast) {
		dst := tensor.Data[T](y)
		x := make([][]T, len(casts))
		for i := range x {
			x[i] = tensor.Data[T](c.Tensor(i))
		}
		c.Pool.For(len(dst), grain, func(lo, hi int) {
			vec.Fold(op, dst, x, casts, lo, hi)
			if after != nil {
				after(dst[lo:hi], len(x))
			}
		})
	}}
}

// Variadic folds its inputs from left to right.
type Variadic struct {
	Loops []VariadicLoop
	Grain int
	// SameShape says that inputs must not be broadcast.
	SameShape bool
}

// Build returns the kernel.
func (k Variadic) Build(n *ops.Node) (ops.Kernel, error) {
	n.Ignore("consumed_inputs")
	return &k, nil
}

// BuildLegacy returns the kernel of versions below 8, which do not broadcast.
func (k Variadic) BuildLegacy(n *ops.Node) (ops.Kernel, error) {
	k.SameShape = true
	return k.Build(n)
}

// Run computes the call's first output.
func (k *Variadic) Run(c *ops.Call) error {
	var shape tensor.Shape
	for i := range c.Inputs {
		x := c.Tensor(i)
		if x == nil {
			return fmt.Errorf("input %d is missing", i)
		}
		if i == 0 {
			shape = x.Shape()
			continue
		}
		if k.SameShape && !shape.Equal(x.Shape()) {
			return fmt.Errorf("input %d: got %v, want shape %v as input 0 has", i, x, shape)
		}
		var err error
		if shape, err = tensor.Broadcast(shape, x.Shape()); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	if len(c.Inputs) == 0 {
		return errors.New("got no inputs, want at least one")
	}
	x := c.Tensor(0)
	for _, l := range k.Loops {
		if l.dtype != x.DType() {
			continue
		}
		y, err := c.Output(0, x.DType(), shape)
		if err != nil {
			return err
		}
		casts := make([]*vec.Cast, len(c.Inputs))
		for i := range casts {
			casts[i] = vec.NewCast(shape, shape, c.Tensor(i).Shape())
		}
		l.run(c, k.Grain, y, casts)
		return nil
	}
	return ops.Unsupportedf("elements of type %v", x.DType())
}
