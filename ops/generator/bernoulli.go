package generator

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Bernoulli draws a 1 with the probability that each element of the input
// gives, and a 0 otherwise.
var bernoulli15 = ops.Def{
	Name: "Bernoulli", Since: 15,
	Sig:   "input:T1 -> output:T2",
	Types: ops.Types{"T1": ops.Floats, "T2": ops.Numeric | ops.Bool},
	New: func(n *ops.Node) (ops.Kernel, error) {
		to, err := typeAttr(n, tensor.Undefined, ops.Numeric|ops.Bool)
		return bernoulli{newSeed(n), to}, err
	},
}

type bernoulli struct {
	seed
	to tensor.DType // Undefined where the input's is meant
}

func (k bernoulli) Run(c *ops.Call) error {
	x, d := c.Tensor(0), k.to
	if d == tensor.Undefined {
		d = x.DType()
	}
	p, err := c.Scratch(tensor.F64, x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(p)
	if err := tensor.Convert(p, x, tensor.Conversion{}); err != nil {
		return err
	}
	y, err := c.Output(0, d, x.Shape())
	if err != nil {
		return err
	}
	s := k.source()
	for i, v := 0, tensor.Data[float64](p); i < len(v); i++ {
		if s.Bernoulli(v[i]) {
			v[i] = 1
		} else {
			v[i] = 0
		}
	}
	return tensor.Convert(y, p, tensor.Conversion{})
}
