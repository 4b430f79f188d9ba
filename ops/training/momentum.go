package training

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/update"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Momentum moves along a moving sum of the gradients, to which the first
// gradient of all counts in full.
var momentum1 = ops.Def{
	Domain: domain, Name: "Momentum", Since: 1,
	Sig: signature, Types: types,
	New: func(n *ops.Node) (ops.Kernel, error) {
		base := update.Momentum{
			Alpha: float64(n.Float("alpha", 0)), Beta: float64(n.Float("beta", 0)),
			Norm: float64(n.Float("norm_coefficient", 0)), Nesterov: n.Enum("mode", "standard", "nesterov") == "nesterov",
		}
		for _, name := range []string{"alpha", "beta", "norm_coefficient", "mode"} {
			if !n.Has(name) {
				return nil, fmt.Errorf("attribute %s is missing", name)
			}
		}
		return &kernel{1, func(rate float64, t int64, in, out []*tensor.Tensor, lo, hi int) {
			u := base
			u.Rate = rate
			if t <= 0 {
				u.Beta = 1
			}
			if in[0].DType() == tensor.F32 {
				stepMomentum[float32](u, in, out, lo, hi)
			} else {
				stepMomentum[float64](u, in, out, lo, hi)
			}
		}}, nil
	},
}

func stepMomentum[T update.Float](u update.Momentum, in, out []*tensor.Tensor, lo, hi int) {
	update.StepMomentum(u, part[T](out[0], lo, hi), part[T](out[1], lo, hi),
		part[T](in[0], lo, hi), part[T](in[1], lo, hi), part[T](in[2], lo, hi))
}
