package array

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestTransposePermutesElementsOfEverySize(t *testing.T) {
	n := optest.Node{Op: "Transpose", Opset: 13}
	is[uint16](t, optest.MustRun(t, Defs, n, tensor.Of[uint16](tensor.Shape{2, 3}, 0, 1, 2, 3, 4, 5))[0], tensor.Shape{3, 2}, 0, 3, 1, 4, 2, 5)
	is(t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{2, 2}, "a", "b", "c", "d"))[0], tensor.Shape{2, 2}, "a", "c", "b", "d")
	is[complex128](t, optest.MustRun(t, Defs, n, tensor.Of[complex128](tensor.Shape{2, 2}, 1, 2i, 3, 4i))[0], tensor.Shape{2, 2}, 1, 3, 2i, 4i)
	n.Attrs = optest.Attrs{"perm": []int{1, 2, 0}}
	is(t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{1, 2, 2}, ramp[float32](4)...))[0], tensor.Shape{2, 2, 1}, ramp[float32](4)...)
	n.Attrs = optest.Attrs{"perm": []int{2, 0, 1}}
	is[int32](t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{2, 1, 3}, ramp[int32](6)...))[0], tensor.Shape{3, 2, 1}, 0, 3, 1, 4, 2, 5)
}

func TestTransposeRefusesWhatIsNoPermutation(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 3}, ramp[float32](6)...)
	fails(t, "no permutation", optest.Node{Op: "Transpose", Opset: 1, Attrs: optest.Attrs{"perm": []int{0, 0}}}, x)
	fails(t, "no permutation", optest.Node{Op: "Transpose", Opset: 1, Attrs: optest.Attrs{"perm": []int{0, 2}}}, x)
	fails(t, "2 dimensions", optest.Node{Op: "Transpose", Opset: 1, Attrs: optest.Attrs{"perm": []int{0, 1, 2}}}, x)
}

func TestConcatJoinsAlongItsAxis(t *testing.T) {
	a, b := tensor.Of(tensor.Shape{2, 2}, ramp[float32](4)...), tensor.Of[float32](tensor.Shape{2, 1}, 8, 9)
	want := []float32{0, 1, 8, 2, 3, 9}
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "Concat", Opset: 1}, a, b)[0], tensor.Shape{2, 3}, want...)
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "Concat", Opset: 13, Attrs: optest.Attrs{"axis": -1}}, a, b)[0], tensor.Shape{2, 3}, want...)
	empty := tensor.Of[string](tensor.Shape{0, 2})
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "Concat", Opset: 4, Attrs: optest.Attrs{"axis": 0}}, empty, tensor.Of(tensor.Shape{1, 2}, "x", "y"), empty)[0], tensor.Shape{1, 2}, "x", "y")

	fails(t, "attribute axis is missing", optest.Node{Op: "Concat", Opset: 4}, a)
	fails(t, "want dimension 1 to be 2", optest.Node{Op: "Concat", Opset: 4, Attrs: optest.Attrs{"axis": 0}}, a, b)
	fails(t, "want the rank", optest.Node{Op: "Concat", Opset: 4, Attrs: optest.Attrs{"axis": 0}}, a, tensor.Of[float32](tensor.Shape{1}, 1))
	fails(t, "axis 2 is outside", optest.Node{Op: "Concat", Opset: 4, Attrs: optest.Attrs{"axis": 2}}, a, a)
	fails(t, "axis 0 is outside", optest.Node{Op: "Concat", Opset: 4, Attrs: optest.Attrs{"axis": 0}}, tensor.Scalar[float32](1))
}

func TestExpandBroadcastsBothWays(t *testing.T) {
	n := optest.Node{Op: "Expand", Opset: 13}
	x := tensor.Of[int8](tensor.Shape{3, 1}, 1, 2, 3)
	is[int8](t, optest.MustRun(t, Defs, n, x, ints(2, 1, 2))[0], tensor.Shape{2, 3, 2}, 1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3)
	is[int8](t, optest.MustRun(t, Defs, n, x, ints(1))[0], tensor.Shape{3, 1}, 1, 2, 3)
	is[int8](t, optest.MustRun(t, Defs, n, x, ints(3, 0))[0], tensor.Shape{3, 0})
	is(t, optest.MustRun(t, Defs, n, tensor.Scalar("s"), ints(2))[0], tensor.Shape{2}, "s", "s")
	fails(t, "do not broadcast", n, x, ints(2, 2))
	fails(t, "dimension 0 is negative", n, x, ints(-1))
	fails(t, "memory limit", n, x, ints(1<<40, 1, 1))
}

