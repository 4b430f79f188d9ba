package training

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/update"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Adam moves along the average of the gradients over the root of that of their
// squares.
var adam1 = ops.Def{
	Domain: domain, Name: "Adam", Since: 1,
	Sig: signature, Types: types,
	New: func(n *ops.Node) (ops.Kernel, error) {
		base := update.Adam{
			Alpha: float64(n.Float("alpha", 0.9)), Beta: float64(n.Float("beta", 0.999)),
			Norm: float64(n.Float("norm_coefficient", 0)), NormPost: float64(n.Float("norm_coefficient_post", 0)),
			Epsilon: float64(n.Float("epsilon", 1e-6)),
		}
		return &kernel{2, func(rate float64, t int64, in, out []*tensor.Tensor, lo, hi int) {
			u := base
			u.Rate = rate
			if t > 0 {
				u.Rate *= math.Sqrt(1-math.Pow(u.Beta, float64(t))) / (1 - math.Pow(u.Alpha, float64(t)))
			}
			if in[0].DType() == tensor.F32 {
				stepAdam[float32](u, in, out, lo, hi)
			} else {
				stepAdam[float64](u, in, out, lo, hi)
			}
		}}, nil
	},
}

func stepAdam[T update.Float](u update.Adam, in, out []*tensor.Tensor, lo, hi int) {
	update.StepAdam(u, part[T](out[0], lo, hi), part[T](out[1], lo, hi), part[T](out[2], lo, hi),
		part[T](in[0], lo, hi), part[T](in[1], lo, hi), part[T](in[2], lo, hi), part[T](in[3], lo, hi))
}
