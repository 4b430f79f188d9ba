package nn

import (
	"cmp"

	"github.com/onnxrun/onnxrun/internal/kernel/pool"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// LpPool takes p as a float in version 1, as an integer from 2 on; dilations
// and ceil_mode came with version 18. Without kernel_shape, which version 1
// allows, a window is the whole image.
var (
	lpPool1 = ops.Def{
		Name: "LpPool", Since: 1,
		Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
			k := lpPool{window: readPool(n), p: float64(n.Float("p", 2))}
			return k, checkNorm(k.p)
		}),
	}
	lpPool2 = ops.Def{
		Name: "LpPool", Since: 2,
		Sig: "X:T -> Y:T", Types: ops.Types{"T": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
			k := lpPool{window: readPool(n), p: float64(n.Int("p", 2))}
			return k, cmp.Or(checkNorm(k.p), needKernel(&k.window))
		}),
	}
)

type lpPool struct {
	window window.Attrs
	p      float64
}

func (k lpPool) Run(c *ops.Call) error {
	x := c.Tensor(0)
	in, err := spatial("X", 0, x)
	if err != nil {
		return err
	}
	kernel := k.window.Kernel
	if kernel == nil {
		kernel = in
	}
	dims, err := k.window.Resolve(in, kernel)
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), image(x.Dim(0), x.Dim(1), dims))
	if err != nil {
		return err
	}
	planes := x.Dim(0) * x.Dim(1)
	if x.DType() == tensor.F64 {
		pool.Norm(c.Pool, planes, dims, k.p, tensor.Data[float64](x), tensor.Data[float64](y))
	} else {
		pool.Norm(c.Pool, planes, dims, k.p, tensor.Data[float32](x), tensor.Data[float32](y))
	}
	return nil
}
