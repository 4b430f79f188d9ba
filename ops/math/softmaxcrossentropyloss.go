package math

import (
	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SoftmaxCrossEntropyLoss is NegativeLogLikelihoodLoss of the logarithm of the
// softmax of scores [N, C, d…], which is the second output.
var softmaxCrossEntropyLoss12 = ops.Def{
	Name: "SoftmaxCrossEntropyLoss", Since: 12,
	Sig:   "scores:T, labels:Tind, weights?:T -> output:T, log_prob?:T",
	Types: ops.Types{"T": ops.Floats, "Tind": ops.Indices},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := newLoss(n)
		return ops.Func(func(c *ops.Call) error {
			if c.Tensor(0).DType() == tensor.F32 {
				return runCrossEntropy[float32](c, k)
			}
			return runCrossEntropy[float64](c, k)
		}), nil
	}),
}

func runCrossEntropy[T float](c *ops.Call, k *loss) error {
	outer, classes, inner, err := k.check(c)
	if err != nil {
		return err
	}
	s, err := c.Scratch(tensor.F64, outer, inner)
	if err != nil {
		return err
	}
	defer c.Release(s)
	lse, x := tensor.Data[float64](s), tensor.Data[T](c.Tensor(0))
	var logProb []T
	if c.Wants(1) {
		y, err := c.Output(1, c.Tensor(0).DType(), c.Tensor(0).Shape())
		if err != nil {
			return err
		}
		logProb = tensor.Data[T](y)
	}
	c.Pool.For(outer, max(1, vec.GrainSlow/max(1, classes*inner)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, norm := x[i*classes*inner:(i+1)*classes*inner], lse[i*inner:(i+1)*inner]
			reduce.LogSumExpCols(norm, row, classes, inner)
			if logProb == nil {
				continue
			}
			for j, v := range row {
				logProb[i*classes*inner+j] = T(float64(v) - norm[j%inner])
			}
		}
	})
	return runLoss[T](c, k, lse)
}
