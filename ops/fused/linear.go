package fused

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Linear is X·W + B + R over the last dimension of X, bounded to the attributes
// lo … hi: a layer of a network. W is a matrix [in, out], or [out, in] with the
// attribute transB; B has out elements, R broadcasts as in Add. NaN stays NaN.
// With the attribute activation, Gelu or GeluTanh, results of a layer without R
// go through that function while they are in a cache.
var linear1 = ops.Def{
	Domain: Domain, Name: "Linear", Since: 1,
	Sig: "X:T, W:T, B?:T, R?:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &linear{trans: n.Bool("transB", false)}
		switch n.Enum("activation", "None", "Gelu", "GeluTanh") {
		case "Gelu":
			k.then32, k.then64 = vec.Gelu32, vec.Gelu64
		case "GeluTanh":
			k.then32, k.then64 = vec.GeluTanh32, vec.GeluTanh64
		}
		var err error
		if k.residual, err = newResidual(n); err != nil {
			return nil, err
		}
		if w := n.Constant(1); w != nil && w.Rank() == 2 && w.DType() == tensor.F32 {
			in, out := k.orient(w)
			k.packed = gemm.PackB(k.trans, in, out, tensor.Data[float32](w), w.Dim(1))
		}
		return k, nil
	}),
	// The residual becomes the result.
	Reuse: []ops.Reuse{{Output: 0, Input: 3}},
}

type linear struct {
	trans bool // W is stored as [out, in]
	residual
	packed *gemm.Packed[float32]

	then32 func(dst, x []float32) // activation; nil for none
	then64 func(dst, x []float64)
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
	m := ops.Memo[tensor.Shape](c)
	*m = append((*m)[:0], x.Shape()...)
	shape := *m
	shape[len(shape)-1] = out
	r := c.Tensor(3)
	if r != nil && k.then32 != nil {
		return errors.New("input 3 (R): got one, want none where there is an activation")
	}
	if r != nil && (!r.Shape().Equal(shape) || r == x || r == w || r == b) {
		t, err := c.Scratch(x.DType(), shape...)
		if err != nil {
			return err
		}
		k.multiply(c, in, out, t, false)
		return k.broadcast(c, t, r)
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	if r != nil && y.Len() > 0 && &y.Bytes()[0] != &r.Bytes()[0] {
		par.Each(c.Pool, len(y.Bytes()), 1<<18, copying{y.Bytes(), r.Bytes()})
	}
	k.multiply(c, in, out, y, r != nil)
	return nil
}

// multiply computes y without the residual, or with it if y holds it.
func (k *linear) multiply(c *ops.Call, in, out int, y *tensor.Tensor, add bool) {
	if y.DType() == tensor.F64 {
		multiply[float64](c, k, in, out, y, nil, add)
	} else {
		multiply(c, k, in, out, y, k.packed, add)
	}
}

// copying is a loop that copies src.
type copying struct{ dst, src []byte }

func (p *copying) Part(lo, hi int) { copy(p.dst[lo:hi], p.src[lo:hi]) }

func multiply[T float32 | float64](c *ops.Call, k *linear, in, out int, y *tensor.Tensor, packed *gemm.Packed[T], add bool) {
	x, w, b := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	right := gemm.Matrix(k.trans, tensor.Data[T](w), w.Dim(1))
	if packed != nil {
		right = packed.Operand()
	}
	f := gemm.Finish[T]{Alpha: 1, Add: add}
	if add || !c.Has(3) { // otherwise they come after the sum
		f.Clamp, f.Lo, f.Hi = k.clamp, T(k.lo), T(k.hi)
	}
	if b != nil {
		f.ColBias = tensor.Data[T](b)
	}
	switch then := any(&f.Then).(type) {
	case *func(dst, x []float32):
		*then = k.then32
	case *func(dst, x []float64):
		*then = k.then64
	}
	rows := x.Shape().Span(0, x.Rank()-1)
	gemm.MulFinish(c.Pool, rows, out, in, gemm.Matrix(false, tensor.Data[T](x), in), right, tensor.Data[T](y), out, f)
}
