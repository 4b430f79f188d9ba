package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MatMul multiplies as numpy.matmul does: the last two dimensions are
// matrices, those before are broadcast, and a vector is a row on the left and
// a column on the right.
var matMul1 = ops.Def{
	Name: "MatMul", Since: 1,
	Sig: "A:T, B:T -> Y:T", Types: ops.Types{"T": productTypes},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &matMul{}
		if b := n.Constant(1); b != nil && b.Rank() == 2 && b.DType() == tensor.F32 {
			k.right = gemm.PackB(false, b.Dim(0), b.Dim(1), tensor.Data[float32](b), b.Dim(1))
		} else if a := n.Constant(0); a != nil && a.Rank() == 2 && a.DType() == tensor.F32 {
			k.left = gemm.PackA(false, a.Dim(0), a.Dim(1), tensor.Data[float32](a), a.Dim(1))
		}
		return k, nil
	}),
}

type matMul struct {
	left, right *gemm.Packed[float32] // constant matrices
}

func (k *matMul) Run(c *ops.Call) error {
	a, b := c.Tensor(0), c.Tensor(1)
	p, err := batchOf(c, a.Shape(), b.Shape())
	if err != nil {
		return err
	}
	y, err := c.Output(0, a.DType(), p.shape)
	if err != nil {
		return err
	}
	switch a.DType() {
	case tensor.F32:
		runMatMul(c, p, a, b, y, k.left, k.right)
	case tensor.F64:
		runMatMul[float64](c, p, a, b, y, nil, nil)
	case tensor.I32:
		runMatMul[int32](c, p, a, b, y, nil, nil)
	case tensor.I64:
		runMatMul[int64](c, p, a, b, y, nil, nil)
	case tensor.U32:
		runMatMul[uint32](c, p, a, b, y, nil, nil)
	case tensor.U64:
		runMatMul[uint64](c, p, a, b, y, nil, nil)
	}
	return nil
}

func runMatMul[T gemmNumber](c *ops.Call, p *batch, a, b, y *tensor.Tensor, left, right *gemm.Packed[T]) {
	d := products[T]{p, tensor.Data[T](a), tensor.Data[T](b), tensor.Data[T](y), left, right}
	if p.dims == nil {
		d.one(c.Pool, 0, 0, 0)
		return
	}
	p.run(c, func(c *ops.Call, i, j, o int) { d.one(c.Pool, i, j, o) })
}

// products is the data of a batch.
type products[T gemmNumber] struct {
	*batch
	a, b, y     []T
	left, right *gemm.Packed[T] // constant matrices
}

// one computes the product of the matrices at the given offsets.
func (d products[T]) one(pool *par.Pool, i, j, o int) {
	if d.m == 0 || d.n == 0 {
		return
	}
	l, r := gemm.Matrix(false, d.a[i:], d.k), gemm.Matrix(false, d.b[j:], d.n)
	if d.left != nil {
		l = d.left.Operand()
	}
	if d.right != nil {
		r = d.right.Operand()
	}
	gemm.Mul(pool, d.m, d.n, d.k, 1, l, r, 0, d.y[o:], d.n)
}

// batchMemo is the batch of the run before and the shapes that it is of.
type batchMemo struct {
	batch *batch
	a, b  tensor.Shape
}

// batchOf is newBatch, worked out when the shapes are not those of the run
// before.
func batchOf(c *ops.Call, a, b tensor.Shape) (*batch, error) {
	m := ops.Memo[batchMemo](c)
	if m.batch != nil && m.a.Equal(a) && m.b.Equal(b) {
		return m.batch, nil
	}
	p, err := newBatch(a, b)
	if err != nil {
		return nil, err
	}
	*m = batchMemo{p, a.Clone(), b.Clone()}
	return p, nil
}

// batch is a product of two stacks of matrices.
type batch struct {
	m, n, k int
	shape   tensor.Shape // of the result
	dims    tensor.Shape // the stack
	as, bs  []int        // strides of A's and B's matrices in it, 0 where they are broadcast
}

// newBatch finds the matrices in shapes as numpy.matmul does.
func newBatch(a, b tensor.Shape) (*batch, error) {
	if len(a) == 0 || len(b) == 0 {
		return nil, fmt.Errorf("input 0 (A), 1 (B): got shapes %v and %v, want one or more dimensions", a, b)
	}
	am, bm := a, b // as stacks of matrices
	if len(a) == 1 {
		am = tensor.Shape{1, a[0]}
	}
	if len(b) == 1 {
		bm = tensor.Shape{b[0], 1}
	}
	ar, br := len(am)-2, len(bm)-2
	p := &batch{m: am[ar], k: am[ar+1], n: bm[br+1]}
	if bm[br] != p.k {
		return nil, fmt.Errorf("input 1 (B): got shape %v, want %d rows as A, of shape %v, has columns", b, p.k, a)
	}
	var err error
	if p.dims, err = tensor.Broadcast(am[:ar], bm[:br]); err != nil {
		return nil, fmt.Errorf("input 0 (A), 1 (B): %w", err)
	}
	p.shape = p.dims.Clone()
	if len(a) > 1 {
		p.shape = append(p.shape, p.m)
	}
	if len(b) > 1 {
		p.shape = append(p.shape, p.n)
	}
	if br == 0 {
		// One matrix B: the matrices of A are one, too.
		p.m *= p.dims.Len()
		p.dims = nil
		return p, nil
	}
	p.as, p.bs = stackStrides(am[:ar], p.dims, p.m*p.k), stackStrides(bm[:br], p.dims, p.k*p.n)
	return p, nil
}

// stackStrides returns the distance between neighbours along each dimension of
// out of matrices of size elements, stacked as dims.
func stackStrides(dims, out tensor.Shape, size int) []int {
	s := make([]int, len(out))
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] != 1 {
			s[len(out)-len(dims)+i] = size
		}
		size *= dims[i]
	}
	return s
}

// run calls one for each product with the offsets of A, B and Y. Many products
// are divided among threads, few are each computed by all.
func (p *batch) run(c *ops.Call, one func(c *ops.Call, i, j, o int)) {
	n := p.dims.Len()
	at := func(c *ops.Call, x int) {
		i, j, rest := 0, 0, x
		for d := len(p.dims) - 1; d >= 0; d-- {
			i += rest % p.dims[d] * p.as[d]
			j += rest % p.dims[d] * p.bs[d]
			rest /= p.dims[d]
		}
		one(c, i, j, x*p.m*p.n)
	}
	if p.m*p.n == 0 || n == 0 {
		return
	}
	if n < 2*c.Pool.Threads() {
		for x := range n {
			at(c, x)
		}
		return
	}
	single := *c
	single.Pool = nil
	c.Pool.For(n, 1+minProducts/(p.m*p.n*max(p.k, 1)), func(lo, hi int) {
		for x := lo; x < hi; x++ {
			at(&single, x)
		}
	})
}

// minProducts is how many multiplications are worth a goroutine.
const minProducts = 1 << 15
