// Package elementwise runs the loops of internal/kernel/vec over tensors: it
// finds the loop for an element type, works out what shapes have together, and
// shares the work among threads. An operator is its loops and its attributes.
package elementwise

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// UnaryLoop is a loop over one operand for one element type.
type UnaryLoop struct {
	in, out tensor.DType
	run     func(p *par.Pool, grain int, y, x *tensor.Tensor)
}

// Loop makes a UnaryLoop of a loop over slices.
func Loop[T, R tensor.Element](f func(dst []R, x []T)) UnaryLoop {
	return UnaryLoop{tensor.DTypeOf[T](), tensor.DTypeOf[R](), func(p *par.Pool, grain int, y, x *tensor.Tensor) {
		dst, src := tensor.Data[R](y), tensor.Data[T](x)
		if len(dst) <= grain {
			f(dst, src)
			return
		}
		par.Each(p, len(dst), grain, unaryBody[T, R]{f, dst, src})
	}}
}

type unaryBody[T, R any] struct {
	f   func(dst []R, x []T)
	dst []R
	src []T
}

func (b *unaryBody[T, R]) Part(lo, hi int) { b.f(b.dst[lo:hi], b.src[lo:hi]) }

// Unary computes one output of one input of the same shape.
type Unary struct {
	Loops []UnaryLoop
	Grain int // one of vec's grains
}

// Run computes the call's first output.
func (k *Unary) Run(c *ops.Call) error {
	x := c.Tensor(0)
	for i := range k.Loops {
		l := &k.Loops[i]
		if l.in != x.DType() {
			continue
		}
		y, err := c.Output(0, l.out, x.Shape())
		if err != nil {
			return err
		}
		l.run(c.Pool, k.Grain, y, x)
		return nil
	}
	return ops.Unsupportedf("input 0: elements of type %v", x.DType())
}

// Build returns a build function for operators without attributes but the
// consumed_inputs of the first versions.
func (k *Unary) Build(n *ops.Node) (ops.Kernel, error) {
	n.Ignore("consumed_inputs")
	return k, nil
}

// Floats returns loops for the four float types: 16 bits compute in float32.
func Floats(f32 func(dst, x []float32), f64 func(dst, x []float64)) []UnaryLoop {
	return []UnaryLoop{
		Loop(f32), Loop(f64),
		Loop(vec.HalfUnary[tensor.Float16](f32)), Loop(vec.HalfUnary[tensor.BFloat16](f32)),
	}
}

// BinaryLoop is a loop over two operands for one pair of element types.
type BinaryLoop struct {
	a, b, out tensor.DType
	run       func(p *par.Pool, grain int, y, a, b *tensor.Tensor, cast *vec.Cast)
}

// Loop2 makes a BinaryLoop of loops over slices.
func Loop2[A, B, R tensor.Element](l vec.Binary[A, B, R]) BinaryLoop {
	return BinaryLoop{tensor.DTypeOf[A](), tensor.DTypeOf[B](), tensor.DTypeOf[R](),
		func(p *par.Pool, grain int, y, a, b *tensor.Tensor, cast *vec.Cast) {
			dst, as, bs := tensor.Data[R](y), tensor.Data[A](a), tensor.Data[B](b)
			switch {
			case len(dst) > grain:
				par.Each(p, len(dst), grain, binaryBody[A, B, R]{&l, dst, as, bs, cast})
			case cast == nil:
				l.VV(dst, as, bs)
			default:
				l.Run(dst, as, bs, cast, 0, len(dst))
			}
		}}
}

type binaryBody[A, B, R any] struct {
	loop *vec.Binary[A, B, R]
	dst  []R
	a    []A
	b    []B
	cast *vec.Cast // nil where a and b have the result's shape
}

func (b *binaryBody[A, B, R]) Part(lo, hi int) {
	if b.cast == nil {
		b.loop.VV(b.dst[lo:hi], b.a[lo:hi], b.b[lo:hi])
		return
	}
	b.loop.Run(b.dst, b.a, b.b, b.cast, lo, hi)
}

// binaryMemo is what a call works out of the shapes of its operands.
type binaryMemo struct {
	shape, a, b tensor.Shape
	cast        *vec.Cast
	result      tensor.Shape // of a and b broadcast to each other, where that was asked for
	ra, rb      tensor.Shape
}

// broadcast is tensor.Broadcast, worked out when the shapes are not those of
// the run before.
func (m *binaryMemo) broadcast(a, b tensor.Shape) (tensor.Shape, error) {
	if m.result != nil && m.ra.Equal(a) && m.rb.Equal(b) {
		return m.result, nil
	}
	shape, err := tensor.Broadcast(a, b)
	if err != nil {
		return nil, err
	}
	m.result, m.ra, m.rb = shape, a.Clone(), b.Clone()
	return shape, nil
}

