package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// FusedMatMul is alpha·A'·B' of stacks of matrices, of which each may be
// transposed. TransposeMatMul is its old name.
var (
	fusedMatMul1           = fusedMatMul("FusedMatMul")
	transposeMatMul1       = fusedMatMul("TransposeMatMul")
	fusedMatMulActivation1 = fusedMatMul("FusedMatMulActivation")
)

func fusedMatMul(name string) ops.Def {
	return ops.Def{
		Domain: domain, Name: name, Since: 1,
		Sig:   "A:T, B:T -> Y:T",
		Types: ops.Types{"T": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
			k := &matMul{
				alpha:  n.Float("alpha", 1),
				transA: n.Bool("transA", false), transB: n.Bool("transB", false),
				batchA: n.Bool("transBatchA", false), batchB: n.Bool("transBatchB", false),
			}
			var err error
			if name == "FusedMatMulActivation" {
				k.activation, err = readActivation(n)
			}
			return k, err
		}),
	}
}

type matMul struct {
	alpha          float32
	transA, transB bool
	batchA, batchB bool // the first dimension stands for the rows, and the others for the stack
	activation
}

// stack is a stack of matrices within a tensor.
type stack struct {
	dims       tensor.Shape // of the stack
	strides    []int        // along dims
	rows, cols int
	ld         int  // distance of neighbours along the stored rows
	trans      bool // the stored matrix is transposed
}

// newStack finds the matrices in a tensor of the given shape. A vector is one
// row, or one column if second.
func newStack(shape tensor.Shape, trans, batch, second bool) (s stack, err error) {
	r := len(shape)
	switch {
	case r == 0:
		return s, fmt.Errorf("got a scalar, want one or more dimensions")
	case r == 1 && second:
		return stack{rows: shape[0], cols: 1, ld: 1}, nil
	case r == 1:
		return stack{rows: 1, cols: shape[0], ld: shape[0]}, nil
	}
	strides := shape.Strides()
	rowDim := r - 2
	s.dims, s.strides = shape[:r-2], strides[:r-2]
	if batch && r > 2 {
		rowDim, s.dims, s.strides = 0, shape[1:r-1], strides[1:r-1]
	}
	s.rows, s.cols, s.ld, s.trans = shape[rowDim], shape[r-1], strides[rowDim], trans
	if trans {
		s.rows, s.cols = s.cols, s.rows
	}
	return s, nil
}

// at returns where matrix i of a stack of dims, to which s broadcasts, starts.
func (s *stack) at(i int, dims tensor.Shape) int {
	off := 0
	for d := len(dims) - 1; d >= 0; d-- {
		if j := d - (len(dims) - len(s.dims)); j >= 0 && s.dims[j] != 1 {
			off += i % dims[d] * s.strides[j]
		}
		i /= dims[d]
	}
	return off
}

func (k *matMul) Run(c *ops.Call) error {
	a, b := c.Tensor(0), c.Tensor(1)
	sa, err := newStack(a.Shape(), k.transA && a.Rank() > 1, k.batchA, false)
	if err != nil {
		return fmt.Errorf("input 0 (A): %w", err)
	}
	sb, err := newStack(b.Shape(), k.transB && b.Rank() > 1, k.batchB, true)
	if err != nil {
		return fmt.Errorf("input 1 (B): %w", err)
	}
	if sa.cols != sb.rows {
		return fmt.Errorf("input 1 (B): got matrices of %d rows, want %d as those of input 0 (A) have columns: %v and %v", sb.rows, sa.cols, b, a)
	}
	dims, err := tensor.Broadcast(sa.dims, sb.dims)
	if err != nil {
		return fmt.Errorf("input 0 (A), 1 (B): %w", err)
	}
	shape := dims.Clone()
	if a.Rank() > 1 {
		shape = append(shape, sa.rows)
	}
	if b.Rank() > 1 {
		shape = append(shape, sb.cols)
	}
	y, err := c.Output(0, a.DType(), shape)
	if err != nil {
		return err
	}
	if a.DType() == tensor.F64 {
		multiply(c.Pool, tensor.Data[float64](y), tensor.Data[float64](a), tensor.Data[float64](b), &sa, &sb, dims, float64(k.alpha))
	} else {
		multiply(c.Pool, data(y), data(a), data(b), &sa, &sb, dims, k.alpha)
	}
	k.apply(c, y)
	return nil
}

func multiply[T float32 | float64](pool *par.Pool, y, a, b []T, sa, sb *stack, dims tensor.Shape, alpha T) {
	n, size := dims.Len(), sa.rows*sb.cols
	if n == 0 || size == 0 {
		return
	}
	one := func(pool *par.Pool, i int) {
		gemm.Mul(pool, sa.rows, sb.cols, sa.cols, alpha, gemm.Matrix(sa.trans, a[sa.at(i, dims):], sa.ld),
			gemm.Matrix(sb.trans, b[sb.at(i, dims):], sb.ld), 0, y[i*size:], sb.cols)
	}
	if n < 2*pool.Threads() {
		for i := range n {
			one(pool, i)
		}
		return
	}
	pool.For(n, 1+minProducts/(size*max(sa.cols, 1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			one(nil, i)
		}
	})
}

// minProducts is how many multiplications are worth a goroutine.
const minProducts = 1 << 15
