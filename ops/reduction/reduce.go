package reduction

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// The Reduce operators differ in the operation only: what they share is here.
// Their axes are an attribute up to version 13 (ReduceSum: 11) and an input
// afterwards.

// reduceTypes are the element types of all of them; ReduceMax and ReduceMin
// have some more.
var reduceTypes = ops.Types{"T": ops.Floats | tensor.SetOf(tensor.I32, tensor.I64, tensor.U32, tensor.U64)}

var extremeTypes = ops.Types{"T": reduceTypes["T"] | ops.Bool | tensor.SetOf(tensor.I8, tensor.U8)}

const (
	sigAttribute = "data:T -> reduced:T"
	sigInput     = "data:T, axes?:int64 -> reduced:T"
)

// loop is an operation for one element type.
type loop struct {
	dtype tensor.DType
	run   func(p *par.Pool, y, x *tensor.Tensor, l *reduce.Layout)
}

type number interface {
	tensor.Element
	vec.Number
}

func loopOf[T tensor.Element, A any](o reduce.Op[T, A, T]) loop {
	return loop{tensor.DTypeOf[T](), func(p *par.Pool, y, x *tensor.Tensor, l *reduce.Layout) {
		o.Reduce(p, tensor.Data[T](y), tensor.Data[T](x), l)
	}}
}

// loops lists an operation for the element types of reduceTypes.
func loops[A, B, C, D, E, F any](
	f32 reduce.Op[float32, A, float32], f64 reduce.Op[float64, B, float64],
	i32 reduce.Op[int32, C, int32], i64 reduce.Op[int64, D, int64],
	u32 reduce.Op[uint32, E, uint32], u64 reduce.Op[uint64, F, uint64],
) reducer {
	return reducer{
		loopOf(f32), loopOf(f64),
		loopOf(reduce.Half[tensor.Float16](f32)), loopOf(reduce.Half[tensor.BFloat16](f32)),
		loopOf(i32), loopOf(i64), loopOf(u32), loopOf(u64),
	}
}

// reducer is one operation, as a loop for each element type.
type reducer []loop

// attribute builds the versions whose axes are an attribute.
func (r reducer) attribute(n *ops.Node) (ops.Kernel, error) {
	return &reduction{loops: r, axes: n.Ints("axes"), keep: n.Bool("keepdims", true)}, nil
}

// input builds the versions whose axes are an input.
func (r reducer) input(n *ops.Node) (ops.Kernel, error) {
	return &reduction{loops: r, keep: n.Bool("keepdims", true), noop: n.Bool("noop_with_empty_axes", false)}, nil
}

type reduction struct {
	loops reducer
	axes  []int
	keep  bool // leave reduced dimensions as 1
	noop  bool // no axes are none, not all
}

func (k *reduction) Run(c *ops.Call) error {
	x := c.Tensor(0)
	m := ops.Memo[reductionMemo](c)
	var given []int64
	if c.Has(1) {
		given = tensor.Data[int64](c.Tensor(1))
	}
	if m.layout == nil || !m.in.Equal(x.Shape()) || m.dtype != x.DType() || m.has != c.Has(1) || !slices.Equal(m.axes, given) {
		if err := k.resolve(c, m); err != nil {
			return err
		}
		m.in, m.dtype, m.has, m.axes = x.Shape().Clone(), x.DType(), c.Has(1), slices.Clone(given)
	}
	y, err := c.Output(0, x.DType(), m.shape)
	if err != nil {
		return err
	}
	m.run(c.Pool, y, x, m.layout)
	return nil
}

// reductionMemo is what follows from the shape of the input and the axes.
type reductionMemo struct {
	in    tensor.Shape
	dtype tensor.DType
	has   bool // axes, as an input
	axes  []int64

	shape  tensor.Shape
	layout *reduce.Layout // nil before the first run
	run    func(p *par.Pool, y, x *tensor.Tensor, l *reduce.Layout)
}

// resolve works out the results of a reductionMemo.
func (k *reduction) resolve(c *ops.Call, m *reductionMemo) error {
	m.layout = nil
	x, axes := c.Tensor(0), k.axes
	if c.Has(1) {
		var err error
		if axes, err = ops.IntsOf(c.Tensor(1)); err != nil {
			return fmt.Errorf("input 1 (axes): %w", err)
		}
	}
	axes, err := ops.NormAxes(x.Shape(), axes)
	if err != nil {
		return fmt.Errorf("axes: %w", err)
	}
	reduced := make([]bool, x.Rank())
	for i := range reduced {
		reduced[i] = len(axes) == 0 && !k.noop
	}
	for _, a := range axes {
		reduced[a] = true
	}
	m.shape = make(tensor.Shape, 0, x.Rank())
	for i, d := range x.Shape() {
		if !reduced[i] {
			m.shape = append(m.shape, d)
		} else if k.keep {
			m.shape = append(m.shape, 1)
		}
	}
	for _, l := range k.loops {
		if l.dtype == x.DType() {
			m.run, m.layout = l.run, reduce.NewLayout(x.Shape(), reduced)
			return nil
		}
	}
	return ops.Unsupportedf("input 0 (data): elements of type %v", x.DType())
}