// lay returns how a and b lie against the result's shape, nil where both have
// that.
func (m *binaryMemo) lay(shape, a, b tensor.Shape) *vec.Cast {
	if a.Equal(shape) && b.Equal(shape) {
		return nil
	}
	if m.cast == nil || !m.shape.Equal(shape) || !m.a.Equal(a) || !m.b.Equal(b) {
		m.cast = vec.NewCast(shape, a, b)
		m.shape, m.a, m.b = shape.Clone(), a.Clone(), b.Clone()
	}
	return m.cast
}

// Binary computes one output of two inputs that broadcast to each other.
type Binary struct {
	Loops []BinaryLoop
	Grain int
	// Check, which may be nil, looks at the operands of a result that has
	// elements before it is computed.
	Check func(a, b *tensor.Tensor) error
}

// Run computes the call's first output.
func (k *Binary) Run(c *ops.Call) error {
	a, b := c.Tensor(0), c.Tensor(1)
	if a.Shape().Equal(b.Shape()) {
		return k.apply(c, a.Shape(), a, b, b.Shape())
	}
	shape, err := ops.Memo[binaryMemo](c).broadcast(a.Shape(), b.Shape())
	if err != nil {
		return err
	}
	return k.apply(c, shape, a, b, b.Shape())
}

// RunAs computes the call's first output in the shape of its first input; the
// second, seen under shapeB, is broadcast to that.
func (k *Binary) RunAs(c *ops.Call, shapeB tensor.Shape) error {
	a, b := c.Tensor(0), c.Tensor(1)
	if shapeB.Len() == 1 {
		shapeB = nil // however many dimensions it has
	}
	shape, err := tensor.Broadcast(a.Shape(), shapeB)
	if err != nil || !shape.Equal(a.Shape()) {
		return fmt.Errorf("input 1: got %v, which does not broadcast to %v of input 0", b, a)
	}
	return k.apply(c, shape, a, b, shapeB)
}

// apply computes the output of the given shape, b being seen under shapeB.
func (k *Binary) apply(c *ops.Call, shape tensor.Shape, a, b *tensor.Tensor, shapeB tensor.Shape) error {
	for i := range k.Loops {
		l := &k.Loops[i]
		if l.a != a.DType() || l.b != b.DType() {
			continue
		}
		y, err := c.Output(0, l.out, shape)
		if err != nil {
			return err
		}
		if y.Len() == 0 {
			return nil
		}
		if k.Check != nil {
			if err := k.Check(a, b); err != nil {
				return err
			}
		}
		cast := ops.Memo[binaryMemo](c).lay(shape, a.Shape(), shapeB)
		l.run(c.Pool, k.Grain, y, a, b, cast)
		return nil
	}
	return ops.Unsupportedf("inputs of types %v and %v", a.DType(), b.DType())
}

// Build returns the kernel, for operators without attributes.
func (k *Binary) Build(*ops.Node) (ops.Kernel, error) { return k, nil }

// BuildLegacy returns the kernel of versions below 7, where the second input
// may only be broadcast to the first, when the attribute broadcast says so,
// and the attribute axis says to which of its dimensions.
func (k *Binary) BuildLegacy(n *ops.Node) (ops.Kernel, error) {
	n.Ignore("consumed_inputs")
	l := &legacy{Binary: k, broadcast: n.Bool("broadcast", false), suffix: !n.Has("axis"), axis: n.Int("axis", 0)}
	return l, nil
}

type legacy struct {
	*Binary
	broadcast bool
	suffix    bool // b stands at the last dimensions of a
	axis      int  // the dimension of a where b starts
}

func (k *legacy) Run(c *ops.Call) error {
	a, b := c.Tensor(0), c.Tensor(1)
	shapeB := b.Shape()
	if !k.broadcast {
		if !shapeB.Equal(a.Shape()) {
			return fmt.Errorf("input 1: got shape %v, want %v as input 0 has, for attribute broadcast is 0", shapeB, a.Shape())
		}
	} else {
		var err error
		if shapeB, err = k.place(a.Shape(), shapeB); err != nil {
			return err
		}
	}
	return k.RunAs(c, shapeB)
}

// place returns the shape of b with dimensions of 1 appended so that it aligns
// with the dimensions of a from axis on.
func (k *legacy) place(a, b tensor.Shape) (tensor.Shape, error) {
	if !k.suffix && b.Len() != 1 {
		axis, err := a.Axis(k.axis)
		if err != nil {
			return nil, fmt.Errorf("attribute axis: %w", err)
		}
		if axis+b.Rank() > a.Rank() {
			return nil, fmt.Errorf("input 1: shape %v does not fit into %v from axis %d on", b, a, axis)
		}
		p := make(tensor.Shape, a.Rank()-axis)
		for i := range p {
			p[i] = 1
		}
		copy(p, b)
		b = p
	}
	return b, nil
}
