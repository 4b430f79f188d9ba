package fused

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Linear is X·W + B over the last dimension of X, bounded to the attributes
// lo … hi: a layer of a network. W is a matrix [in, out], or [out, in] with the
// attribute transB; B has out elements. NaN stays NaN.
var linear1 = ops.Def{
	Domain: Domain, Name: "Linear", Since: 1,
	Sig: "X:T, W:T, B?:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &linear{trans: n.Bool("transB", false), clamp: n.Has("lo") || n.Has("hi")}
		k.lo, k.hi = n.Float("lo", float32(math.Inf(-1))), n.Float("hi", float32(math.Inf(1)))
		if w := n.Constant(1); w != nil && w.Rank() == 2 && w.DType() == tensor.F32 {
			in, out := k.orient(w)
			k.packed = gemm.PackB(k.trans, in, out, tensor.Data[float32](w), w.Dim(1))
		}
		return k, nil
	}),
}

type linear struct {
	trans  bool // W is stored as [out, in]
	clamp  bool
	lo, hi float32
	packed *gemm.Packed[float32]
}

func (k *linear) orient(w *tensor.Tensor) (in, out int) {
	if k.trans {
		return w.Dim(1), w.Dim(0)
	}
	return w.Dim(0), w.Dim(1)
}

func (k *linear) Run(c *ops.Call) error {
	x, w, b := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if w.Rank() != 2 {
		return fmt.Errorf("input 1 (W): got %v, want a matrix", w)
	}
	in, out := k.orient(w)
	if x.Rank() < 1 || x.Dim(x.Rank()-1) != in {
		return fmt.Errorf("input 0 (X): got %v, want %d elements in the last dimension (W is %v, transB %v)", x, in, w, k.trans)
	}
	if b != nil && (b.Rank() != 1 || b.Dim(0) != out) {
		return fmt.Errorf("input 2 (B): got %v, want a vector of %d", b, out)
	}
	shape := x.Shape().Clone()
	shape[len(shape)-1] = out
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	if x.DType() == tensor.F64 {
		runLinear[float64](c, k, in, out, x, w, b, y, nil)
	} else {
		runLinear(c, k, in, out, x, w, b, y, k.packed)
	}
	return nil
}

func runLinear[T float32 | float64](c *ops.Call, k *linear, in, out int, x, w, b, y *tensor.Tensor, packed *gemm.Packed[T]) {
	right := gemm.Matrix(k.trans, tensor.Data[T](w), w.Dim(1))
	if packed != nil {
		right = packed.Operand()
	}
	f := gemm.Finish[T]{Alpha: 1, Clamp: k.clamp, Lo: T(k.lo), Hi: T(k.hi)}
	if b != nil {
		f.ColBias = tensor.Data[T](b)
	}
	rows := x.Shape().Span(0, x.Rank()-1)
	gemm.MulFinish(c.Pool, rows, out, in, gemm.Matrix(false, tensor.Data[T](x), in), right, tensor.Data[T](y), out, f)
}
