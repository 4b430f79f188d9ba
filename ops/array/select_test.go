package array

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestCompressKeepsFlaggedEntries(t *testing.T) {
	x := tensor.Of(tensor.Shape{3, 2}, ramp[float32](6)...)
	flags := func(v ...bool) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }
	run := func(x *tensor.Tensor, cond *tensor.Tensor, attrs optest.Attrs) *tensor.Tensor {
		return optest.MustRun(t, Defs, optest.Node{Op: "Compress", Opset: 11, Attrs: attrs}, x, cond)[0]
	}
	is[float32](t, run(x, flags(false, true, true), optest.Attrs{"axis": 0}), tensor.Shape{2, 2}, 2, 3, 4, 5)
	is[float32](t, run(x, flags(false, true), optest.Attrs{"axis": -1}), tensor.Shape{3, 1}, 1, 3, 5)
	is[float32](t, run(x, flags(false, true, false, false, true), nil), tensor.Shape{2}, 1, 4)
	is[float32](t, run(x, flags(), nil), tensor.Shape{0})
	is(t, run(tensor.Of(tensor.Shape{3}, "a", "b", "c"), flags(true, false, true), nil), tensor.Shape{2}, "a", "c")
	is[complex128](t, run(tensor.Of[complex128](tensor.Shape{2}, 1, 2), flags(false, true), nil), tensor.Shape{1}, 2)
	is[int8](t, run(tensor.Of(tensor.Shape{1, 3, 2}, ramp[int8](6)...), flags(true, false, true), optest.Attrs{"axis": 1}), tensor.Shape{1, 2, 2}, 0, 1, 4, 5)
	is[float32](t, run(x, flags(true, false, false, false), optest.Attrs{"axis": 0}), tensor.Shape{1, 2}, 0, 1)

	n := optest.Node{Op: "Compress", Opset: 9, Attrs: optest.Attrs{"axis": 0}}
	fails(t, "1 of 4 flags", n, x, flags(true, false, false, true))
	fails(t, "want a vector", n, x, tensor.Scalar(true))
	fails(t, "axis 0 is outside", n, tensor.Scalar[float32](0), flags(true))
}

func TestTriluKeepsTheTriangleFromTheDiagonalOn(t *testing.T) {
	const rows, cols = 3, 4
	x := tensor.Of(tensor.Shape{2, rows, cols}, ramp[float32](24)...)
	for _, upper := range []int{0, 1} {
		for k := -6; k <= 6; k++ {
			var want []float32
			for i := range 24 {
				r, c, v := i/cols%rows, i%cols, float32(i)
				if upper == 1 && c-r < k || upper == 0 && c-r > k {
					v = 0
				}
				want = append(want, v)
			}
			y := optest.MustRun(t, Defs, optest.Node{Op: "Trilu", Opset: 14, Attrs: optest.Attrs{"upper": upper}}, x, tensor.Scalar(int64(k)))[0]
			is(t, y, tensor.Shape{2, rows, cols}, want...)
		}
	}
	n := optest.Node{Op: "Trilu", Opset: 14}
	is(t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{2, 2}, "a", "b", "c", "d"))[0], tensor.Shape{2, 2}, "a", "b", "", "d")
	is[int8](t, optest.MustRun(t, Defs, n, tensor.Of[int8](tensor.Shape{1, 1}, 5), tensor.Scalar[int64](math.MaxInt64))[0], tensor.Shape{1, 1}, 0)
	is[int8](t, optest.MustRun(t, Defs, n, tensor.Of[int8](tensor.Shape{1, 1}, 5), tensor.Scalar[int64](math.MinInt64))[0], tensor.Shape{1, 1}, 5)
	is[int8](t, optest.MustRun(t, Defs, n, tensor.Of[int8](tensor.Shape{0, 2}))[0], tensor.Shape{0, 2})
	is[int8](t, optest.MustRun(t, Defs, n, tensor.Of[int8](tensor.Shape{2, 0}))[0], tensor.Shape{2, 0})
	fails(t, "want a matrix", n, ints(1))
	fails(t, "want one number", n, x, ints(1, 2))
}

// floatsOf returns the values in every type that has NaN and infinities.
func floatsOf(t *testing.T, d tensor.DType, v ...float32) *tensor.Tensor {
	t.Helper()
	y, err := tensor.New(d, tensor.Shape{len(v)})
	if err != nil {
		t.Fatal(err)
	}
	if err := tensor.Convert(y, tensor.Of(tensor.Shape{len(v)}, v...), tensor.Conversion{NoSaturate: true}); err != nil {
		t.Fatal(err)
	}
	return y
}

