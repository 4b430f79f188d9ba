package detection

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/detect"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MaxRoiPool takes the maxima in bins of regions of feature maps.
var maxRoiPool1 = ops.Def{
	Name: "MaxRoiPool", Since: 1,
	Sig:   "X:T, rois:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		shape := n.RequiredInts("pooled_shape")
		if len(shape) != 2 || min(shape[0], shape[1]) < 1 {
			return nil, fmt.Errorf("attribute pooled_shape: got %v, want a height and a width above 0", shape)
		}
		return maxRoiPool{OutH: shape[0], OutW: shape[1], Scale: float64(n.Float("spatial_scale", 1))}, nil
	}),
}

type maxRoiPool detect.RoiPool

func (k maxRoiPool) Run(c *ops.Call) error {
	x, rois := c.Tensor(0), c.Tensor(1)
	if x.Rank() != 4 {
		return fmt.Errorf("input 0 (X): got %v, want batch, channels, height and width", x)
	}
	if rois.Rank() != 2 || rois.Dim(1) != 5 {
		return fmt.Errorf("input 1 (rois): got %v, want regions of 5", rois)
	}
	a := detect.RoiPool(k)
	a.C, a.H, a.W = x.Dim(1), x.Dim(2), x.Dim(3)
	y, err := c.Output(0, x.DType(), tensor.Shape{rois.Dim(0), a.C, a.OutH, a.OutW})
	if err != nil || y.Len() == 0 {
		return err
	}
	if x.DType() == tensor.F64 {
		return poolRegions[float64](c, y, &a)
	}
	return poolRegions[float32](c, y, &a)
}

func poolRegions[T floatElement](c *ops.Call, y *tensor.Tensor, a *detect.RoiPool) error {
	x, rois := c.Tensor(0), tensor.Data[T](c.Tensor(1))
	for i := range len(rois) / 5 {
		if b := rois[5*i]; !(b >= 0 && b <= T(x.Dim(0)-1)) {
			return fmt.Errorf("input 1 (rois): image %v of region %d is outside of [0, %d]", b, i, x.Dim(0)-1)
		}
	}
	detect.MaxPool(c.Pool, tensor.Data[T](y), tensor.Data[T](x), rois, a)
	return nil
}
