package normalization

import (
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Softmax is exp(x) / Σ exp(x). Up to version 12 the sum is over all axes from
// the given one on, from version 13 on over that one.
var softmax1 = ops.Def{
	Name: "Softmax", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return softmax{axis: axis1(n), log: false}, nil
	},
	Reuse: ops.Elementwise(1),
}

var softmax13 = ops.Def{
	Name: "Softmax", Since: 13,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return softmax{axis: axis13(n), log: false}, nil
	},
	Reuse: ops.Elementwise(1),
}

// LogSoftmax is the logarithm of Softmax, whose axes it has.
var logSoftmax1 = ops.Def{
	Name: "LogSoftmax", Since: 1,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return softmax{axis: axis1(n), log: true}, nil
	},
	Reuse: ops.Elementwise(1),
}

var logSoftmax13 = ops.Def{
	Name: "LogSoftmax", Since: 13,
	Sig:   "input:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return softmax{axis: axis13(n), log: true}, nil
	},
	Reuse: ops.Elementwise(1),
}

// axisFrom is the axis attribute of the softmax family.
type axisFrom struct {
	axis int
	rest bool // the axis and all after it count as one
}

func axis1(n *ops.Node) axisFrom  { return axisFrom{n.Int("axis", 1), true} }
func axis13(n *ops.Node) axisFrom { return axisFrom{n.Int("axis", -1), false} }

// split returns the sizes before, at and after the axis. A scalar counts as
// one element along axis 0.
func (a axisFrom) split(shape tensor.Shape) (outer, n, inner int, err error) {
	r := len(shape)
	switch {
	case r == 0 && (a.axis == 0 || a.axis == -1):
		return 1, 1, 1, nil
	case a.rest && a.axis == r:
		return shape.Len(), 1, 1, nil
	}
	axis, err := shape.Axis(a.axis)
	if err != nil {
		return 0, 0, 0, err
	}
	if a.rest {
		return shape.Span(0, axis), shape.Span(axis, r), 1, nil
	}
	return shape.Span(0, axis), shape[axis], shape.Span(axis+1, r), nil
}

type softmax struct {
	axis axisFrom
	log  bool
}

func (k softmax) Run(c *ops.Call) error {
	x := c.Tensor(0)
	outer, n, inner, err := k.axis.split(x.Shape())
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	switch x.DType() {
	case tensor.F32:
		runSoftmax[float32, float32](k, c, y, x, outer, n, inner)
	case tensor.F64:
		runSoftmax[float64, float64](k, c, y, x, outer, n, inner)
	case tensor.F16:
		runSoftmax[tensor.Float16, float32](k, c, y, x, outer, n, inner)
	case tensor.BF16:
		runSoftmax[tensor.BFloat16, float32](k, c, y, x, outer, n, inner)
	}
	return nil
}

func runSoftmax[T norm.Elem, W norm.Float](k softmax, c *ops.Call, y, x *tensor.Tensor, outer, n, inner int) {
	if k.log {
		norm.LogSoftmax[T, W](c.Pool, tensor.Data[T](y), tensor.Data[T](x), outer, n, inner)
	} else {
		norm.Softmax[T, W](c.Pool, tensor.Data[T](y), tensor.Data[T](x), outer, n, inner)
	}
}
