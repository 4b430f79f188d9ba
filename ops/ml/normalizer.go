package ml

import (
	"math"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Normalizer divides each row by its largest element, by the sum of the
// absolute values of its elements, or by its length. A row whose divisor is 0
// stays as it is.
var normalizer1 = ops.Def{
	Domain: domain, Name: "Normalizer", Since: 1,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": numbers},
	New: func(n *ops.Node) (ops.Kernel, error) {
		norm := n.Enum("norm", "MAX", "L1", "L2")
		return ops.Func(func(c *ops.Call) error {
			x := c.Tensor(0)
			rows, f, err := rowsOf(x)
			if err != nil {
				return err
			}
			y, err := c.Output(0, tensor.F32, x.Shape())
			if err != nil {
				return err
			}
			w, scratch, err := wide(c, x)
			if err != nil {
				return err
			}
			defer c.Release(scratch)
			out := tensor.Data[float32](y)
			c.Pool.For(rows, 1+4096/max(1, f), func(lo, hi int) {
				for r := lo; r < hi; r++ {
					normalize(out[r*f:(r+1)*f], w[r*f:(r+1)*f], norm)
				}
			})
			return nil
		}), nil
	},
}

func normalize(y []float32, x []float64, norm string) {
	var d float64
	switch norm {
	case "MAX":
		d = math.Inf(-1)
		for _, v := range x {
			d = max(d, v)
		}
	case "L1":
		for _, v := range x {
			d += math.Abs(v)
		}
	default:
		for _, v := range x {
			d += v * v
		}
		d = math.Sqrt(d)
	}
	if d == 0 {
		d = 1
	}
	for i, v := range x {
		y[i] = float32(v / d)
	}
}
