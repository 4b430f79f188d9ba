package training

import (
	"github.com/onnxrun/onnxrun/internal/kernel/update"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Adagrad divides the learning rate by the length of the gradients so far.
var adagrad1 = ops.Def{
	Domain: domain, Name: "Adagrad", Since: 1,
	Sig: signature, Types: types,
	New: func(n *ops.Node) (ops.Kernel, error) {
		decay, norm, epsilon := float64(n.Float("decay_factor", 0)), float64(n.Float("norm_coefficient", 0)), float64(n.Float("epsilon", 1e-6))
		return &kernel{1, func(rate float64, t int64, in, out []*tensor.Tensor, lo, hi int) {
			u := update.Adagrad{Rate: rate / (1 + float64(t)*decay), Norm: norm, Epsilon: epsilon}
			if in[0].DType() == tensor.F32 {
				stepAdagrad[float32](u, in, out, lo, hi)
			} else {
				stepAdagrad[float64](u, in, out, lo, hi)
			}
		}}, nil
	},
}

func stepAdagrad[T update.Float](u update.Adagrad, in, out []*tensor.Tensor, lo, hi int) {
	update.StepAdagrad(u, part[T](out[0], lo, hi), part[T](out[1], lo, hi),
		part[T](in[0], lo, hi), part[T](in[1], lo, hi), part[T](in[2], lo, hi))
}
