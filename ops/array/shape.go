package array

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Shape returns the dimensions of a tensor; from version 15 on those from
// start to end, which count from the end where negative and are clamped.
var shape1 = ops.Def{
	Name: "Shape", Since: 1,
	Sig: "data:T -> shape:int64",
	New: func(n *ops.Node) (ops.Kernel, error) { return shape{}, nil },
}

var shape15 = ops.Def{
	Name: "Shape", Since: 15,
	Sig: "data:T -> shape:int64",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return shape{start: n.Int("start", 0), hasEnd: n.Has("end"), end: n.Int("end", 0)}, nil
	},
}

type shape struct {
	start, end int
	hasEnd     bool
}

func (k shape) Run(c *ops.Call) error {
	dims := c.Tensor(0).Shape()
	start, end := clampAxis(k.start, len(dims)), len(dims)
	if k.hasEnd {
		end = clampAxis(k.end, len(dims))
	}
	y, err := c.Output(0, tensor.I64, tensor.Shape{max(end-start, 0)})
	if err != nil {
		return err
	}
	for i := range tensor.Data[int64](y) {
		tensor.Data[int64](y)[i] = int64(dims[start+i])
	}
	return nil
}

// clampAxis resolves an end of a range of axes to 0 … rank.
func clampAxis(axis, rank int) int {
	if axis < 0 {
		axis += rank
	}
	return min(max(axis, 0), rank)
}

// Size returns the number of elements of a tensor.
var size1 = ops.Def{
	Name: "Size", Since: 1,
	Sig: "data:T -> size:int64",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			y, err := c.Output(0, tensor.I64, tensor.Shape{})
			if err != nil {
				return err
			}
			tensor.Data[int64](y)[0] = int64(c.Tensor(0).Len())
			return nil
		}), nil
	},
}
