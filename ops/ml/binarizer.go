package ml

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Binarizer makes elements above the threshold 1, others and NaN 0.
var binarizer1 = ops.Def{
	Domain: domain, Name: "Binarizer", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": numbers},
	Reuse: ops.Elementwise(1),
	New: func(n *ops.Node) (ops.Kernel, error) {
		threshold := float64(n.Float("threshold", 0))
		return ops.Func(func(c *ops.Call) error {
			x := c.Tensor(0)
			y, err := c.Output(0, x.DType(), x.Shape())
			if err != nil {
				return err
			}
			c.Pool.For(x.Len(), 1<<14, func(lo, hi int) {
				switch x.DType() {
				case tensor.F32:
					binarize(tensor.Data[float32](y)[lo:hi], tensor.Data[float32](x)[lo:hi], threshold)
				case tensor.F64:
					binarize(tensor.Data[float64](y)[lo:hi], tensor.Data[float64](x)[lo:hi], threshold)
				case tensor.I64:
					binarize(tensor.Data[int64](y)[lo:hi], tensor.Data[int64](x)[lo:hi], threshold)
				case tensor.I32:
					binarize(tensor.Data[int32](y)[lo:hi], tensor.Data[int32](x)[lo:hi], threshold)
				}
			})
			return nil
		}), nil
	},
}

func binarize[T number](y, x []T, threshold float64) {
	for i, v := range x {
		var b T
		if float64(v) > threshold {
			b = 1
		}
		y[i] = b
	}
}
