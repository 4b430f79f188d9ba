package math

import (
	"fmt"
	stdmath "math"

	"github.com/onnxrun/onnxrun/internal/kernel/igemm"
	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// QLinearMatMul is MatMul of quantized matrices with a quantized result. The
// scale and zero point of a may be one for each row, those of b one for each
// column. Sums of bytes are exact in int32; they are scaled in float32, rounded
// half to even, and the zero point is added. Matrices of float8, from version
// 21 on, are multiplied in float32.
var qLinearMatMul10 = ops.Def{
	Name: "QLinearMatMul", Since: 10,
	Sig: "a:T1, a_scale:TS, a_zero_point:T1, b:T2, b_scale:TS, b_zero_point:T2, y_scale:TS, y_zero_point:T3 -> y:T3",
	Types: ops.Types{
		"TS": tensor.SetOf(tensor.F32, tensor.F16, tensor.BF16),
		"T1": byteTypes | ops.Float8s, "T2": byteTypes | ops.Float8s, "T3": byteTypes | ops.Float8s,
	},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &qLinearMatMul{integer: &matMulInteger{}}
		if b := n.Constant(3); b != nil && byteTypes.Has(b.DType()) {
			k.integer = newMatMulInteger(b)
		}
		return k, nil
	},
}

var byteTypes = tensor.SetOf(tensor.I8, tensor.U8)

type qLinearMatMul struct{ integer *matMulInteger }

