package normalization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// LRN is local response normalization: each element is divided by a power of
// the squares of its neighbours in the channels around.
var lrn1 = ops.Def{
	Name: "LRN", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		size := n.RequiredInt("size")
		if size < 1 && n.Has("size") {
			return nil, fmt.Errorf("attribute size: got %d, want at least 1", size)
		}
		return lrn{norm.LRN{
			Before: (size - 1) / 2, After: size / 2,
			Alpha: float64(n.Float("alpha", 0.0001)) / float64(size),
			Beta:  float64(n.Float("beta", 0.75)),
			Bias:  float64(n.Float("bias", 1)),
		}}, nil
	},
}

type lrn struct{ norm.LRN }

func (k lrn) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() < 2 {
		return fmt.Errorf("input 0 (X): got %v, want dimensions for instances and channels", x)
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	switch x.DType() {
	case tensor.F32:
		runLRN[float32, float32](k, c, y, x)
	case tensor.F64:
		runLRN[float64, float64](k, c, y, x)
	case tensor.F16:
		runLRN[tensor.Float16, float32](k, c, y, x)
	case tensor.BF16:
		runLRN[tensor.BFloat16, float32](k, c, y, x)
	}
	return nil
}

func runLRN[T norm.Elem, W norm.Float](k lrn, c *ops.Call, y, x *tensor.Tensor) {
	s := x.Shape()
	norm.LocalResponse[T, W](c.Pool, tensor.Data[T](y), tensor.Data[T](x), s[0], s[1], s.Span(2, len(s)), k.LRN)
}
