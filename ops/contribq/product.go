package contribq

import (
	"fmt"
	stdmath "math"

	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MatMulIntegerToFloat is MatMulInteger, scaled, plus a bias.
var matMulIntegerToFloat1 = ops.Def{
	Domain: domain, Name: "MatMulIntegerToFloat", Since: 1,
	Sig:   "A:T1, B:T2, a_scale:T3, b_scale:T3, a_zero_point?:T1, b_zero_point?:T2, bias?:T3 -> Y:T3",
	Types: ops.Types{"T1": byteTypes, "T2": byteTypes, "T3": tensor.SetOf(tensor.F32, tensor.F16)},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k, err := newIntegerProduct(n.Constant(1), n.Constant(5), n.HasInput(5))
		return ops.Func(func(c *ops.Call) error {
			a, b, scale := c.Tensor(0), c.Tensor(1), c.Tensor(2)
			if scale.Len() != 1 {
				return fmt.Errorf("input 2 (a_scale): got %v, want one element", scale)
			}
			return k.floats(c, a, b, c.Tensor(4), c.Tensor(5), tensor.Data[float32](scale)[0], 3, 6)
		}), err
	}),
}

// DynamicQuantizeMatMul is MatMulIntegerToFloat of a matrix that is quantized
// as DynamicQuantizeLinear does it.
var dynamicQuantizeMatMul1 = ops.Def{
	Domain: domain, Name: "DynamicQuantizeMatMul", Since: 1,
	Sig:   "A:T1, B:T2, b_scale:T1, b_zero_point?:T2, bias?:T1 -> Y:T1",
	Types: ops.Types{"T1": tensor.SetOf(tensor.F32), "T2": byteTypes},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newIntegerProduct(n.Constant(1), n.Constant(3), n.HasInput(3))
		return ops.Func(func(c *ops.Call) error {
			x := c.Tensor(0)
			a, err := c.Scratch(tensor.U8, x.Shape()...)
			if err != nil {
				return err
			}
			defer c.Release(a)
			scale, zero := quant.Dynamic(quant.Range(tensor.Data[float32](x)))
			quantize(c, a, x, params{scale, int32(zero)})
			return k.floats(c, a, c.Tensor(1), tensor.Scalar(zero), c.Tensor(3), scale, 2, 4)
		}), err
	},
}

// integerProduct is MatMulInteger within another operator.
type integerProduct struct{ ops.Kernel }

// newIntegerProduct packs B where it and its zero point, if it has one, are
// constant.
func newIntegerProduct(b, zero *tensor.Tensor, hasZero bool) (k integerProduct, err error) {
	in := inner{op: "MatMulInteger", constants: []*tensor.Tensor{nil, b, nil, zero}}
	if !hasZero {
		in.constants = in.constants[:3]
	}
	k.Kernel, err = in.build()
	return k, err
}

// floats makes output 0 of the product of a and b with the scale of b at input
// bScale and a bias, which may be absent, at input bias.
func (k integerProduct) floats(c *ops.Call, a, b, aZero, bZero *tensor.Tensor, aScale float32, bScale, bias int) error {
	sums, err := call(c, k, 1, a, b, aZero, bZero)
	if err != nil {
		return err
	}
	defer c.Release(sums[0])
	n := 1
	if b.Rank() > 1 {
		n = b.Dim(b.Rank() - 1)
	}
	m, err := multipliers(aScale, c.Tensor(bScale), bScale, n)
	if err != nil {
		return err
	}
	var add []float32
	if t := c.Tensor(bias); t != nil {
		if t.Rank() != 1 || t.Dim(0) != n {
			return fmt.Errorf("input %d (bias): got %v, want one element for each of %d columns", bias, t, n)
		}
		add = tensor.Data[float32](t)
	}
	y, err := c.Output(0, tensor.F32, sums[0].Shape())
	if err != nil {
		return err
	}
	rowsOf(c, y.Len(), n, func(lo, hi int) {
		quant.Sums(tensor.Data[float32](y)[lo:hi], tensor.Data[int32](sums[0])[lo:hi], m, add)
	})
	return nil
}

// multipliers returns the products of a scale and those of n columns.
func multipliers(scale float32, t *tensor.Tensor, input, n int) ([]float32, error) {
	if t.Len() != 1 && (t.Len() != n || t.Dim(t.Rank()-1) != n) {
		return nil, fmt.Errorf("input %d (b_scale): got %v, want one element or one for each of %d columns", input, t, n)
	}
	m := make([]float32, t.Len())
	for i, s := range tensor.Data[float32](t) {
		m[i] = scale * s
	}
	return m, nil
}

// rowsOf calls f for the elements of each row of n.
func rowsOf(c *ops.Call, total, n int, f func(lo, hi int)) {
	if total == 0 {
		return
	}
	c.Pool.For(total/n, 1+grain/n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f(i*n, (i+1)*n)
		}
	})
}

