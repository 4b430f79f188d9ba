package reduction

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/reduce"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ArgMax finds the position of the largest element along an axis: the first of
// equals, with select_last_index (from version 12 on) the last. NaN counts as
// the largest.
var argMax1 = ops.Def{
	Name: "ArgMax", Since: 1,
	Sig:   "data:T -> reduced:int64",
	Types: ops.Types{"T": ops.Numeric},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newArg(n, argMaxLoops), nil }),
}

type argLoop func(p *par.Pool, dst []int64, x *tensor.Tensor, outer, n, inner int, last bool)

var argMaxLoops = map[tensor.DType]argLoop{
	tensor.F32: argMaxOf[float32],
	tensor.F64: argMaxOf[float64],
	tensor.I8:  argMaxOf[int8],
	tensor.I16: argMaxOf[int16],
	tensor.I32: argMaxOf[int32],
	tensor.I64: argMaxOf[int64],
	tensor.U8:  argMaxOf[uint8],
	tensor.U16: argMaxOf[uint16],
	tensor.U32: argMaxOf[uint32],
	tensor.U64: argMaxOf[uint64],
}

func argMaxOf[T number](p *par.Pool, dst []int64, x *tensor.Tensor, outer, n, inner int, last bool) {
	reduce.ArgMax(p, dst, tensor.Data[T](x), outer, n, inner, last)
}

// arg is the kernel of ArgMax and ArgMin.
type arg struct {
	loops map[tensor.DType]argLoop
	axis  int
	keep  bool // leave the axis as a dimension of 1
	last  bool
}

func newArg(n *ops.Node, loops map[tensor.DType]argLoop) ops.Kernel {
	return &arg{loops, n.Int("axis", 0), n.Bool("keepdims", true), n.Bool("select_last_index", false)}
}

// argMemo keeps the memory of the shape of the result.
type argMemo struct{ shape tensor.Shape }

func (k *arg) Run(c *ops.Call) error {
	x := c.Tensor(0)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return fmt.Errorf("attribute axis: %w", err)
	}
	m := ops.Memo[argMemo](c)
	shape := append(m.shape[:0], x.Shape()...)
	if k.keep {
		shape[axis] = 1
	} else {
		shape = append(shape[:axis], shape[axis+1:]...)
	}
	m.shape = shape
	y, err := c.Output(0, tensor.I64, shape)
	if err != nil {
		return err
	}
	if y.Len() == 0 {
		return nil
	}
	n := x.Dim(axis)
	if n == 0 {
		return fmt.Errorf("input 0 (data): %v has no elements along axis %d", x, axis)
	}
	outer, inner := x.Shape().Span(0, axis), x.Shape().Span(axis+1, x.Rank())
	k.loops[x.DType()](c.Pool, tensor.Data[int64](y), x, outer, n, inner, k.last)
	return nil
}
