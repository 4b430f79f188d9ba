package detection

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/detect"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// RoiAlign pools regions of feature maps, interpolating between pixels. Up to
// version 10 coordinates are those of pixel centers, what version 16 calls
// output_half_pixel.
var roiAlign10 = ops.Def{
	Name: "RoiAlign", Since: 10,
	Sig:   "X:T1, rois:T1, batch_indices:int64 -> Y:T1",
	Types: ops.Types{"T1": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return newRoiAlign(n, false)
	}),
}

var roiAlign16 = ops.Def{
	Name: "RoiAlign", Since: 16,
	Sig:   "X:T1, rois:T1, batch_indices:int64 -> Y:T1",
	Types: ops.Types{"T1": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return newRoiAlign(n, n.Enum("coordinate_transformation_mode", "half_pixel", "output_half_pixel") == "half_pixel")
	}),
}

func newRoiAlign(n *ops.Node, halfPixel bool) (ops.Kernel, error) {
	k := roiAlign{
		OutH: n.Int("output_height", 1), OutW: n.Int("output_width", 1),
		Ratio: n.Int("sampling_ratio", 0), Scale: float64(n.Float("spatial_scale", 1)),
		HalfPixel: halfPixel, Max: n.Enum("mode", "avg", "max") == "max",
	}
	if k.OutH < 1 || k.OutW < 1 || k.Ratio < 0 {
		return nil, fmt.Errorf("attributes output_height, output_width and sampling_ratio: got %d, %d and %d, want 1, 1 and 0 or more", k.OutH, k.OutW, k.Ratio)
	}
	return k, nil
}

type roiAlign detect.RoiAlign

func (k roiAlign) Run(c *ops.Call) error {
	x, rois, batch := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if x.Rank() != 4 {
		return fmt.Errorf("input 0 (X): got %v, want batch, channels, height and width", x)
	}
	if rois.Rank() != 2 || rois.Dim(1) != 4 {
		return fmt.Errorf("input 1 (rois): got %v, want regions of 4", rois)
	}
	n := rois.Dim(0)
	if batch.Rank() != 1 || batch.Dim(0) != n {
		return fmt.Errorf("input 2 (batch_indices): got %v, want one for each of %d regions", batch, n)
	}
	for i, b := range tensor.Data[int64](batch) {
		if b < 0 || b >= int64(x.Dim(0)) {
			return fmt.Errorf("input 2 (batch_indices): index %d at position %d is outside of [0, %d]", b, i, x.Dim(0)-1)
		}
	}
	a := detect.RoiAlign(k)
	a.C, a.H, a.W = x.Dim(1), x.Dim(2), x.Dim(3)
	y, err := c.Output(0, x.DType(), tensor.Shape{n, a.C, a.OutH, a.OutW})
	if err != nil || y.Len() == 0 {
		return err
	}
	if x.Len() == 0 {
		return fmt.Errorf("input 0 (X): got %v, which has no pixels", x)
	}
	if x.DType() == tensor.F64 {
		return alignRegions[float64](c, y, &a)
	}
	return alignRegions[float32](c, y, &a)
}

type floatElement interface {
	float32 | float64
	tensor.Element
}

func alignRegions[T floatElement](c *ops.Call, y *tensor.Tensor, a *detect.RoiAlign) error {
	rois := tensor.Data[T](c.Tensor(1))
	if i := detect.Refuses(a, rois); i >= 0 {
		return ops.Unsupportedf("input 1 (rois): region %d, %v, takes too many samples", i, rois[4*i:4*i+4])
	}
	detect.Align(c.Pool, tensor.Data[T](y), tensor.Data[T](c.Tensor(0)), rois, tensor.Data[int64](c.Tensor(2)), a)
	return nil
}
