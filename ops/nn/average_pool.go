package nn

import (
	"github.com/onnxrun/onnxrun/internal/kernel/pool"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// AveragePool has count_include_pad from version 7 on, ceil_mode from 10 on,
// dilations from 19 on.
var averagePool1 = ops.Def{
	Name: "AveragePool", Since: 1,
	Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := averagePool{window: readPool(n), withPadding: n.Bool("count_include_pad", false)}
		return k, needKernel(&k.window)
	}),
}

type averagePool struct {
	window      window.Attrs
	withPadding bool
}

func (k averagePool) Run(c *ops.Call) error {
	x := c.Tensor(0)
	m, err := pooling(c, &k.window, false, k.withPadding)
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), m.shape)
	if err != nil {
		return err
	}
	planes := x.Dim(0) * x.Dim(1)
	switch {
	case x.DType() == tensor.F64:
		pool.Average(c.Pool, planes, m.dims, k.withPadding, tensor.Data[float64](x), tensor.Data[float64](y))
	case m.plan != nil:
		m.plan.Run(c.Pool, planes, tensor.Data[float32](x), tensor.Data[float32](y))
	default:
		pool.Average(c.Pool, planes, m.dims, k.withPadding, tensor.Data[float32](x), tensor.Data[float32](y))
	}
	return nil
}

// poolMemo is what follows from the shape of a pooling's input.
type poolMemo struct {
	in, shape tensor.Shape
	dims      []window.Dim
	plan      *pool.Plan // of float32; nil where there is a better way
}

// pooling returns the poolMemo of the first input.
func pooling(c *ops.Call, w *window.Attrs, isMax, withPadding bool) (*poolMemo, error) {
	x := c.Tensor(0)
	m := ops.Memo[poolMemo](c)
	if m.dims != nil && m.in.Equal(x.Shape()) {
		return m, nil
	}
	m.dims = nil
	in, err := spatial("X", 0, x)
	if err != nil {
		return nil, err
	}
	dims, err := w.Resolve(in, nil)
	if err != nil {
		return nil, err
	}
	m.in, m.shape, m.plan = x.Shape().Clone(), image(x.Dim(0), x.Dim(1), dims), nil
	if x.DType() == tensor.F32 && m.shape.Check(4) == nil && x.Len() > 0 {
		m.plan = pool.NewPlan(dims, isMax, withPadding)
	}
	m.dims = dims
	return m, nil
}
