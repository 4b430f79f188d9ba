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
	in, err := spatial("X", 0, x)
	if err != nil {
		return err
	}
	dims, err := k.window.Resolve(in, nil)
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), image(x.Dim(0), x.Dim(1), dims))
	if err != nil {
		return err
	}
	planes := x.Dim(0) * x.Dim(1)
	if x.DType() == tensor.F64 {
		pool.Average(c.Pool, planes, dims, k.withPadding, tensor.Data[float64](x), tensor.Data[float64](y))
	} else {
		pool.Average(c.Pool, planes, dims, k.withPadding, tensor.Data[float32](x), tensor.Data[float32](y))
	}
	return nil
}
