package nn

import (
	"errors"

	"github.com/onnxrun/onnxrun/internal/kernel/pool"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MaxPool has its second output from version 8 on, dilations and ceil_mode
// from 10 on.
var maxPool1 = ops.Def{
	Name: "MaxPool", Since: 1,
	Sig:   "X:T -> Y:T, Indices?:int64",
	Types: ops.Types{"T": ops.Floats | tensor.SetOf(tensor.I8, tensor.U8)},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := maxPool{window: readPool(n), columnMajor: n.Bool("storage_order", false)}
		return k, needKernel(&k.window)
	}),
}

// readPool reads the attributes of a pooling.
func readPool(n *ops.Node) window.Attrs {
	w := readWindow(n)
	w.Ceil = n.Bool("ceil_mode", false)
	return w
}

func needKernel(w *window.Attrs) error {
	if w.Kernel == nil {
		return errors.New("attribute kernel_shape is missing")
	}
	return nil
}

type maxPool struct {
	window      window.Attrs
	columnMajor bool
}

func (k maxPool) Run(c *ops.Call) error {
	x := c.Tensor(0)
	m, err := pooling(c, &k.window, true, false)
	if err != nil {
		return err
	}
	y, err := c.Output(0, x.DType(), m.shape)
	if err != nil {
		return err
	}
	var index []int64
	if c.Wants(1) {
		t, err := c.Output(1, tensor.I64, m.shape)
		if err != nil {
			return err
		}
		index = tensor.Data[int64](t)
	}
	planes, dims := x.Dim(0)*x.Dim(1), m.dims
	if index == nil && m.plan != nil && x.DType() == tensor.F32 {
		m.plan.Run(c.Pool, planes, tensor.Data[float32](x), tensor.Data[float32](y))
		return nil
	}
	switch x.DType() {
	case tensor.F32:
		runMax[float32](c, planes, dims, x, y, index, k.columnMajor)
	case tensor.F64:
		runMax[float64](c, planes, dims, x, y, index, k.columnMajor)
	case tensor.I8:
		runMax[int8](c, planes, dims, x, y, index, k.columnMajor)
	case tensor.U8:
		runMax[uint8](c, planes, dims, x, y, index, k.columnMajor)
	}
	return nil
}

func runMax[T pool.Number](c *ops.Call, planes int, dims []window.Dim, x, y *tensor.Tensor, index []int64, columnMajor bool) {
	pool.Max(c.Pool, planes, dims, tensor.Data[T](x), tensor.Data[T](y), index, columnMajor)
}
