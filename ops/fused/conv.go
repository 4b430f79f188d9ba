package fused

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/nn"
	"github.com/onnxrun/onnxrun/tensor"
)

// ConvAdd is Conv plus Z, which broadcasts as in Add, bounded to the attributes
// lo … hi: the end of a residual block. NaN stays NaN.
var convAdd1 = ops.Def{
	Domain: Domain, Name: "ConvAdd", Since: 1,
	Sig: "X:T, W:T, B?:T, Z:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &convAdd{}
		var err error
		if k.residual, err = newResidual(n); err != nil {
			return nil, err
		}
		k.conv = nn.NewPlusConv(n)
		return k, nil
	}),
	Reuse: []ops.Reuse{{Output: 0, Input: 3}},
}

type convAdd struct {
	conv nn.PlusConv
	residual
}

func (k *convAdd) Run(c *ops.Call) error {
	z := c.Tensor(3)
	if added, err := k.conv.RunPlus(c, z, k.lo, k.hi); added || err != nil {
		return err
	}
	y := c.Outputs[0].(*tensor.Tensor)
	switch {
	case !z.Shape().Equal(y.Shape()):
		c.Outputs[0] = nil
		return k.broadcast(c, y, z)
	case y.DType() == tensor.F64:
		addBounded(c, &k.residual, tensor.Data[float64](y), tensor.Data[float64](z))
	default:
		addBounded(c, &k.residual, tensor.Data[float32](y), tensor.Data[float32](z))
	}
	return nil
}
