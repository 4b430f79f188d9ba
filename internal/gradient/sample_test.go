package gradient_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfSampling(t *testing.T) {
	r := rand.New(rand.NewPCG(28, 28))
	type A = optest.Attrs
	both := []int{0, 1}
	var probes []probe
	for _, mode := range []string{"linear", "nearest", "cubic"} {
		for _, padding := range []string{"zeros", "border", "reflection"} {
			for corners := range 2 {
				probes = append(probes, probe{
					op: "GridSample", name: fmt.Sprint(mode, padding, corners), wrt: both, first: mode == "nearest" || corners == 1,
					in: []tensor.Value{random(r, 2, 2, 3, 4), random(r, 2, 3, 2, 2)}, attrs: A{"mode": mode, "padding_mode": padding, "align_corners": corners},
				})
			}
		}
	}
	all := []int{0, 1, 2, 3, 4}
	probes = append(probes, []probe{
		{op: "GridSample", opset: 16, wrt: both, in: []tensor.Value{random(r, 1, 1, 3, 1), random(r, 1, 2, 2, 2)}, attrs: A{"mode": "bicubic", "padding_mode": "reflection", "align_corners": 1}},
		{op: "GridSample", name: "volume", wrt: both, first: true, in: []tensor.Value{random(r, 1, 2, 2, 3, 2), random(r, 1, 2, 1, 2, 3)}},
		{op: "GridSample", name: "line", wrt: both, in: []tensor.Value{random(r, 1, 2, 5), random(r, 1, 4, 1)}},
		{op: "DeformConv", wrt: []int{0, 1, 2}, in: []tensor.Value{random(r, 1, 2, 4, 4), random(r, 2, 2, 2, 2), random(r, 1, 8, 3, 3)}, first: true},
		{op: "DeformConv", wrt: all, attrs: A{"group": 2, "offset_group": 2, "strides": []int{2, 1}, "pads": []int{1, 0, 1, 1}, "dilations": []int{1, 2}},
			in: []tensor.Value{random(r, 2, 4, 4, 4), random(r, 2, 2, 2, 2), random(r, 2, 16, 3, 3), random(r, 2), random(r, 2, 8, 3, 3)}, first: true},
		{op: "DeformConv", name: "line", wrt: all, in: []tensor.Value{random(r, 1, 2, 5), random(r, 1, 2, 3), random(r, 1, 3, 3), random(r, 1), random(r, 1, 3, 3)}},
	}...)
	checkAll(t, probes)
}

func TestDerivativesOfRegions(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 29))
	type A = optest.Attrs
	image, of := random(r, 2, 2, 5, 6), i64(1, 0, 1)
	rois := tensor.Of(tensor.Shape{3, 4}, 0.3, 0.6, 3.8, 4.2, 1.13, 0.22, 5.81, 2.34, -2.23, 3.12, 1.47, 7.34)
	pooled := tensor.Of(tensor.Shape{3, 5}, 1.0, 0, 1, 3, 4, 0, 2, 0, 9, 3, 1, 4, 7, 5, 9)
	checkAll(t, []probe{
		{op: "RoiAlign", wrt: []int{0, 1}, in: []tensor.Value{image, rois, of}, attrs: A{"output_height": 2, "output_width": 3, "sampling_ratio": 2}},
		{op: "RoiAlign", name: "as many as pixels", wrt: []int{0, 1}, in: []tensor.Value{image, rois, of}, attrs: A{"output_height": 2, "output_width": 2, "spatial_scale": float32(0.75)}},
		{op: "RoiAlign", opset: 10, in: []tensor.Value{image, rois, of}, attrs: A{"output_height": 3, "output_width": 1}},
		{op: "RoiAlign", name: "largest", wrt: []int{0, 1}, first: true, in: []tensor.Value{image, rois, of}, attrs: A{"mode": "max", "output_height": 2, "output_width": 2}},
		{op: "MaxRoiPool", in: []tensor.Value{image, pooled}, attrs: A{"pooled_shape": []int{2, 3}}},
		{op: "MaxRoiPool", in: []tensor.Value{image, pooled}, attrs: A{"pooled_shape": []int{1, 2}, "spatial_scale": float32(0.6)}},
	})
}
