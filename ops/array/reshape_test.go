package array

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestReshapeResolvesZerosAndMinusOne(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 3, 4}, ramp[float32](24)...)
	empty := tensor.Of[float32](tensor.Shape{0, 3, 4})
	for _, c := range []struct {
		x     *tensor.Tensor
		attrs optest.Attrs
		want  []int64
		shape tensor.Shape
	}{
		{x, nil, []int64{4, 6}, tensor.Shape{4, 6}},
		{x, nil, []int64{0, -1}, tensor.Shape{2, 12}},
		{x, nil, []int64{-1}, tensor.Shape{24}},
		{x, nil, []int64{2, 0, 4, 1}, tensor.Shape{2, 3, 4, 1}},
		{empty, nil, []int64{0, -1}, tensor.Shape{0, 0}},
		{empty, optest.Attrs{"allowzero": 1}, []int64{3, 4, 0}, tensor.Shape{3, 4, 0}},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "Reshape", Opset: 14, Attrs: c.attrs}, c.x, ints(c.want...))[0]
		is(t, y, c.shape, tensor.Data[float32](c.x)...)
	}
	y := optest.MustRun(t, Defs, optest.Node{Op: "Reshape", Opset: 1, Attrs: optest.Attrs{"shape": []int{3, -1}, "consumed_inputs": []int{0}}}, x)[0]
	is(t, y, tensor.Shape{3, 8}, ramp[float32](24)...)
	y = optest.MustRun(t, Defs, optest.Node{Op: "Reshape", Opset: 5}, tensor.Of(tensor.Shape{1}, "a"), ints())[0]
	is(t, y, tensor.Shape{}, "a")
}

func TestReshapeRefusesImpossibleShapes(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 3}, ramp[float32](6)...)
	n := optest.Node{Op: "Reshape", Opset: 14}
	fails(t, "more than one dimension is -1", n, x, ints(-1, -1))
	fails(t, "dimension 0 is -2", n, x, ints(-2, 3))
	fails(t, "do not divide by 4", n, x, ints(4, -1))
	fails(t, "do not make shape [4 2]", n, x, ints(4, 2))
	fails(t, "dimension 2 is to be copied", n, x, ints(2, 3, 0))
	fails(t, "too many elements", n, x, ints(1<<62, 1<<62, -1))
	fails(t, "want a vector", n, x, tensor.Of(tensor.Shape{1, 1}, int64(6)))
	n.Attrs = optest.Attrs{"allowzero": 1}
	fails(t, "-1 beside a 0", n, tensor.Of[float32](tensor.Shape{0}), ints(0, -1))
}