func (k *qLinearMatMul) Run(c *ops.Call) error {
	a, b, aZero, bZero := c.Tensor(0), c.Tensor(3), c.Tensor(2), c.Tensor(5)
	s, err := newProductScales(a, b, c.Tensor(1), c.Tensor(4), c.Tensor(6))
	if err != nil {
		return err
	}
	if err := checkZero("a_zero_point", 2, aZero, a.Shape(), true); err != nil {
		return err
	}
	if err := checkZero("b_zero_point", 5, bZero, b.Shape(), false); err != nil {
		return err
	}
	yZero := c.Tensor(7)
	if yZero.Len() != 1 {
		return fmt.Errorf("input 7 (y_zero_point): got %v, want one element", yZero)
	}
	y, err := c.Output(0, yZero.DType(), s.shape)
	if err != nil {
		return err
	}
	if !byteTypes.Has(a.DType()) || !byteTypes.Has(b.DType()) || !byteTypes.Has(y.DType()) {
		return s.floats(c, y, a, b, aZero, bZero, yZero)
	}
	lo, hi, _ := quant.Bounds(y.DType())
	zero := byteValues(yZero)[0]
	p, err := newBatch(a.Shape(), b.Shape())
	if err != nil {
		return err
	}
	if m := s.common(); m != nil {
		k.integer.multiply(c, p, a, b, aZero, bZero, func(o int) igemm.Output {
			return &igemm.Bytes{C: y.Bytes()[o:], Ld: p.n, Multipliers: m, Zero: zero, Lo: lo, Hi: hi}
		})
		return nil
	}
	sums, err := c.Scratch(tensor.I32, y.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(sums)
	k.integer.multiply(c, p, a, b, aZero, bZero, func(o int) igemm.Output {
		return &igemm.Ints{C: tensor.Data[int32](sums)[o:], Ld: p.n}
	})
	requantize(c, s, y.Bytes(), tensor.Data[int32](sums), zero, lo, hi)
	return nil
}

// common returns the multipliers of a row where they are the same for all rows
// of all products, else nil.
func (s *productScales) common() []float32 {
	if len(s.a) != 1 || len(s.b) != 1 && len(s.bDims) > 0 {
		return nil
	}
	m := make([]float32, len(s.b))
	for j := range m {
		m[j] = s.multiplier(0, j)
	}
	return m
}

func requantize(c *ops.Call, s *productScales, y []byte, sums []int32, zero, lo, hi int32) {
	n := s.cols
	if n == 0 {
		return
	}
	c.Pool.For(len(y)/n, 1+minProducts/n, func(from, to int) {
		m := make([]float32, n)
		for r := from; r < to; r++ {
			s.row(m, r)
			quant.RequantizeSums(y[r*n:(r+1)*n], sums[r*n:(r+1)*n], 0, nil, m, zero, lo, hi)
		}
	})
}

// productScales finds what the sums behind each element of a product are to be
// multiplied by: the scale of A's row times that of B's column, by the scale of
// Y.
type productScales struct {
	shape      tensor.Shape // of the product
	rows, cols int          // of one of its matrices
	a, b       []float32    // one scale, or one for each row and column, of each matrix if there are as many
	y          float32
	aDims      tensor.Shape // the stacks of matrices that have scales of their own
	bDims      tensor.Shape
	dims       tensor.Shape // the stack of products
}

func newProductScales(a, b, aScale, bScale, yScale *tensor.Tensor) (*productScales, error) {
	p, err := newBatch(a.Shape(), b.Shape())
	if err != nil {
		return nil, err
	}
	s := &productScales{shape: p.shape, rows: 1, cols: p.n}
	if a.Rank() > 1 {
		s.rows = a.Dim(a.Rank() - 2)
	}
	if err := checkZero("a_scale", 1, aScale, a.Shape(), true); err != nil {
		return nil, err
	}
	if err := checkZero("b_scale", 4, bScale, b.Shape(), false); err != nil {
		return nil, err
	}
	if yScale.Len() != 1 {
		return nil, fmt.Errorf("input 6 (y_scale): got %v, want one element", yScale)
	}
	if s.a, err = floatsOf(aScale); err != nil {
		return nil, err
	}
	if s.b, err = floatsOf(bScale); err != nil {
		return nil, err
	}
	y, err := floatsOf(yScale)
	if err != nil {
		return nil, err
	}
	s.y = y[0]
	s.dims = p.shape[:len(p.shape)-min(a.Rank()-1, 1)-min(b.Rank()-1, 1)]
	if aScale.Rank() > 1 {
		s.aDims = a.Shape()[:a.Rank()-2]
	}
	if bScale.Rank() > 1 {
		s.bDims = b.Shape()[:b.Rank()-2]
	}
	return s, nil
}

// floatsOf returns the elements of a tensor of scales as float32.
func floatsOf(t *tensor.Tensor) ([]float32, error) {
	if t.DType() == tensor.F32 {
		return tensor.Data[float32](t), nil
	}
	w, err := tensor.New(tensor.F32, t.Shape())
	if err != nil {
		return nil, err
	}
	return tensor.Data[float32](w), tensor.Convert(w, t, tensor.Conversion{})
}

func (s *productScales) multiplier(i, j int) float32 {
	return float32(s.a[i]*s.b[j]) / s.y
}

// row writes the multipliers of row r of all the products.
func (s *productScales) row(m []float32, r int) {
	i, j := 0, 0
	if len(s.a) > 1 {
		i = stackIndex(s.aDims, s.dims, r/s.rows)*s.rows + r%s.rows
	}
	if len(s.b) == 1 {
		v := s.multiplier(i, 0)
		for x := range m {
			m[x] = v
		}
		return
	}
	j = stackIndex(s.bDims, s.dims, r/s.rows) * s.cols
	for x := range m {
		m[x] = s.multiplier(i, j+x)
	}
}

// stackIndex returns which matrix of a stack of dims is matrix x of the stack
// out to which it is broadcast.
func stackIndex(dims, out tensor.Shape, x int) int {
	i, step := 0, 1
	for d := 1; d <= len(dims); d++ {
		size := dims[len(dims)-d]
		if size != 1 {
			i += x % out[len(out)-d] * step
		}
		step *= size
		x /= out[len(out)-d]
	}
	return i
}

// floats multiplies in float32.
func (s *productScales) floats(c *ops.Call, y, a, b, aZero, bZero, yZero *tensor.Tensor) error {
	x, err := lessZeros(c, a, aZero, true)
	if err != nil {
		return err
	}
	defer c.Release(x)
	w, err := lessZeros(c, b, bZero, false)
	if err != nil {
		return err
	}
	defer c.Release(w)
	z, err := c.Scratch(tensor.F32, y.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(z)
	p, err := newBatch(a.Shape(), b.Shape())
	if err != nil {
		return err
	}
	runMatMul[float32](c, p, x, w, z, nil, nil)
	zero, err := floatsOf(yZero)
	if err != nil {
		return err
	}
	out, n := tensor.Data[float32](z), s.cols
	lo, hi, isInt := quant.Bounds(y.DType())
	m := make([]float32, n)
	for r := 0; r*n < len(out); r++ {
		s.row(m, r)
		row := out[r*n : (r+1)*n]
		for j, v := range row {
			row[j] = v * m[j]
			if isInt { // the conversion only cuts off
				row[j] = float32(stdmath.RoundToEven(float64(row[j])))
			}
			if row[j] += zero[0]; isInt {
				if !(row[j] > float32(lo)) {
					row[j] = float32(lo)
				}
				row[j] = min(row[j], float32(hi))
			}
		}
	}
	return tensor.Convert(y, z, tensor.Conversion{})
}

// lessZeros returns stacked matrices less their zero points, in float32.
func lessZeros(c *ops.Call, t, zero *tensor.Tensor, byRow bool) (*tensor.Tensor, error) {
	w, err := c.Scratch(tensor.F32, t.Shape()...)
	if err != nil {
		return nil, err
	}
	if err := tensor.Convert(w, t, tensor.Conversion{}); err != nil {
		return nil, err
	}
	zeros, err := floatsOf(zero)
	if err != nil {
		return nil, err
	}
	data, cols := tensor.Data[float32](w), t.Dim(t.Rank()-1)
	rows := 1
	if t.Rank() > 1 {
		rows = t.Dim(t.Rank() - 2)
	}
	for i := range data {
		at := 0
		switch {
		case len(zeros) == 1:
		case byRow:
			at = i / cols % len(zeros)
		default:
			at = (i/(rows*cols)*cols + i%cols) % len(zeros)
		}
		data[i] -= zeros[at]
	}
	return w, nil
}
