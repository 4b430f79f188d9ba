package math

import (
	"fmt"
	gomath "math"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Det computes the determinants of the matrices in the last two dimensions.
var det11 = ops.Def{
	Name: "Det", Since: 11,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(func(*ops.Node) (ops.Kernel, error) { return ops.Func(runDet), nil }),
}

func runDet(c *ops.Call) error {
	x := c.Tensor(0)
	r := x.Rank()
	if r < 2 || x.Dim(r-1) != x.Dim(r-2) {
		return fmt.Errorf("input 0 (X): got %v, want square matrices in the last two dimensions", x)
	}
	n := x.Dim(r - 1)
	y, err := c.Output(0, x.DType(), x.Shape()[:r-2])
	if err != nil {
		return err
	}
	s, err := c.Scratch(tensor.F64, n, n)
	if err != nil {
		return err
	}
	defer c.Release(s)
	m := tensor.Data[float64](s)
	for i := range y.Len() {
		if x.DType() == tensor.F32 {
			for j, v := range tensor.Data[float32](x)[i*n*n : (i+1)*n*n] {
				m[j] = float64(v)
			}
			tensor.Data[float32](y)[i] = float32(determinant(m, n))
		} else {
			copy(m, tensor.Data[float64](x)[i*n*n:])
			tensor.Data[float64](y)[i] = determinant(m, n)
		}
	}
	return nil
}

// determinant eliminates the n×n matrix m, which it overwrites, with partial
// pivoting; 1 of the matrix without elements.
func determinant(m []float64, n int) float64 {
	det := 1.0
	for col := range n {
		pivot := col
		for i := col + 1; i < n; i++ {
			if gomath.Abs(m[i*n+col]) > gomath.Abs(m[pivot*n+col]) {
				pivot = i
			}
		}
		top := m[col*n : (col+1)*n]
		if pivot != col {
			det = -det
			for j, v := range m[pivot*n : (pivot+1)*n] {
				m[pivot*n+j], top[j] = top[j], v
			}
		}
		det *= top[col]
		if det == 0 {
			return 0
		}
		for i := col + 1; i < n; i++ {
			row := m[i*n : (i+1)*n]
			f := row[col] / top[col]
			for j := col + 1; j < n; j++ {
				row[j] -= f * top[j]
			}
		}
	}
	return det
}
