package gradient_test

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfResizing(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 27))
	type A = optest.Attrs
	x := func(shape ...int) tensor.Value { return random(r, shape...) }
	scales := func(v ...float32) tensor.Value { return tensor.Of(tensor.Shape{len(v)}, v...) }
	image := x(1, 2, 3, 4)
	roi := tensor.Of(tensor.Shape{8}, 0, 0, 0.2, -0.1, 1, 1, 0.8, 0.7)
	probes := []probe{
		{op: "Resize", opset: 10, in: []tensor.Value{image, scales(1, 1, 2, 1.5)}, attrs: A{"mode": "linear"}},
		{op: "Resize", opset: 11, in: []tensor.Value{image, scales(), scales(1, 1, 0.5, 1.5)}, attrs: A{"mode": "linear"}},
		{op: "Resize", opset: 11, name: "sizes", in: []tensor.Value{image, scales(), scales(), i64(1, 2, 5, 3)}, attrs: A{"mode": "cubic"}},
		{op: "Resize", opset: 18, in: []tensor.Value{x(5, 4), nil, scales(0.6, 0.5)}, attrs: A{"mode": "cubic", "antialias": 1, "cubic_coeff_a": float32(-0.5)}},
		{op: "Resize", opset: 18, in: []tensor.Value{x(2, 5, 3), nil, nil, i64(4, 3)}, attrs: A{"mode": "linear", "axes": []int{-1, 1}, "antialias": 1}},
		{op: "Resize", opset: 19, in: []tensor.Value{x(5, 4), nil, scales(0.7, 1.3)}, attrs: A{"mode": "cubic", "exclude_outside": 1, "coordinate_transformation_mode": "half_pixel_symmetric"}},
		{op: "Resize", in: []tensor.Value{image, roi, nil, i64(1, 2, 4, 3)}, attrs: A{"mode": "nearest", "coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": float32(7)}},
		{op: "Resize", in: []tensor.Value{image, roi, scales(1, 1, 2, 1.5)}, attrs: A{"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize"}},
		{op: "Upsample", opset: 1, in: []tensor.Value{image}, attrs: A{"mode": "bilinear", "height_scale": float32(2), "width_scale": float32(1.5)}},
		{op: "Upsample", opset: 7, in: []tensor.Value{image}, attrs: A{"mode": "linear", "scales": []float32{1, 1, 2, 2}}},
		{op: "Upsample", opset: 9, in: []tensor.Value{image, scales(1, 1, 1, 3)}, attrs: A{"mode": "linear"}},
	}
	for _, policy := range []string{"not_larger", "not_smaller"} {
		for _, mode := range []string{"linear", "cubic"} {
			probes = append(probes, probe{op: "Resize", name: policy + mode, in: []tensor.Value{image, nil, nil, i64(5, 7)}, attrs: A{"mode": mode, "axes": []int{2, 3}, "keep_aspect_ratio_policy": policy}})
		}
	}
	for _, mode := range []string{"align_corners", "asymmetric", "pytorch_half_pixel"} {
		probes = append(probes, probe{op: "Resize", name: mode, in: []tensor.Value{image, nil, nil, i64(1, 2, 5, 1)}, attrs: A{"mode": "linear", "coordinate_transformation_mode": mode}})
	}
	checkAll(t, probes)
}
