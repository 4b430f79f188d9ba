package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
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
		return newMatMulInteger(n.Constant(1), n.Constant(3), n.HasInput(3))
	},
}

// newMatMulInteger packs a constant B unless its zero point is missing or
// wrong, which Run reports.
func newMatMulInteger(b, zero *tensor.Tensor, hasZero bool) (*matMulInteger, error) {
	k := &matMulInteger{}
	if b == nil || b.Rank() != 2 || zero == nil && hasZero || checkZero("", 3, zero, b.Shape(), false) != nil {
		return k, nil
	}
	wide, err := tensor.New(tensor.I32, b.Shape())
	if err != nil {
		return nil, err
	}
	subtractZeros(tensor.Data[int32](wide), b, zero, false)
	k.right = gemm.PackB(false, b.Dim(0), b.Dim(1), tensor.Data[int32](wide), b.Dim(1))
	return k, nil
}

type matMulInteger struct {
	right *gemm.Packed[int32] // B less its zero point, where both are constant
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
	x, err := c.Scratch(tensor.I32, a.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(x)
	subtractZeros(tensor.Data[int32](x), a, aZero, true)
	wideShape := b.Shape()
	if k.right != nil {
		wideShape = tensor.Shape{0} // what is packed is not read
	}
	w, err := c.Scratch(tensor.I32, wideShape...)
	if err != nil {
		return err
	}
	defer c.Release(w)
	if k.right == nil {
		subtractZeros(tensor.Data[int32](w), b, bZero, false)
	}
	runMatMul(c, p, x, w, y, nil, k.right)
	return nil
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

// subtractZeros writes the elements of stacked matrices less their zero points.
func subtractZeros(dst []int32, t, zero *tensor.Tensor, byRow bool) {
	if t.DType() == tensor.I8 {
		subtractZerosOf(dst, tensor.Data[int8](t), t.Shape(), zero, byRow)
	} else {
		subtractZerosOf(dst, tensor.Data[uint8](t), t.Shape(), zero, byRow)
	}
}

func subtractZerosOf[T interface {
	int8 | uint8
	tensor.Element
}](dst []int32, src []T, shape tensor.Shape, zero *tensor.Tensor, byRow bool) {
	zeros := make([]T, 1)
	if zero != nil {
		zeros = tensor.Data[T](zero)
	}
	if len(zeros) == 1 {
		z := int32(zeros[0])
		for i, v := range src {
			dst[i] = int32(v) - z
		}
		return
	}
	r := len(shape)
	rows, cols := shape[r-2], shape[r-1]
	if rows*cols == 0 {
		return
	}
	for m := 0; m < len(src)/(rows*cols); m++ {
		for i := range rows {
			for j := range cols {
				at := m*cols + j
				if byRow {
					at = m*rows + i
				}
				o := (m*rows+i)*cols + j
				dst[o] = int32(src[o]) - int32(zeros[at%len(zeros)])
			}
		}
	}
}
