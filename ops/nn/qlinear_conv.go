package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/igemm"
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
		return &qLinearConv{newConvInteger(n, n.Constant(3))}, nil
	},
}

type qLinearConv struct{ *convInteger }

func (k *qLinearConv) Run(c *ops.Call) error {
	x, w, wScale, yZero := c.Tensor(0), c.Tensor(3), c.Tensor(4), c.Tensor(7)
	for _, i := range [...]int{1, 2, 6, 7} {
		if t := c.Tensor(i); t.Len() != 1 {
			return fmt.Errorf("input %d (%s): got %v, want one element", i, []string{1: "x_scale", 2: "x_zero_point", 6: "y_scale", 7: "y_zero_point"}[i], t)
		}
	}
	if w.Rank() > 0 && wScale.Len() != 1 && (wScale.Rank() != 1 || wScale.Dim(0) != w.Dim(0)) {
		return fmt.Errorf("input 4 (w_scale): got %v, want one element or one for each of %d features", wScale, w.Dim(0))
	}
	v := ops.Memo[byteConvolution](c)
	if err := k.check(v, x, w, c.Tensor(2), c.Tensor(5), c.Tensor(8)); err != nil {
		return err
	}
	defer v.forget()
	y, err := c.Output(0, yZero.DType(), v.shape)
	if err != nil || y.Len() == 0 {
		return err
	}
	v.multipliers = ops.Sized(v.multipliers, wScale.Len())
	m := v.multipliers
	for i, s := range tensor.Data[float32](wScale) {
		m[i] = float32(tensor.Data[float32](c.Tensor(1))[0]*s) / tensor.Data[float32](c.Tensor(6))[0]
	}
	zero := byteAt(yZero, 0)
	lo, hi, _ := quant.Bounds(y.DType())
	done, err := k.fast(c, v, func(at, ld int) igemm.Output {
		v.bytes = igemm.Bytes{
			C: y.Bytes()[at:], Ld: ld, RowBias: v.bias,
			Multipliers: m, PerRow: true, Zero: zero, Lo: lo, Hi: hi,
		}
		return &v.bytes
	})
	if err != nil || done {
		return err
	}
	sums, err := c.Scratch(tensor.I32, v.shape...)
	if err != nil {
		return err
	}
	defer c.Release(sums)
	if err := k.sums(c, v, tensor.Data[int32](sums)); err != nil {
		return err
	}
	plane := window.Volume(v.Dims, window.Out)
	in, out := tensor.Data[int32](sums), y.Bytes()
	c.Pool.For(len(out)/plane, 1+(1<<14)/plane, func(from, to int) {
		for i := from; i < to; i++ {
			j := i % v.Features % len(m)
			quant.RequantizeSums(out[i*plane:(i+1)*plane], in[i*plane:(i+1)*plane], 0, nil, m[j:j+1], zero, lo, hi)
		}
	})
	return nil
}
