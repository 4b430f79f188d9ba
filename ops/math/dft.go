package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/fft"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// DFT computes the discrete Fourier transform along an axis. The last dimension
// of a tensor holds a real number, or the two parts of a complex one. The axis
// is an attribute in version 17 and an input from 20 on.
//
// Real numbers are transformed in float64, complex ones in their own precision,
// as numpy does it: the standard's examples compare what is left of sums that
// cancel.
var dft17 = ops.Def{
	Name: "DFT", Since: 17,
	Sig:   "input:T1, dft_length?:T2 -> output:T1",
	Types: ops.Types{"T1": ops.Floats, "T2": ops.Indices},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return &dft{axis: n.Int("axis", 1), inverse: n.Bool("inverse", false), onesided: n.Bool("onesided", false)}, nil
	}),
}

var dft20 = ops.Def{
	Name: "DFT", Since: 20,
	Sig:   "input:T1, dft_length?:T2, axis?:int64 -> output:T1",
	Types: ops.Types{"T1": ops.Floats, "T2": ops.Indices},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return &dft{axis: -2, inverse: n.Bool("inverse", false), onesided: n.Bool("onesided", false)}, nil
	}),
}

type dft struct {
	axis     int
	inverse  bool
	onesided bool // the spectrum's redundant half is left out
}

// lines says how to read and write the lines that are transformed.
type lines struct {
	count, inner int // lines, and how many of them lie interleaved
	length       int // of the transform
	in, out      int // elements of a line that are read, and written
	inDim        int // the size of the axis in the input
	parts        int // 1 where the input is real, 2 where it is complex
	outParts     int
	inverse      bool
	mirror       bool // the input is the first half of a Hermitian spectrum
}

func (k *dft) Run(c *ops.Call) error {
	x := c.Tensor(0)
	r := x.Rank()
	if r < 2 || x.Dim(r-1) != 1 && x.Dim(r-1) != 2 {
		return fmt.Errorf("input 0 (input): got %v, want at least two dimensions, the last of 1 or 2", x)
	}
	l := lines{parts: x.Dim(r - 1), outParts: 2, inverse: k.inverse, mirror: k.onesided && k.inverse}
	if k.onesided && k.inverse != (l.parts == 2) {
		return fmt.Errorf("input 0 (input): got %v; a onesided transform takes real numbers, its inverse complex ones", x)
	}
	axis := k.axis
	if c.Has(2) {
		v, err := scalarInt(c, 2, "axis")
		if err != nil {
			return err
		}
		axis = v
	}
	axis, err := x.Shape().Axis(axis)
	if err != nil {
		return fmt.Errorf("axis: %w", err)
	}
	if axis == r-1 {
		return fmt.Errorf("axis %d of %v holds the parts of complex numbers", axis, x)
	}
	l.inDim = x.Dim(axis)
	switch {
	case c.Has(1):
		if l.length, err = scalarInt(c, 1, "dft_length"); err != nil {
			return err
		}
	case l.mirror:
		l.length = 2 * (l.inDim - 1)
	default:
		l.length = l.inDim
	}
	if l.length < 1 {
		return fmt.Errorf("the length of the transform is %d, want at least 1", l.length)
	}
	l.in, l.out = l.length, l.length
	switch {
	case l.mirror:
		l.in, l.outParts = l.length/2+1, 1
	case k.onesided:
		l.out = l.length/2 + 1
	}
	l.in = min(l.in, l.inDim)

	shape := x.Shape().Clone()
	shape[axis], shape[r-1] = l.out, l.outParts
	y, err := c.Output(0, x.DType(), shape)
	if err != nil || y.Len() == 0 {
		return err
	}
	l.inner = x.Shape().Span(axis+1, r-1)
	l.count = l.inner * x.Shape().Span(0, axis)
	switch {
	case x.DType() == tensor.F64:
		return transformLines[float64](c, l, tensor.Data[float64](y), tensor.Data[float64](x))
	case l.parts == 2:
		return transformLines[float32](c, l, tensor.Data[float32](y), tensor.Data[float32](x))
	}
	return transformLines[float64](c, l, tensor.Data[float32](y), tensor.Data[float32](x))
}

