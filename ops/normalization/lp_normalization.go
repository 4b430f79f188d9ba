package normalization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// LpNormalization divides by the norm along an axis: the sum of the absolute
// values for p = 1, the root of the sum of squares for p = 2. Where the norm is
// 0, so are the results.
var lpNormalization1 = ops.Def{
	Name: "LpNormalization", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		p := n.Int("p", 2)
		if p != 1 && p != 2 {
			return nil, fmt.Errorf("attribute p: got %d, want 1 or 2", p)
		}
		return lpNorm{axis13(n), p == 2}, nil
	},
	Reuse: ops.Elementwise(1),
}

type lpNorm struct {
	axis   axisFrom
	square bool
}

func (k lpNorm) Run(c *ops.Call) error {
	x := c.Tensor(0)
	outer, n, inner, err := k.axis.split(x.Shape())
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	switch x.DType() {
	case tensor.F32:
		norm.Lp[float32, float32](c.Pool, tensor.Data[float32](y), tensor.Data[float32](x), outer, n, inner, k.square)
	case tensor.F64:
		norm.Lp[float64, float64](c.Pool, tensor.Data[float64](y), tensor.Data[float64](x), outer, n, inner, k.square)
	case tensor.F16:
		norm.Lp[tensor.Float16, float32](c.Pool, tensor.Data[tensor.Float16](y), tensor.Data[tensor.Float16](x), outer, n, inner, k.square)
	case tensor.BF16:
		norm.Lp[tensor.BFloat16, float32](c.Pool, tensor.Data[tensor.BFloat16](y), tensor.Data[tensor.BFloat16](x), outer, n, inner, k.square)
	}
	return nil
}