func TestTileRepeats(t *testing.T) {
	x := tensor.Of[int32](tensor.Shape{1, 2}, 1, 2)
	is[int32](t, optest.MustRun(t, Defs, optest.Node{Op: "Tile", Opset: 6}, x, ints(2, 2))[0], tensor.Shape{2, 4}, 1, 2, 1, 2, 1, 2, 1, 2)
	is[int32](t, optest.MustRun(t, Defs, optest.Node{Op: "Tile", Opset: 13}, x, ints(0, 2))[0], tensor.Shape{0, 4})
	is[int32](t, optest.MustRun(t, Defs, optest.Node{Op: "Tile", Opset: 1}, x, tensor.Scalar[int32](2), tensor.Of[int32](tensor.Shape{1}, 1))[0], tensor.Shape{1, 4}, 1, 2, 1, 2)
	fails(t, "a number for each dimension", optest.Node{Op: "Tile", Opset: 13}, x, ints(2))
	fails(t, "-1 repeats", optest.Node{Op: "Tile", Opset: 13}, x, ints(1, -1))
	fails(t, "too many", optest.Node{Op: "Tile", Opset: 13}, x, ints(1, 1<<62))
}

func TestDepthToSpaceModes(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 8, 1, 1}, ramp[float32](8)...)
	dcr := []float32{0, 2, 4, 6, 1, 3, 5, 7}
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "DepthToSpace", Opset: 1, Attrs: optest.Attrs{"blocksize": 2}}, x)[0], tensor.Shape{1, 2, 2, 2}, dcr...)
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "DepthToSpace", Opset: 13, Attrs: optest.Attrs{"blocksize": 2}}, x)[0], tensor.Shape{1, 2, 2, 2}, dcr...)
	y := optest.MustRun(t, Defs, optest.Node{Op: "DepthToSpace", Opset: 11, Attrs: optest.Attrs{"blocksize": 2, "mode": "CRD"}}, x)[0]
	is(t, y, tensor.Shape{1, 2, 2, 2}, ramp[float32](8)...)
	y = optest.MustRun(t, Defs, optest.Node{Op: "DepthToSpace", Opset: 11, Attrs: optest.Attrs{"blocksize": 2}}, x)[0]
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "SpaceToDepth", Opset: 1, Attrs: optest.Attrs{"blocksize": 2}}, y)[0], tensor.Shape{1, 8, 1, 1}, ramp[float32](8)...)

	fails(t, "no multiple of 3×3", optest.Node{Op: "DepthToSpace", Opset: 1, Attrs: optest.Attrs{"blocksize": 3}}, x)
	fails(t, "no multiples of 3", optest.Node{Op: "SpaceToDepth", Opset: 1, Attrs: optest.Attrs{"blocksize": 3}}, x)
	fails(t, "attribute blocksize", optest.Node{Op: "SpaceToDepth", Opset: 1, Attrs: optest.Attrs{"blocksize": 0}}, x)
	fails(t, "attribute blocksize is missing", optest.Node{Op: "SpaceToDepth", Opset: 1}, x)
	fails(t, "want [N C H W]", optest.Node{Op: "SpaceToDepth", Opset: 1, Attrs: optest.Attrs{"blocksize": 1}}, tensor.Scalar[float32](1))
}

func TestWhereBroadcastsAllThree(t *testing.T) {
	n := optest.Node{Op: "Where", Opset: 16}
	cond := tensor.Of(tensor.Shape{2, 1, 3}, true, false, true, false, false, true)
	x := tensor.Of[float32](tensor.Shape{2, 1}, 1, 2)
	y := tensor.Of[float32](tensor.Shape{3}, -1, -2, -3)
	is[float32](t, optest.MustRun(t, Defs, n, cond, x, y)[0], tensor.Shape{2, 2, 3}, 1, -2, 1, 2, -2, 2, -1, -2, 1, -1, -2, 2)
	is[float32](t, optest.MustRun(t, Defs, n, tensor.Scalar(true), y, x)[0], tensor.Shape{2, 3}, -1, -2, -3, -1, -2, -3)
	is(t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{2}, true, false), tensor.Scalar("yes"), tensor.Scalar("no"))[0], tensor.Shape{2}, "yes", "no")
	is[float32](t, optest.MustRun(t, Defs, n, tensor.Of[bool](tensor.Shape{0, 1}), y, y)[0], tensor.Shape{0, 3})
	fails(t, "do not broadcast", n, cond, tensor.Of[float32](tensor.Shape{4}, 1, 2, 3, 4), y)
}