func TestIsNaNAndIsInfKnowEveryFloatType(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	in := []float32{0, 1, -2, inf, -inf, nan, -nan}
	for _, d := range []tensor.DType{tensor.F16, tensor.BF16, tensor.F32, tensor.F64, tensor.F8E5M2, tensor.F8E4M3FN, tensor.F8E4M3FNUZ, tensor.F8E5M2FNUZ} {
		x := floatsOf(t, d, in...)
		hasInf := d != tensor.F8E4M3FN && d != tensor.F8E4M3FNUZ && d != tensor.F8E5M2FNUZ
		y := optest.MustRun(t, Defs, optest.Node{Op: "IsNaN", Opset: 20}, x)[0]
		is(t, y, tensor.Shape{7}, false, false, false, !hasInf, !hasInf, true, true)
		for _, neg := range []int{0, 1} {
			for _, pos := range []int{0, 1} {
				y := optest.MustRun(t, Defs, optest.Node{Op: "IsInf", Opset: 20, Attrs: optest.Attrs{"detect_negative": neg, "detect_positive": pos}}, x)[0]
				is(t, y, tensor.Shape{7}, false, false, false, hasInf && pos == 1, hasInf && neg == 1, false, false)
			}
		}
	}
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "IsInf", Opset: 10}, tensor.Scalar(math.Inf(-1)))[0], tensor.Shape{}, true)
}

func TestNonZeroListsCoordinates(t *testing.T) {
	n := optest.Node{Op: "NonZero", Opset: 13}
	negZero := math.Copysign(0, -1)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{2, 3}, 0, 1, negZero, 2, math.NaN(), 0))[0], tensor.Shape{2, 3}, 0, 1, 1, 1, 0, 1)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of[tensor.Float16](tensor.Shape{3}, 0x8000, 1, 0))[0], tensor.Shape{1, 1}, 1)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of[int16](tensor.Shape{2}, math.MinInt16, 0))[0], tensor.Shape{1, 1}, 0)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of[int64](tensor.Shape{2}, 0, math.MinInt64))[0], tensor.Shape{1, 1}, 1)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{2}, "", "a"))[0], tensor.Shape{1, 1}, 1)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{3}, 0, 1i, complex(negZero, negZero)))[0], tensor.Shape{1, 1}, 1)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of[complex64](tensor.Shape{2}, 1i, 0))[0], tensor.Shape{1, 1}, 0)
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Scalar(true))[0], tensor.Shape{0, 1})
	is[int64](t, optest.MustRun(t, Defs, n, tensor.Of[bool](tensor.Shape{0, 2}))[0], tensor.Shape{2, 0})
}

func TestOneHotVersionsAndAxes(t *testing.T) {
	indices := tensor.Of[int64](tensor.Shape{3}, 0, -1, 7)
	depth, values := tensor.Scalar[float32](3), tensor.Of[int32](tensor.Shape{2}, 5, 9)
	n := optest.Node{Op: "OneHot", Opset: 11}
	is[int32](t, optest.MustRun(t, Defs, n, indices, depth, values)[0], tensor.Shape{3, 3}, 9, 5, 5, 5, 5, 9, 5, 5, 5)
	n.Attrs = optest.Attrs{"axis": 0}
	is[int32](t, optest.MustRun(t, Defs, n, indices, depth, values)[0], tensor.Shape{3, 3}, 9, 5, 5, 5, 5, 5, 5, 9, 5)
	n.Opset = 9
	is[int32](t, optest.MustRun(t, Defs, n, indices, depth, values)[0], tensor.Shape{3, 3}, 9, 5, 5, 5, 5, 5, 5, 5, 5)
	n.Opset, n.Attrs = 11, nil
	is(t, optest.MustRun(t, Defs, n, tensor.Scalar[float32](1.9), ints(2), tensor.Of(tensor.Shape{2}, "off", "on"))[0], tensor.Shape{2}, "off", "on")
	is[complex128](t, optest.MustRun(t, Defs, n, ints(1), ints(2), tensor.Of[complex128](tensor.Shape{2}, 0, 1i))[0], tensor.Shape{1, 2}, 0, 1i)
	is[int32](t, optest.MustRun(t, Defs, n, indices, ints(0), values)[0], tensor.Shape{3, 0})

	fails(t, "want two elements", n, indices, depth, tensor.Of[int32](tensor.Shape{1}, 5))
	fails(t, "want one number", n, indices, ints(1, 2), values)
	fails(t, "want 0 or more", n, indices, ints(-1), values)
	fails(t, "memory limit", n, indices, ints(1<<40), values)
	n.Attrs = optest.Attrs{"axis": 2}
	fails(t, "2 is outside of [-2, 1]", n, indices, depth, values)
}
