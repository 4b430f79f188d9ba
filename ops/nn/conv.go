package nn

import (
	"fmt"
	"sync/atomic"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Conv is the convolution of an image with a filter, over one or more spatial
// dimensions.
var conv1 = ops.Def{
	Name: "Conv", Since: 1,
	Sig: "X:T, W:T, B?:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newConv(n), nil }),
}

// NewBoundedConv builds a Conv whose results are bounded to lo … hi, for
// operators that do both at once. It takes float32 and float64.
func NewBoundedConv(n *ops.Node, lo, hi float32) ops.Kernel {
	k := newConv(n)
	k.clamp, k.lo, k.hi = true, lo, hi
	return k
}

// NewConvThen builds a Conv whose results go through the loop of their type, which
// may be over blocks of any length, with dst as x. It takes float32 and float64.
func NewConvThen(n *ops.Node, f32 func(dst, x []float32), f64 func(dst, x []float64)) ops.Kernel {
	k := newConv(n)
	k.then, k.then64 = f32, f64
	return k
}

// PlusConv is a Conv that may add a tensor to its results, for operators that
// do both at once. It takes float32 and float64.
type PlusConv struct{ *convolution }

// NewPlusConv builds a PlusConv.
func NewPlusConv(n *ops.Node) PlusConv { return PlusConv{newConv(n)} }

// RunPlus is Run; added says that it has added z, and bounded the sums to
// lo … hi, which it does where that saves a pass over them.
func (k PlusConv) RunPlus(c *ops.Call, z *tensor.Tensor, lo, hi float32) (added bool, err error) {
	return k.run(c, &addend{z, lo, hi})
}

// addend is what is added to the results of a convolution, and their bounds.
type addend struct {
	z      *tensor.Tensor
	lo, hi float32
}

func newConv(n *ops.Node) *convolution {
	k := &convolution{window: readWindow(n), group: n.Int("group", 1)}
	if w := n.Constant(1); w != nil {
		k.pack(w)
	}
	return k
}

type convolution struct {
	window window.Attrs
	group  int
	clamp  bool // bound the results
	lo, hi float32
	then   func(dst, x []float32) // nil for none
	then64 func(dst, x []float64)

	layout atomic.Pointer[convLayout] // of the last run

	// The packed weights where they are constant, for an input of so many
	// channels as they want.
	f32 *conv.Weights[float32]
	f64 *conv.Weights[float64]
}

// convLayout is what the shapes of a run come to.
type convLayout struct {
	x, w, y tensor.Shape
	dims    []window.Dim
}

// convCall is what a call keeps outside of its stack.
type convCall struct {
	conv.Params
	scratch [1]int // a shape
}

func (k *convolution) resolve(x, w *tensor.Tensor) (*convLayout, error) {
	in, err := spatial("X", 0, x)
	if err != nil {
		return nil, err
	}
	if err := checkWeights(x, w, k.group); err != nil {
		return nil, err
	}
	dims, err := k.window.Resolve(in, w.Shape()[2:])
	if err != nil {
		return nil, err
	}
	return &convLayout{x.Shape().Clone(), w.Shape().Clone(), image(x.Dim(0), w.Dim(0), dims), dims}, nil
}

// pack packs constant weights, unless they are wrong, which Run reports.
func (k *convolution) pack(w *tensor.Tensor) {
	if w.Rank() < 3 || w.Len() == 0 || k.group < 1 || w.Dim(0)%k.group != 0 {
		return
	}
	features, inner := w.Dim(0), w.Shape().Span(1, w.Rank())
	switch w.DType() {
	case tensor.F32:
		p := conv.Pack(tensor.Data[float32](w), features, inner, k.group, w.Dim(1)*k.group)
		k.f32 = &p
	case tensor.F64:
		p := conv.Pack(tensor.Data[float64](w), features, inner, k.group, w.Dim(1)*k.group)
		k.f64 = &p
	}
}

func (k *convolution) Run(c *ops.Call) error {
	_, err := k.run(c, nil)
	return err
}

// run is Run; it adds plus where that is possible, and reports whether it has.
func (k *convolution) run(c *ops.Call, plus *addend) (added bool, err error) {
	x, w, b := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	l := k.layout.Load()
	if l == nil || !l.x.Equal(x.Shape()) || !l.w.Equal(w.Shape()) {
		if l, err = k.resolve(x, w); err != nil {
			return false, err
		}
		k.layout.Store(l)
	}
	p := ops.Memo[convCall](c)
	defer func() { p.Params = conv.Params{} }() // holds on to nothing
	p.Params = conv.Params{
		Batch: x.Dim(0), Channels: x.Dim(1), Features: w.Dim(0), Group: k.group, Dims: l.dims,
		Clamp: k.clamp, Lo: k.lo, Hi: k.hi, Then: k.then,
	}
	if err := checkBias(2, b, p.Features); err != nil {
		return false, err
	}
	if x.DType() == tensor.F64 {
		added, err := runConv(c, p, x, w, b, l.y, k.f64, plus)
		if err == nil && k.then64 != nil {
			y := tensor.Data[float64](c.Outputs[0].(*tensor.Tensor))
			c.Pool.For(len(y), vec.GrainMath, func(lo, hi int) { k.then64(y[lo:hi], y[lo:hi]) })
		}
		return added, err
	}
	return runConv(c, p, x, w, b, l.y, k.f32, plus)
}

func runConv[T float32 | float64](c *ops.Call, p *convCall, x, w, b *tensor.Tensor, shape tensor.Shape, packed *conv.Weights[T], plus *addend) (added bool, err error) {
	var bias []T
	if b != nil {
		bias = tensor.Data[T](b)
	}
	weights := conv.Plain(tensor.Data[T](w))
	if packed != nil {
		weights = *packed
	}
	if plus != nil {
		added = plus.z != x && plus.z != w && plus.z.Shape().Equal(shape) && weights.Adds(&p.Params)
		if !added { // the memory of z is not for the results
			defer func(l []ops.Reuse) { c.Reuse = l }(c.Reuse)
			c.Reuse = nil
		}
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return false, err
	}
	if n := weights.Scratch(c.Pool, &p.Params); n > 0 {
		p.scratch[0] = n
		mem, err := c.Scratch(tensor.F32, p.scratch[:]...)
		if err != nil {
			return false, err
		}
		defer c.Release(mem)
		p.Memory = tensor.Data[float32](mem)
	}
	if added {
		p.Plus, p.Clamp, p.Lo, p.Hi = tensor.Data[float32](plus.z), true, plus.lo, plus.hi
	}
	conv.Run(c.Pool, &p.Params, tensor.Data[T](x), weights, bias, tensor.Data[T](y))
	return added, nil
}

// checkWeights compares the weights [features, channels/group, kernel…] with
// the image.
func checkWeights(x, w *tensor.Tensor, group int) error {
	if group < 1 {
		return fmt.Errorf("attribute group: got %d, want 1 or more", group)
	}
	if w.Rank() != x.Rank() {
		return fmt.Errorf("input 1 (W): got %v, want as many dimensions as input 0 (X) has, %v", w, x)
	}
	if x.Dim(1)%group != 0 || w.Dim(1) != x.Dim(1)/group {
		return fmt.Errorf("input 1 (W): got %v for %d channels in %d groups, want %d channels in each", w, x.Dim(1), group, x.Dim(1)/group)
	}
	if w.Dim(0)%group != 0 {
		return fmt.Errorf("input 1 (W): got %v, want a number of features that %d groups share", w, group)
	}
	return nil
}

func checkBias(i int, b *tensor.Tensor, features int) error {
	if b != nil && (b.Rank() != 1 || b.Dim(0) != features) {
		return fmt.Errorf("input %d (B): got %v, want one element for each of %d features", i, b, features)
	}
	return nil
}