func TestUnsqueezeInsertsDimensions(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 0}, ramp[float32](0)...)
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Unsqueeze", Opset: 1, Attrs: optest.Attrs{"axes": []int{3, 0}}}, x)[0], tensor.Shape{1, 2, 0, 1})
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Unsqueeze", Opset: 13}, x, ints(-1, 1))[0], tensor.Shape{2, 1, 0, 1})
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Unsqueeze", Opset: 13}, tensor.Scalar[float32](5), ints(0))[0], tensor.Shape{1}, 5)
	fails(t, "given twice", optest.Node{Op: "Unsqueeze", Opset: 13}, x, ints(0, -4))
	fails(t, "axis 3 is outside", optest.Node{Op: "Unsqueeze", Opset: 13}, x, ints(3))
}

func TestSqueezeRemovesDimensionsOfSizeOne(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 2, 1}, ramp[float32](2)...)
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Squeeze", Opset: 1}, x)[0], tensor.Shape{2}, 0, 1)
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Squeeze", Opset: 11, Attrs: optest.Attrs{"axes": []int{-1}}}, x)[0], tensor.Shape{1, 2}, 0, 1)
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Squeeze", Opset: 13}, x)[0], tensor.Shape{2}, 0, 1)
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Squeeze", Opset: 13}, x, ints(0))[0], tensor.Shape{2, 1}, 0, 1)
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Squeeze", Opset: 13}, x, ints())[0], tensor.Shape{1, 2, 1}, 0, 1)
	fails(t, "dimension 1", optest.Node{Op: "Squeeze", Opset: 13}, x, ints(1))
}

func TestFlattenMakesAMatrix(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 3, 2}, ramp[float32](12)...)
	for axis, shape := range map[int]tensor.Shape{0: {1, 12}, 1: {2, 6}, 2: {6, 2}, 3: {12, 1}, -1: {6, 2}, -3: {1, 12}} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "Flatten", Opset: 13, Attrs: optest.Attrs{"axis": axis}}, x)[0]
		is(t, y, shape, ramp[float32](12)...)
	}
	is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "Flatten", Opset: 1, Attrs: optest.Attrs{"axis": 0}}, tensor.Scalar[float32](3))[0], tensor.Shape{1, 1}, 3)
	fails(t, "4 is outside of [-3, 3]", optest.Node{Op: "Flatten", Opset: 1, Attrs: optest.Attrs{"axis": 4}}, x)
}

func TestShapeTakesARangeOfDimensions(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 3, 4}, ramp[float32](24)...)
	is[int64](t, optest.MustRun(t, Defs, optest.Node{Op: "Shape", Opset: 1}, x)[0], tensor.Shape{3}, 2, 3, 4)
	for _, c := range []struct {
		attrs optest.Attrs
		want  []int64
	}{
		{nil, []int64{2, 3, 4}},
		{optest.Attrs{"start": 1}, []int64{3, 4}},
		{optest.Attrs{"start": -1}, []int64{4}},
		{optest.Attrs{"end": -1}, []int64{2, 3}},
		{optest.Attrs{"start": -9, "end": 9}, []int64{2, 3, 4}},
		{optest.Attrs{"start": 2, "end": 1}, nil},
		{optest.Attrs{"end": 0}, nil},
	} {
		is(t, optest.MustRun(t, Defs, optest.Node{Op: "Shape", Opset: 15, Attrs: c.attrs}, x)[0], tensor.Shape{len(c.want)}, c.want...)
	}
	is[int64](t, optest.MustRun(t, Defs, optest.Node{Op: "Shape", Opset: 15}, tensor.Scalar("x"))[0], tensor.Shape{0})
	is[int64](t, optest.MustRun(t, Defs, optest.Node{Op: "Size", Opset: 13}, x)[0], tensor.Shape{}, 24)
}

func TestIdentityHandsOnAnyValue(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{1}, 1)
	for _, v := range []tensor.Value{
		x,
		&tensor.Sequence{Of: tensor.TensorOf(tensor.F32), Elems: []tensor.Value{x}},
		&tensor.Optional{Of: tensor.TensorOf(tensor.F32)},
	} {
		out, err := optest.Run(Defs, optest.Node{Op: "Identity", Opset: 16}, v)
		if err != nil {
			t.Fatal(err)
		}
		if out[0] != v {
			t.Errorf("got %v, want %v", out[0], v)
		}
	}
}
