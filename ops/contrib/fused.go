package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/ops/nn"
	"github.com/onnxrun/onnxrun/tensor"
)

// FusedConv is Conv, plus Z, followed by an activation.
var fusedConv1 = ops.Def{
	Domain: domain, Name: "FusedConv", Since: 1,
	Sig:   "X:T, W:T, B?:T, Z?:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		name, params := n.Str("activation", ""), n.Floats("activation_params")
		a, err := newActivation(name, params)
		if err != nil {
			return nil, err
		}
		if lo, hi, ok := bounds(name, params); ok && !n.HasInput(3) {
			return nn.NewBoundedConv(n, lo, hi), nil // in one pass
		}
		if a.f32 != nil && !n.HasInput(3) {
			return nn.NewConvThen(n, a.f32, a.f64), nil
		}
		inner, err := standardConv(n)
		return &fused{inner, a, 3}, err
	}),
}

// FusedGemm is Gemm followed by an activation.
var fusedGemm1 = ops.Def{
	Domain: domain, Name: "FusedGemm", Since: 1,
	Sig:   "A:T, B:T, C?:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		inner, err := standardGemm(n)
		if err != nil {
			return nil, err
		}
		a, err := readActivation(n)
		return &fused{inner, a, -1}, err
	}),
}

var (
	standardConv = standard(nn.Defs, "Conv", 1)
	standardGemm = standard(math.Defs, "Gemm", 7)
)

// fused applies an activation to the result of another kernel.
type fused struct {
	ops.Kernel
	activation
	add int // the input that is added before, -1 for none
}

func (k *fused) Run(c *ops.Call) error {
	if err := k.Kernel.Run(c); err != nil {
		return err
	}
	y := c.Outputs[0].(*tensor.Tensor)
	if k.add >= 0 && c.Has(k.add) {
		z := c.Tensor(k.add)
		if !z.Shape().Equal(y.Shape()) {
			return fmt.Errorf("input %d (Z): got %v, want shape %v as the result has", k.add, z, y.Shape())
		}
		if y.DType() == tensor.F64 {
			sum(c, tensor.Data[float64](y), tensor.Data[float64](z), vec.Add[float64]().VV)
		} else {
			sum(c, tensor.Data[float32](y), tensor.Data[float32](z), vec.Add[float32]().VV)
		}
	}
	k.apply(c, y)
	return nil
}

func sum[T any](c *ops.Call, y, z []T, add func(dst, a, b []T)) {
	c.Pool.For(len(y), vec.GrainMove, func(lo, hi int) { add(y[lo:hi], y[lo:hi], z[lo:hi]) })
}