// scalarInt reads input i, an integer tensor of one element.
func scalarInt(c *ops.Call, i int, name string) (int, error) {
	v, err := ops.IntsOf(c.Tensor(i))
	if err == nil && len(v) != 1 {
		err = fmt.Errorf("got %v, want a scalar", c.Tensor(i))
	}
	if err != nil {
		return 0, fmt.Errorf("input %d (%s): %w", i, name, err)
	}
	return v[0], nil
}

// transform is a plan and the scratch for as many transforms as run at once.
type transform[T vec.Float] struct {
	plan  *fft.Plan[T]
	mem   *tensor.Tensor
	slots chan []fft.Number[T] // a line and its work each
	store *tensor.Tensor
}

func newTransform[T vec.Float](c *ops.Call, n int) (*transform[T], error) {
	mem, err := c.Scratch(tensor.DTypeOf[T](), fft.PlanLen(n), 2)
	if err != nil {
		return nil, err
	}
	size, threads := n+fft.WorkLen(n), c.Pool.Threads()
	store, err := c.Scratch(tensor.DTypeOf[T](), threads, size, 2)
	if err != nil {
		c.Release(mem)
		return nil, err
	}
	t := &transform[T]{plan: fft.NewPlan(n, fft.Numbers(tensor.Data[T](mem))), mem: mem, store: store}
	t.slots = make(chan []fft.Number[T], threads)
	for i := range threads {
		t.slots <- fft.Numbers(tensor.Data[T](store))[i*size : (i+1)*size]
	}
	return t, nil
}

func (t *transform[T]) release(c *ops.Call) {
	c.Release(t.mem)
	c.Release(t.store)
}

// each calls f for parts of n lines, with a line and its work to use.
func (t *transform[T]) each(c *ops.Call, n, length int, f func(lo, hi int, line, work []fft.Number[T])) {
	c.Pool.For(n, max(1, vec.GrainMath/length), func(lo, hi int) {
		slot := <-t.slots
		defer func() { t.slots <- slot }()
		f(lo, hi, slot[:length], slot[length:])
	})
}

// transformLines computes in the precision P.
func transformLines[P, T vec.Float](c *ops.Call, l lines, dst, src []T) error {
	t, err := newTransform[P](c, l.length)
	if err != nil {
		return err
	}
	defer t.release(c)
	scale := P(1)
	if l.inverse {
		scale = P(1 / float64(l.length))
	}
	t.each(c, l.count, l.length, func(lo, hi int, line, work []fft.Number[P]) {
		for i := lo; i < hi; i++ {
			outer, inner := i/l.inner, i%l.inner
			read(line, src[(outer*l.inDim*l.inner+inner)*l.parts:], l.in, l.inner, l.parts)
			if l.mirror {
				mirror(line)
			}
			if l.inverse {
				t.plan.Inverse(line, work)
			} else {
				t.plan.Transform(line, work)
			}
			write(dst[(outer*l.out*l.inner+inner)*l.outParts:], line[:l.out], l.inner, l.outParts, scale)
		}
	})
	return c.Err()
}

// read gathers n numbers of parts each at a distance of stride numbers; the
// rest of the line is 0.
func read[P, T vec.Float](line []fft.Number[P], src []T, n, stride, parts int) {
	clear(line[n:])
	at := 0
	for i := range line[:n] {
		line[i] = fft.Number[P]{Re: P(src[at])}
		if parts == 2 {
			line[i].Im = P(src[at+1])
		}
		at += stride * parts
	}
}

// mirror makes a spectrum that belongs to real numbers of its first half.
func mirror[T vec.Float](line []fft.Number[T]) {
	n := len(line)
	line[0].Im = 0
	for i := 1; i <= n/2; i++ {
		if 2*i == n {
			line[i].Im = 0
		}
		line[n-i] = fft.Number[T]{Re: line[i].Re, Im: -line[i].Im}
	}
}

// write scatters the numbers of a line, the real parts only where parts is 1.
func write[P, T vec.Float](dst []T, line []fft.Number[P], stride, parts int, scale P) {
	at := 0
	for _, z := range line {
		dst[at] = T(z.Re * scale)
		if parts == 2 {
			dst[at+1] = T(z.Im * scale)
		}
		at += stride * parts
	}
}
