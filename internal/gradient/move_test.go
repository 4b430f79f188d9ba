package gradient_test

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfMoves(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 10))
	type A = optest.Attrs
	x := func(shape ...int) tensor.Value { return random(r, shape...) }
	index := func(shape tensor.Shape, v ...int64) tensor.Value { return tensor.Of(shape, v...) }
	flags := func(v ...bool) tensor.Value { return tensor.Of(tensor.Shape{len(v)}, v...) }
	checkAll(t, []probe{
		{op: "Reshape", in: []tensor.Value{x(2, 3), i64(3, -1)}},
		{op: "Reshape", opset: 1, in: []tensor.Value{x(2, 3)}, attrs: A{"shape": []int{6}}},
		{op: "Flatten", in: []tensor.Value{x(2, 3, 2)}},
		{op: "Squeeze", in: []tensor.Value{x(2, 1, 2), i64(1)}},
		{op: "Squeeze", opset: 11, in: []tensor.Value{x(1, 2, 1)}},
		{op: "Unsqueeze", in: []tensor.Value{x(2, 2), i64(0, -1)}},
		{op: "Transpose", in: []tensor.Value{x(2, 3, 2)}},
		{op: "Transpose", in: []tensor.Value{x(2, 3, 4)}, attrs: A{"perm": []int{1, 2, 0}}},
		{op: "Expand", in: []tensor.Value{x(3, 1), i64(2, 1, 4)}},
		{op: "Tile", in: []tensor.Value{x(2, 3), i64(3, 2)}},
		{op: "Tile", opset: 1, in: []tensor.Value{x(2, 3), tensor.Scalar(2.0), tensor.Scalar(1.0)}},
		{op: "Concat", wrt: []int{0, 1, 2}, attrs: A{"axis": -1}, in: []tensor.Value{x(2, 1), x(2, 3), x(2, 2)}},
		{op: "Concat", wrt: []int{1}, attrs: A{"axis": 0}, in: []tensor.Value{x(2, 2), x(1, 2)}},
		{op: "Concat", opset: 1, wrt: []int{0, 1}, in: []tensor.Value{x(2, 2), x(2, 1)}},
		{op: "Split", out: 2, attrs: A{"axis": 1}, in: []tensor.Value{x(2, 5), i64(2, 3)}},
		{op: "Split", opset: 11, out: 1, extra: 1, in: []tensor.Value{x(4, 2)}},
		{op: "Slice", opset: 9, in: []tensor.Value{x(4, 5)}, attrs: A{"starts": []int{1, -3}, "ends": []int{3, 100}}},
		{op: "Slice", in: []tensor.Value{x(4, 5), i64(-1), i64(-100), i64(1), i64(-2)}},
		{op: "Gather", in: []tensor.Value{x(4, 3), index(tensor.Shape{2, 2}, 0, 3, -1, 0)}},
		{op: "Gather", attrs: A{"axis": 1}, in: []tensor.Value{x(4, 3), index(tensor.Shape{}, 1)}},
		{op: "GatherElements", attrs: A{"axis": 1}, in: []tensor.Value{x(2, 3), index(tensor.Shape{2, 2}, 0, 0, -1, 1)}},
		{op: "GatherND", in: []tensor.Value{x(2, 3, 2), index(tensor.Shape{3, 2}, 0, 1, 1, 2, 0, 1)}},
		{op: "GatherND", opset: 12, attrs: A{"batch_dims": 1}, in: []tensor.Value{x(2, 3), index(tensor.Shape{2, 1}, 2, 0)}},
		{op: "Scatter", opset: 9, wrt: []int{0, 2}, in: []tensor.Value{x(3, 2), index(tensor.Shape{1, 2}, 2, 0), x(1, 2)}},
		{op: "ScatterElements", wrt: []int{0, 2}, attrs: A{"axis": 1}, in: []tensor.Value{x(2, 3), index(tensor.Shape{2, 1}, 2, -3), x(2, 1)}},
		{op: "ScatterElements", wrt: []int{0, 2}, attrs: A{"reduction": "add"}, in: []tensor.Value{x(3), i64(1, 1), x(2)}},
		{op: "ScatterND", wrt: []int{0, 2}, in: []tensor.Value{x(3, 2), index(tensor.Shape{2, 1}, 2, 0), x(2, 2)}},
		{op: "ScatterND", wrt: []int{0, 2}, attrs: A{"reduction": "add"}, in: []tensor.Value{x(3, 2), index(tensor.Shape{2, 1}, 2, 2), x(2, 2)}},
		{op: "Pad", wrt: []int{0, 2}, in: []tensor.Value{x(2, 3), i64(1, -1, 0, 2), tensor.Scalar(0.5)}},
		{op: "Pad", in: []tensor.Value{x(2, 3), i64(1, 2), nil, i64(1)}},
		{op: "Pad", in: []tensor.Value{x(2, 4), i64(1, 2, 0, 1)}, attrs: A{"mode": "reflect"}},
		{op: "Pad", in: []tensor.Value{x(2, 3), i64(0, 2, 1, 2)}, attrs: A{"mode": "edge"}},
		{op: "Pad", in: []tensor.Value{x(2, 3), i64(1, 2, 0, 1)}, attrs: A{"mode": "wrap"}},
		{op: "Pad", opset: 2, in: []tensor.Value{x(2, 3)}, attrs: A{"pads": []int{1, 0, 2, 1}, "value": float32(3)}},
		{op: "Pad", opset: 2, in: []tensor.Value{x(2, 3)}, attrs: A{"pads": []int{1, 0, 0, 1}, "mode": "edge"}},
		{op: "DepthToSpace", in: []tensor.Value{x(1, 8, 1, 2)}, attrs: A{"blocksize": 2}},
		{op: "SpaceToDepth", in: []tensor.Value{x(1, 2, 2, 4)}, attrs: A{"blocksize": 2}},
		{op: "ReverseSequence", in: []tensor.Value{x(3, 2), i64(2, 3)}},
		{op: "Compress", in: []tensor.Value{x(3, 2), flags(true, false, true)}, attrs: A{"axis": 0}},
		{op: "CenterCropPad", in: []tensor.Value{x(3, 4), i64(5, 2)}},
		{op: "Trilu", in: []tensor.Value{x(3, 3), index(tensor.Shape{}, 1)}, attrs: A{"upper": 0}},
		{op: "Resize", in: []tensor.Value{x(1, 1, 2, 2), nil, nil, i64(1, 1, 4, 3)}, attrs: A{"mode": "nearest"}},
		{op: "Upsample", opset: 9, in: []tensor.Value{x(1, 1, 2, 2), tensor.Of(tensor.Shape{4}, float32(1), 1, 2, 2)}},
		{op: "MaxUnpool", in: []tensor.Value{x(1, 1, 2), index(tensor.Shape{1, 1, 2}, 1, 2)}, attrs: A{"kernel_shape": []int{2}, "strides": []int{2}}},
		{op: "TopK", in: []tensor.Value{x(2, 5), i64(2)}, extra: 1},
		{op: "TensorScatter", opset: 24, wrt: []int{0, 1}, in: []tensor.Value{x(2, 4, 2), x(2, 2, 2), i64(1, 2)}},
		{op: "TensorScatter", opset: 24, wrt: []int{0, 1}, in: []tensor.Value{x(2, 4, 2), x(2, 2, 2), i64(3, 1)}, attrs: A{"mode": "circular"}},
		{op: "OneHot", wrt: []int{2}, in: []tensor.Value{i64(1, -1, 7), i64(3), x(2)}},
		{op: "OneHot", opset: 9, wrt: []int{2}, attrs: A{"axis": 0}, in: []tensor.Value{i64(1, -1, 2), i64(3), x(2)}},
		{op: "Reshape", name: "empty", in: []tensor.Value{x(0, 3), i64(3, 0)}, attrs: A{"allowzero": 1}},
	})
}
