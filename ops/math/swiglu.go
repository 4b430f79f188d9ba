package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// SwiGLU computes A / (1 + e^(-alpha A)) B, without broadcasting.
var swiGLU28 = ops.Def{
	Name: "SwiGLU", Since: 28,
	Sig:   "A:T, B:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		alpha := n.Float("alpha", 1)
		return &swiGLU{elementwise.Binary{
			Grain: vec.GrainMath,
			Loops: elementwise.FloatBinary(vec.SwiGLU32(alpha), vec.SwiGLU64(float64(alpha))),
		}}, nil
	},
	Reuse: ops.Elementwise(2),
}

type swiGLU struct{ elementwise.Binary }

func (k *swiGLU) Run(c *ops.Call) error {
	if a, b := c.Tensor(0), c.Tensor(1); !a.Shape().Equal(b.Shape()) {
		return fmt.Errorf("input 1 (B): got shape %v, want %v as A has", b.Shape(), a.Shape())
	}
	return k.Binary.Run(c)
}
