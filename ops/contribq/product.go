package contribq

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/igemm"
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
type integerProduct struct {
	ops.Kernel
	right *igemm.Packed // B where it is a constant matrix
}

// newIntegerProduct packs B where it is constant.
func newIntegerProduct(b, zero *tensor.Tensor, hasZero bool) (k integerProduct, err error) {
	in := inner{op: "MatMulInteger", constants: []*tensor.Tensor{nil, nil, nil, zero}}
	if !hasZero {
		in.constants = in.constants[:3]
	}
	if b != nil && b.Rank() == 2 {
		k.right = igemm.PackB(b.Dim(0), b.Dim(1), matrix(b, false))
	}
	k.Kernel, err = in.build()
	return k, err
}

// matrix returns a tensor of bytes as a matrix of the last dimension's columns.
func matrix(t *tensor.Tensor, trans bool) igemm.Matrix {
	return igemm.Matrix{Data: t.Bytes(), Signed: t.DType() == tensor.I8, Trans: trans, Ld: t.Dim(t.Rank() - 1)}
}

// product returns the product of matrices a, whose dimensions but the last are
// one, and b, where their zero points are one for each matrix or for each
// column of b; ok is false for others.
func (k integerProduct) product(a, b, aZero, bZero *tensor.Tensor) (p *igemm.Product, ok bool) {
	if b.Rank() != 2 || a.Rank() < 1 || a.Dim(a.Rank()-1) != b.Dim(0) || aZero != nil && (aZero.Len() != 1 || aZero.Rank() > 1) ||
		bZero != nil && (bZero.Rank() > 1 || bZero.Len() != 1 && bZero.Len() != b.Dim(1)) {
		return nil, false
	}
	p = &igemm.Product{
		M: a.Shape().Span(0, a.Rank()-1), N: b.Dim(1), K: b.Dim(0),
		A: matrix(a, false), B: matrix(b, false), Packed: k.right, AZeros: byteValues(aZero), BZeros: byteValues(bZero),
	}
	return p, true
}

func byteValues(t *tensor.Tensor) []int32 {
	if t == nil {
		return nil
	}
	l := make([]int32, t.Len())
	for i := range l {
		l[i] = byteAt(t, i)
	}
	return l
}

// floats makes output 0 of the product of a and b with the scale of b at input
// bScale and a bias, which may be absent, at input bias.
func (k integerProduct) floats(c *ops.Call, a, b, aZero, bZero *tensor.Tensor, aScale float32, bScale, bias int) error {
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
	if p, ok := k.product(a, b, aZero, bZero); ok {
		y, err := c.Output(0, tensor.F32, append(a.Shape()[:a.Rank()-1:a.Rank()-1], n))
		if err != nil {
			return err
		}
		p.Out = &igemm.Floats{C: tensor.Data[float32](y), Ld: n, Multipliers: m, Bias: add}
		p.Run(c.Pool)
		return nil
	}
	sums, err := call(c, k, 1, a, b, aZero, bZero)
	if err != nil {
		return err
	}
	defer c.Release(sums[0])
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
		if b := n.Constant(3); b != nil && b.Rank() == 2 {
			m, rows, cols := matrix(b, k.transB), b.Dim(0), b.Dim(1)
			if k.transB {
				rows, cols = cols, rows
			}
			k.right = igemm.PackB(rows, cols, m)
		}
		return k, nil
	},
}

type qGemm struct {
	transA, transB bool
	alpha          float32
	right          *igemm.Packed // B where it is constant
}

func (k *qGemm) Run(c *ops.Call) error {
	a, b, aZero, bZero, scale := c.Tensor(0), c.Tensor(3), c.Tensor(2), c.Tensor(5), c.Tensor(1)
	if a.Rank() != 2 || b.Rank() != 2 {
		return fmt.Errorf("input 0 (A), 3 (B): got %v and %v, want matrices", a, b)
	}
	p := &igemm.Product{M: a.Dim(0), K: a.Dim(1), N: b.Dim(1), A: matrix(a, k.transA), B: matrix(b, k.transB), Packed: k.right}
	if k.transA {
		p.M, p.K = p.K, p.M
	}
	inner := b.Dim(0)
	if k.transB {
		inner, p.N = p.N, inner
	}
	if inner != p.K {
		return fmt.Errorf("input 0 (A), 3 (B): got %v and %v, which do not multiply", a, b)
	}
	if scale.Len() != 1 {
		return fmt.Errorf("input 1 (a_scale): got %v, want one element", scale)
	}
	if aZero.Len() != 1 || bZero.Len() != 1 && (bZero.Rank() != 1 || bZero.Len() != p.N) {
		return fmt.Errorf("input 2 (a_zero_point), 5 (b_zero_point): got %v and %v, want one element, for B perhaps one for each of %d columns", aZero, bZero, p.N)
	}
	p.AZeros, p.BZeros = byteValues(aZero), byteValues(bZero)
	m, err := multipliers(k.alpha*tensor.Data[float32](scale)[0], c.Tensor(4), 4, p.N)
	if err != nil {
		return err
	}
	shape := tensor.Shape{p.M, p.N}
	d, out := tensor.F32, params{scale: 1}
	if c.Has(7) {
		if d = a.DType(); c.Has(8) {
			d = c.Tensor(8).DType()
		}
		if out, err = paramsOf(c, 7, 8, d); err != nil {
			return err
		}
		for i := range m {
			m[i] /= out.scale
		}
	}
	bias := c.Tensor(6)
	if bias != nil {
		if s, err := tensor.Broadcast(bias.Shape(), shape); err != nil || !s.Equal(shape) {
			return fmt.Errorf("input 6 (C): got %v, which does not broadcast to %v", bias, shape)
		}
	}
	y, err := c.Output(0, d, shape)
	if err != nil || y.Len() == 0 {
		return err
	}
	lo, hi, _ := quant.Bounds(d)
	finish := func(from, to int) igemm.Output {
		if d == tensor.F32 {
			return &igemm.Floats{C: tensor.Data[float32](y)[from*p.N : to*p.N], Ld: p.N, Multipliers: m}
		}
		return &igemm.Bytes{C: y.Bytes()[from*p.N : to*p.N], Ld: p.N, Multipliers: m, Zero: out.zero, Lo: lo, Hi: hi}
	}
	if bias == nil || bias.Rank() < 2 || bias.Dim(0) == 1 {
		if bias != nil {
			p.Bias = make([]int32, p.N)
			for j, v := 0, tensor.Data[int32](bias); j < p.N; j++ {
				p.Bias[j] = v[j%len(v)]
			}
		}
		p.Out = finish(0, p.M)
		p.Run(c.Pool)
		return nil
	}
	// A bias for each row: the rows are products of their own.
	row, whole := *p, p.A
	cols := bias.Dim(1)
	row.M = 1
	row.Bias = make([]int32, p.N)
	for i := range p.M {
		if row.A.Data = whole.Data[i:]; !k.transA {
			row.A.Data = whole.Data[i*whole.Ld:]
		}
		for j, v := 0, tensor.Data[int32](bias)[i*cols:(i+1)*cols]; j < p.N; j++ {
			row.Bias[j] = v[j%cols]
		}
		row.Out = finish(i, i+1)
		row.Run(c.Pool)
	}
	return nil
}