// QGemm is Gemm of quantized matrices: alpha·scales·(A'·B' + C) with C in
// int32, quantized where there is a y_scale.
var qGemm1 = ops.Def{
	Domain: domain, Name: "QGemm", Since: 1,
	Sig: "A:TA, a_scale:T, a_zero_point:TA, B:TB, b_scale:T, b_zero_point:TB, C?:TC, y_scale?:T, y_zero_point?:TYZ -> Y:TY",
	Types: ops.Types{
		"TA": byteTypes, "TB": byteTypes, "T": tensor.SetOf(tensor.F32), "TC": tensor.SetOf(tensor.I32),
		"TYZ": byteTypes, "TY": byteTypes | tensor.SetOf(tensor.F32),
	},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &qGemm{transA: n.Bool("transA", false), transB: n.Bool("transB", false), alpha: n.Float("alpha", 1)}
		b := n.Constant(3)
		if b != nil && b.Rank() == 2 && k.transB {
			t, err := tensor.New(b.DType(), tensor.Shape{b.Dim(1), b.Dim(0)})
			if err != nil {
				return nil, err
			}
			swap(t.Bytes(), b.Bytes(), 1, b.Dim(0), b.Dim(1))
			k.b, b = t, t
		}
		var err error
		if k.product, err = newIntegerProduct(b, n.Constant(5), true); err != nil {
			return nil, err
		}
		k.add, err = inner{op: "Add", constants: make([]*tensor.Tensor, 2)}.build()
		return k, err
	},
}

type qGemm struct {
	transA, transB bool
	alpha          float32
	product        integerProduct
	add            ops.Kernel
	b              *tensor.Tensor // B where it is constant and was to be transposed
}

func (k *qGemm) Run(c *ops.Call) error {
	a, b, bias, scale := c.Tensor(0), c.Tensor(3), c.Tensor(6), c.Tensor(1)
	if a.Rank() != 2 || b.Rank() != 2 {
		return fmt.Errorf("input 0 (A), 3 (B): got %v and %v, want matrices", a, b)
	}
	if scale.Len() != 1 {
		return fmt.Errorf("input 1 (a_scale): got %v, want one element", scale)
	}
	var err error
	if k.transA {
		if a, err = swapped(c, a, tensor.Shape{a.Dim(1), a.Dim(0)}, 1, a.Dim(0), a.Dim(1)); err != nil {
			return err
		}
		defer c.Release(a)
	}
	if k.b != nil {
		b = k.b
	} else if k.transB {
		if b, err = swapped(c, b, tensor.Shape{b.Dim(1), b.Dim(0)}, 1, b.Dim(0), b.Dim(1)); err != nil {
			return err
		}
		defer c.Release(b)
	}
	out, err := call(c, k.product, 1, a, b, c.Tensor(2), c.Tensor(5))
	if err != nil {
		return err
	}
	defer c.Release(out[0])
	sums, n := out[0], b.Dim(1)
	if bias != nil {
		if s, err := tensor.Broadcast(bias.Shape(), sums.Shape()); err != nil || !s.Equal(sums.Shape()) {
			return fmt.Errorf("input 6 (C): got %v, which does not broadcast to %v", bias, sums.Shape())
		}
		out, err := call(c, k.add, 1, sums, bias)
		if err != nil {
			return err
		}
		defer c.Release(out[0])
		sums = out[0]
	}
	m, err := multipliers(k.alpha*tensor.Data[float32](scale)[0], c.Tensor(4), 4, n)
	if err != nil {
		return err
	}
	in := tensor.Data[int32](sums)
	if !c.Has(7) {
		y, err := c.Output(0, tensor.F32, sums.Shape())
		if err != nil {
			return err
		}
		rowsOf(c, y.Len(), n, func(lo, hi int) { quant.Sums(tensor.Data[float32](y)[lo:hi], in[lo:hi], m, nil) })
		return nil
	}
	d := a.DType()
	if zero := c.Tensor(8); zero != nil {
		d = zero.DType()
	}
	p, err := paramsOf(c, 7, 8, d)
	if err != nil {
		return err
	}
	for i := range m {
		m[i] /= p.scale
	}
	y, err := c.Output(0, d, sums.Shape())
	if err != nil {
		return err
	}
	rowsOf(c, y.Len(), n, func(lo, hi int) {
		if d == tensor.I8 {
			quant.Requantize(tensor.Data[int8](y)[lo:hi], in[lo:hi], m, p.zero, stdmath.MinInt8, stdmath.MaxInt8)
		} else {
			quant.Requantize(tensor.Data[uint8](y)[lo:hi], in[lo:hi], m, p.zero, 0, stdmath.MaxUint8)
		}
	})
	return nil
}
