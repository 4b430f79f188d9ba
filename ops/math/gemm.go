package math

import (
	"fmt"
	stdmath "math"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Gemm is alpha·A'·B' + beta·C. Up to version 6, C is broadcast only where the
// attribute broadcast says so; from 7 on it always is, and from 11 on it may
// be left out.
var gemm1 = ops.Def{
	Name: "Gemm", Since: 1,
	Sig: "A:T, B:T, C:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := newGemm(n)
		k.exact = !n.Bool("broadcast", false)
		return k, nil
	}),
}

var gemm7 = ops.Def{
	Name: "Gemm", Since: 7,
	Sig: "A:T, B:T, C?:T -> Y:T", Types: ops.Types{"T": productTypes},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newGemm(n), nil }),
}

// productTypes are the element types of products of matrices.
var productTypes = ops.Floats | tensor.SetOf(tensor.I32, tensor.I64, tensor.U32, tensor.U64)

type gemmKernel struct {
	transA, transB bool
	alpha, beta    float32
	exact          bool // C has the shape of Y
	packed         *gemm.Packed[float32]
}

func newGemm(n *ops.Node) *gemmKernel {
	k := &gemmKernel{
		transA: n.Bool("transA", false), transB: n.Bool("transB", false),
		alpha: n.Float("alpha", 1), beta: n.Float("beta", 1),
	}
	n.Ignore("consumed_inputs")
	if b := n.Constant(1); b != nil && b.Rank() == 2 && b.DType() == tensor.F32 {
		rows, cols := orient(b, k.transB)
		k.packed = gemm.PackB(k.transB, rows, cols, tensor.Data[float32](b), b.Dim(1))
	}
	return k
}

// orient returns the dimensions of a matrix, swapped if it is transposed.
func orient(t *tensor.Tensor, trans bool) (rows, cols int) {
	if trans {
		return t.Dim(1), t.Dim(0)
	}
	return t.Dim(0), t.Dim(1)
}

func (k *gemmKernel) Run(c *ops.Call) error {
	a, b, bias := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if a.Rank() != 2 || b.Rank() != 2 {
		return fmt.Errorf("input 0 (A), 1 (B): got %v and %v, want matrices", a, b)
	}
	m, inner := orient(a, k.transA)
	inner2, n := orient(b, k.transB)
	if inner != inner2 {
		return fmt.Errorf("input 1 (B): got %v, want %d rows as A' has columns (A is %v, transA %v, transB %v)", b, inner, a, k.transA, k.transB)
	}
	memo := ops.Memo[gemmMemo](c)
	shape := append(memo.shape[:0], m, n)
	if memo.shape = shape; bias != nil && !(n > 0 && bias.Rank() == 1 && bias.Dim(0) == n && !k.exact) && !bias.Shape().Equal(shape) {
		if k.exact && !bias.Shape().Equal(shape) {
			return fmt.Errorf("input 2 (C): got %v, want the shape %v of Y as the attribute broadcast is 0", bias, shape)
		}
		if s, err := tensor.Broadcast(bias.Shape(), shape); err != nil || !s.Equal(shape) {
			return fmt.Errorf("input 2 (C): got %v, which does not broadcast to the shape %v of Y", bias, shape)
		}
	}
	y, err := c.Output(0, a.DType(), shape)
	if err != nil {
		return err
	}
	switch a.DType() {
	case tensor.F32:
		runGemm(c, k, m, n, inner, a, b, bias, y, k.alpha, k.beta, k.packed)
	case tensor.F64:
		runGemm[float64](c, k, m, n, inner, a, b, bias, y, float64(k.alpha), float64(k.beta), nil)
	case tensor.I32:
		runGemmInt[int32](c, k, m, n, inner, a, b, bias, y)
	case tensor.I64:
		runGemmInt[int64](c, k, m, n, inner, a, b, bias, y)
	case tensor.U32:
		runGemmInt[uint32](c, k, m, n, inner, a, b, bias, y)
	case tensor.U64:
		runGemmInt[uint64](c, k, m, n, inner, a, b, bias, y)
	}
	return nil
}

// gemmMemo keeps the memory of the shape of the result.
type gemmMemo struct{ shape tensor.Shape }

type gemmNumber interface {
	gemm.Number
	tensor.Element
}

func runGemm[T gemmNumber](c *ops.Call, k *gemmKernel, m, n, inner int, a, b, bias, y *tensor.Tensor, alpha, beta T, packed *gemm.Packed[T]) {
	left := gemm.Matrix(k.transA, tensor.Data[T](a), a.Dim(1))
	right := gemm.Matrix(k.transB, tensor.Data[T](b), b.Dim(1))
	if packed != nil {
		right = packed.Operand()
	}
	out := tensor.Data[T](y)
	switch {
	case bias == nil || beta == 0:
		gemm.Mul(c.Pool, m, n, inner, alpha, left, right, 0, out, n)
	case beta == 1 && bias.Rank() > 0 && bias.Len() == n && bias.Dim(bias.Rank()-1) == n:
		gemm.MulBias(c.Pool, m, n, inner, alpha, left, right, tensor.Data[T](bias), true, out, n)
	default:
		broadcastMatrix(out, m, n, tensor.Data[T](bias), bias.Shape())
		gemm.Mul(c.Pool, m, n, inner, alpha, left, right, beta, out, n)
	}
}

// broadcastMatrix writes the elements of src, of rank 2 or less, to an m×n
// matrix.
func broadcastMatrix[T any](dst []T, m, n int, src []T, shape tensor.Shape) {
	rs, cs := 0, 0
	if r := len(shape); r > 0 && shape[r-1] > 1 {
		cs = 1
	}
	if r := len(shape); r > 1 && shape[0] > 1 {
		rs = shape[1]
	}
	for i := range m {
		row := dst[i*n : (i+1)*n]
		if cs == 1 {
			copy(row, src[i*rs:])
			continue
		}
		for j := range row {
			row[j] = src[i*rs]
		}
	}
}

// runGemmInt computes products of integers. Factors that are no integers are
// applied to the finished sums, which are rounded towards zero.
func runGemmInt[T int32 | int64 | uint32 | uint64](c *ops.Call, k *gemmKernel, m, n, inner int, a, b, bias, y *tensor.Tensor) {
	whole := func(f float32) bool {
		return float64(f) == stdmath.Trunc(float64(f)) && stdmath.Abs(float64(f)) < 1<<31
	}
	if whole(k.alpha) && (bias == nil || whole(k.beta)) {
		runGemm(c, k, m, n, inner, a, b, bias, y, T(int64(k.alpha)), T(int64(k.beta)), nil)
		return
	}
	runGemm[T](c, k, m, n, inner, a, b, nil, y, 1, 0, nil)
	out := tensor.Data[T](y)
	if bias == nil {
		for i, v := range out {
			out[i] = T(int64(float64(k.alpha) * float64(v)))
		}
		return
	}
	src, shape := tensor.Data[T](bias), bias.Shape()
	rs, cs := 0, 0
	if r := len(shape); r > 0 && shape[r-1] > 1 {
		cs = 1
	}
	if r := len(shape); r > 1 && shape[0] > 1 {
		rs = shape[1]
	}
	for i, v := range out {
		out[i] = T(int64(float64(k.alpha)*float64(v) + float64(k.beta)*float64(src[i/n*rs+i%n*cs])))
	}
}
