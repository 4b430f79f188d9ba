package contrib

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Inverse inverts the matrices in the last two dimensions, in float64.
var inverse1 = ops.Def{
	Domain: domain, Name: "Inverse", Since: 1,
	Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(*ops.Node) (ops.Kernel, error) { return ops.Func(runInverse), nil }),
}

func runInverse(c *ops.Call) error {
	x := c.Tensor(0)
	r := x.Rank()
	if r < 2 || x.Dim(r-1) != x.Dim(r-2) {
		return fmt.Errorf("input 0 (X): got %v, want square matrices in the last two dimensions", x)
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	n := x.Dim(r - 1)
	s, err := c.Scratch(tensor.F64, n, 2*n)
	if err != nil {
		return err
	}
	defer c.Release(s)
	if x.DType() == tensor.F64 {
		return invertAll(tensor.Data[float64](y), tensor.Data[float64](x), n, tensor.Data[float64](s))
	}
	return invertAll(data(y), data(x), n, tensor.Data[float64](s))
}

func invertAll[T float32 | float64](y, x []T, n int, m []float64) error {
	for at := 0; at < len(x); at += n * n {
		for i := range n {
			row := m[2*i*n : 2*(i+1)*n]
			clear(row[n:])
			row[n+i] = 1
			for j, v := range x[at+i*n : at+(i+1)*n] {
				row[j] = float64(v)
			}
		}
		if !invert(m, n) {
			return fmt.Errorf("input 0 (X): matrix %d cannot be inverted", at/(n*n))
		}
		for i := range n {
			for j, v := range m[(2*i+1)*n : 2*(i+1)*n] {
				y[at+i*n+j] = T(v)
			}
		}
	}
	return nil
}

// invert turns the n×2n matrix (A, I) into (I, A⁻¹) by Gauss-Jordan elimination
// with partial pivoting; it reports whether A has an inverse.
func invert(m []float64, n int) bool {
	row := func(i int) []float64 { return m[2*i*n : 2*(i+1)*n] }
	for col := range n {
		pivot := col
		for i := col + 1; i < n; i++ {
			if math.Abs(row(i)[col]) > math.Abs(row(pivot)[col]) {
				pivot = i
			}
		}
		top, p := row(col), row(pivot)
		if p[col] == 0 {
			return false
		}
		if pivot != col {
			for j := range top {
				top[j], p[j] = p[j], top[j]
			}
		}
		f := 1 / top[col]
		for j := range top {
			top[j] *= f
		}
		for i := range n {
			if other := row(i); i != col && other[col] != 0 {
				f := other[col]
				for j, v := range top {
					other[j] -= f * v
				}
			}
		}
	}
	return true
}
