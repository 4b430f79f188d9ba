package array

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// taken lists which of d entries start, end and step take, entry by entry. The
// standard differs from Python where a backward slice starts before the first
// entry: it takes that one, Python none.
func taken(d, start, end, step int) []int {
	if start < 0 {
		start += d
	}
	if end < 0 {
		end += d
	}
	var l []int
	switch {
	case step > 0:
		for i := max(start, 0); i < min(end, d); i += step {
			l = append(l, i)
		}
	default:
		for i := max(min(start, d-1), 0); d > 0 && i > max(end, -1); i += step {
			l = append(l, i)
		}
	}
	return l
}

func TestSliceTakesTheEntriesBetweenStartAndEnd(t *testing.T) {
	for _, d := range []int{0, 1, 5} {
		x := tensor.Of(tensor.Shape{2, d, 2}, ramp[int32](4*d)...)
		for _, step := range []int{1, 2, 3, 7, -1, -2, -7} {
			for start := -7; start <= 7; start++ {
				for end := -7; end <= 7; end++ {
					y := optest.MustRun(t, Defs, optest.Node{Op: "Slice", Opset: 13}, x, ints(int64(start)), ints(int64(end)), ints(-2), ints(int64(step)))[0]
					take := taken(d, start, end, step)
					var want []int32
					for i := range 2 {
						for _, j := range take {
							at := int32((i*d + j) * 2)
							want = append(want, at, at+1)
						}
					}
					is(t, y, tensor.Shape{2, len(take), 2}, want...)
				}
			}
		}
	}
}

func TestSliceClampsTheLargestIntegers(t *testing.T) {
	x := tensor.Of(tensor.Shape{3}, "a", "b", "c")
	n := optest.Node{Op: "Slice", Opset: 13}
	y := optest.MustRun(t, Defs, n, x, ints(math.MinInt64), ints(math.MaxInt64), nil, ints(math.MaxInt64))[0]
	is(t, y, tensor.Shape{1}, "a")
	y = optest.MustRun(t, Defs, n, x, ints(math.MaxInt64), ints(math.MinInt64), nil, ints(-1))[0]
	is(t, y, tensor.Shape{3}, "c", "b", "a")
	y = optest.MustRun(t, Defs, n, x, ints(math.MaxInt64), ints(math.MinInt64), nil, ints(math.MinInt64))[0]
	is(t, y, tensor.Shape{1}, "c")
}

func TestSliceVersions(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 4}, ramp[float32](8)...)
	y := optest.MustRun(t, Defs, optest.Node{Op: "Slice", Opset: 1, Attrs: optest.Attrs{"starts": []int{0, 1}, "ends": []int{-1, 1000}}}, x)[0]
	is[float32](t, y, tensor.Shape{1, 3}, 1, 2, 3)
	y = optest.MustRun(t, Defs, optest.Node{Op: "Slice", Opset: 10}, x, tensor.Of(tensor.Shape{1}, int32(1)), tensor.Of(tensor.Shape{1}, int32(9)), tensor.Of(tensor.Shape{1}, int32(0)))[0]
	is[float32](t, y, tensor.Shape{1, 4}, 4, 5, 6, 7)
}

func TestSliceRefusesWrongRanges(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 3}, ramp[float32](6)...)
	n := optest.Node{Op: "Slice", Opset: 13}
	fails(t, "a step is 0", n, x, ints(0), ints(1), ints(0), ints(0))
	fails(t, "differ in length", n, x, ints(0, 1), ints(1))
	fails(t, "axis 2 is outside of [-2, 1]", n, x, ints(0), ints(1), ints(2))
	fails(t, "given twice", n, x, ints(0, 0), ints(1, 1), ints(1, -1))
	fails(t, "more dimensions", n, x, ints(0, 0, 0), ints(1, 1, 1))
}
