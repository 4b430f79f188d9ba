package nn

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// QLinearConv is Conv of a quantized image and filter with a quantized result.
// The filter may have a scale and a zero point for each feature. Sums are exact
// in int32, the bias included; they are scaled in float32, rounded half to
// even, and the zero point is added.
var qLinearConv10 = ops.Def{
	Name: "QLinearConv", Since: 10,
	Sig:   "x:T1, x_scale:float32, x_zero_point:T1, w:T2, w_scale:float32, w_zero_point:T2, y_scale:float32, y_zero_point:T3, B?:T4 -> y:T3",
	Types: ops.Types{"T1": byteTypes, "T2": byteTypes, "T3": byteTypes, "T4": tensor.SetOf(tensor.I32)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &qLinearConv{convInteger{window: readWindow(n), group: n.Int("group", 1)}}
		if w, zero := n.Constant(3), n.Constant(5); w != nil && zero != nil {
			return k, k.pack(w, zero)
		}
		return k, nil
	},
}

type qLinearConv struct{ convInteger }

func (k *qLinearConv) Run(c *ops.Call) error {
	x, w, wScale, yZero := c.Tensor(0), c.Tensor(3), c.Tensor(4), c.Tensor(7)
	for _, i := range []int{1, 2, 6, 7} {
		if t := c.Tensor(i); t.Len() != 1 {
			return fmt.Errorf("input %d (%s): got %v, want one element", i, []string{1: "x_scale", 2: "x_zero_point", 6: "y_scale", 7: "y_zero_point"}[i], t)
		}
	}
	if w.Rank() > 0 && wScale.Len() != 1 && (wScale.Rank() != 1 || wScale.Dim(0) != w.Dim(0)) {
		return fmt.Errorf("input 4 (w_scale): got %v, want one element or one for each of %d features", wScale, w.Dim(0))
	}
	sums, p, err := k.sums(c, x, w, c.Tensor(2), c.Tensor(5), c.Tensor(8))
	if err != nil {
		return err
	}
	defer c.Release(sums)
	y, err := c.Output(0, yZero.DType(), sums.Shape())
	if err != nil {
		return err
	}
	m := make([]float32, wScale.Len())
	for i, s := range tensor.Data[float32](wScale) {
		m[i] = float32(tensor.Data[float32](c.Tensor(1))[0]*s) / tensor.Data[float32](c.Tensor(6))[0]
	}
	zero := byteAt(yZero, 0)
	if y.DType() == tensor.I8 {
		requantize(c, p, tensor.Data[int8](y), sums, m, zero, math.MinInt8, math.MaxInt8)
	} else {
		requantize(c, p, tensor.Data[uint8](y), sums, m, zero, 0, math.MaxUint8)
	}
	return nil
}

// requantize scales the planes of y, each with the multiplier of its feature.
func requantize[T int8 | uint8](c *ops.Call, p *conv.Params, y []T, sums *tensor.Tensor, m []float32, zero, lo, hi int32) {
	plane := window.Volume(p.Dims, window.Out)
	if len(y) == 0 {
		return
	}
	in := tensor.Data[int32](sums)
	c.Pool.For(len(y)/plane, 1+(1<<14)/plane, func(from, to int) {
		for i := from; i < to; i++ {
			j := i % p.Features % len(m)
			quant.Requantize(y[i*plane:(i+1)*plane], in[i*plane:(i+1)*plane], m[j:j+1], zero, lo, hi)
		}
	})
}
