package normalization

import (
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Hardmax is 1 for the first largest element and 0 for the others, along the
// axes of Softmax.
var hardmax1 = ops.Def{
	Name: "Hardmax", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return hardmax{axis1(n)}, nil
	}),
	Reuse: ops.Elementwise(1),
}

var hardmax13 = ops.Def{
	Name: "Hardmax", Since: 13,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return hardmax{axis13(n)}, nil
	}),
	Reuse: ops.Elementwise(1),
}

type hardmax struct{ axis axisFrom }

func (k hardmax) Run(c *ops.Call) error {
	x := c.Tensor(0)
	outer, n, inner, err := k.axis.split(x.Shape())
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	if x.DType() == tensor.F64 {
		norm.Hardmax(c.Pool, tensor.Data[float64](y), tensor.Data[float64](x), outer, n, inner)
	} else {
		norm.Hardmax(c.Pool, tensor.Data[float32](y), tensor.Data[float32](x), outer, n, inner)
	}
	return nil
}
