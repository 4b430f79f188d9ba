package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/igemm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MatMulInteger is MatMul of bytes less their zero points, in int32. A zero
// point is one for the tensor, or one for each row of A and each column of B.
var matMulInteger10 = ops.Def{
	Name: "MatMulInteger", Since: 10,
	Sig:   "A:T1, B:T2, a_zero_point?:T1, b_zero_point?:T2 -> Y:int32",
	Types: ops.Types{"T1": tensor.SetOf(tensor.I8, tensor.U8), "T2": tensor.SetOf(tensor.I8, tensor.U8)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newMatMulInteger(n.Constant(1)), nil
	},
}

// newMatMulInteger packs a constant B.
func newMatMulInteger(b *tensor.Tensor) *matMulInteger {
	k := &matMulInteger{}
	if b != nil && b.Rank() == 2 {
		k.right = igemm.PackB(b.Dim(0), b.Dim(1), bytesOf(b, b.Dim(1)))
	}
	return k
}

type matMulInteger struct {
	right *igemm.Packed // B where it is constant
}

func (k *matMulInteger) Run(c *ops.Call) error {
	a, b, aZero, bZero := c.Tensor(0), c.Tensor(1), c.Tensor(2), c.Tensor(3)
	p, err := newBatch(a.Shape(), b.Shape())
	if err != nil {
		return err
	}
	if err := checkZero("a_zero_point", 2, aZero, a.Shape(), true); err != nil {
		return err
	}
	if err := checkZero("b_zero_point", 3, bZero, b.Shape(), false); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.I32, p.shape)
	if err != nil {
		return err
	}
	k.multiply(c, p, a, b, aZero, bZero, func(o int) igemm.Output {
		return &igemm.Ints{C: tensor.Data[int32](y)[o:], Ld: p.n}
	})
	return nil
}

// multiply computes the products of stacked matrices, less their zero points.
// out returns what takes the one that begins at an element of the result.
func (k *matMulInteger) multiply(c *ops.Call, p *batch, a, b, aZero, bZero *tensor.Tensor, out func(o int) igemm.Output) {
	x, w := bytesOf(a, p.k), bytesOf(b, p.n)
	aZeros, bZeros := byteValues(aZero), byteValues(bZero)
	p.run(c, func(c *ops.Call, i, j, o int) {
		q := igemm.Product{M: p.m, N: p.n, K: p.k, A: x, B: w, Packed: k.right, Out: out(o)}
		q.A.Data, q.B.Data = x.Data[i:], w.Data[j:]
		if p.k > 0 && p.n > 0 {
			q.AZeros = zerosOf(aZeros, i/p.k, p.m)
			q.BZeros = zerosOf(bZeros, j/p.k, p.n)
		}
		q.Run(c.Pool)
	})
}

// zerosOf returns the zero points of the n rows or columns from the one numbered
// at on, of all matrices of the stack. There are as many, or those of one
// matrix, or one.
func zerosOf(zeros []int32, at, n int) []int32 {
	if len(zeros) <= 1 {
		return zeros
	}
	if at %= len(zeros); at+n <= len(zeros) {
		return zeros[at : at+n]
	}
	l := make([]int32, n)
	for i := range l {
		l[i] = zeros[(at+i)%len(zeros)]
	}
	return l
}

// bytesOf returns a tensor of bytes as a matrix of n columns.
func bytesOf(t *tensor.Tensor, n int) igemm.Matrix {
	return igemm.Matrix{Data: t.Bytes(), Signed: t.DType() == tensor.I8, Ld: n}
}

// byteValues returns the elements of an int8 or uint8 tensor, which may be nil.
func byteValues(t *tensor.Tensor) []int32 {
	if t == nil {
		return nil
	}
	l := make([]int32, t.Len())
	for i, b := range t.Bytes() {
		if l[i] = int32(b); t.DType() == tensor.I8 {
			l[i] = int32(int8(b))
		}
	}
	return l
}

// checkZero compares a zero point with its matrices: one element, a vector of
// one for each row (column), or the shape of the matrices with one column (row).
func checkZero(name string, i int, zero *tensor.Tensor, shape tensor.Shape, byRow bool) error {
	if zero == nil || zero.Len() == 1 && zero.Rank() <= max(1, len(shape)) {
		return nil
	}
	if len(shape) < 2 {
		return fmt.Errorf("input %d (%s): got %v, want one element for a vector", i, name, zero)
	}
	own, common := len(shape)-2, len(shape)-1 // what has a zero point for each, and what has one for all
	if !byRow {
		own, common = common, own
	}
	full := shape.Clone()
	full[common] = 1
	if !(zero.Rank() == 1 && zero.Dim(0) == shape[own]) && !zero.Shape().Equal(full) {
		return fmt.Errorf("input %d (%s): got %v, want one element, %d elements or shape %v", i, name, zero, shape[own], full)
	}
	return nil
}
