package reduction_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/reduction"
	"github.com/onnxrun/onnxrun/tensor"
)

type (
	attrs = optest.Attrs
	shape = tensor.Shape
)

func vector[T tensor.Element](v ...T) *tensor.Tensor { return tensor.Of(shape{len(v)}, v...) }

func call(t *testing.T, op string, opset int, a attrs, in ...tensor.Value) *tensor.Tensor {
	t.Helper()
	return optest.MustRun(t, reduction.Defs, optest.Node{Op: op, Opset: opset, Attrs: a, Threads: 2}, in...)[0]
}

func want[T tensor.Element](t *testing.T, what string, got *tensor.Tensor, s shape, v ...T) {
	t.Helper()
	if !got.Shape().Equal(s) {
		t.Errorf("%s: got %v, want shape %v", what, got, s)
	}
	if g := tensor.Data[T](got); !slices.EqualFunc(g, v, func(a, b T) bool { return a == b || a != a && b != b }) {
		t.Errorf("%s: got %v, want %v", what, g, v)
	}
}

// TestEveryReduction folds each axis of a random array, in each type.
func TestEveryReduction(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	dims := shape{3, 4, 5}
	x := make([]float64, dims.Len())
	for i := range x {
		x[i] = float64(1 + r.IntN(5)) // products of 5 are exact in float16
	}
	fold := func(v []float64, init float64, f func(a, x float64) float64) float64 {
		for _, x := range v {
			init = f(init, x)
		}
		return init
	}
	sum := func(v []float64) float64 { return fold(v, 0, func(a, x float64) float64 { return a + x }) }
	squares := func(v []float64) float64 { return fold(v, 0, func(a, x float64) float64 { return a + x*x }) }
	for op, f := range map[string]func(v []float64) float64{
		"ReduceSum":       sum,
		"ReduceMean":      func(v []float64) float64 { return sum(v) / float64(len(v)) },
		"ReduceMax":       func(v []float64) float64 { return fold(v, 0, math.Max) },
		"ReduceMin":       func(v []float64) float64 { return fold(v, 9, math.Min) },
		"ReduceProd":      func(v []float64) float64 { return fold(v, 1, func(a, x float64) float64 { return a * x }) },
		"ReduceL1":        sum,
		"ReduceL2":        func(v []float64) float64 { return math.Sqrt(squares(v)) },
		"ReduceSumSquare": squares,
		"ReduceLogSum":    func(v []float64) float64 { return math.Log(sum(v)) },
		"ReduceLogSumExp": func(v []float64) float64 {
			return math.Log(fold(v, 0, func(a, x float64) float64 { return a + math.Exp(x) }))
		},
	} {
		for axis := range 3 {
			out := dims.Clone()
			out[axis] = 1
			groups := make([][]float64, out.Len())
			inner := dims.Span(axis+1, 3)
			for i, v := range x {
				g := i/(inner*dims[axis])*inner + i%inner
				groups[g] = append(groups[g], v)
			}
			check(t, op, axis, out, groups, f, x, dims, 1e-6, func(v float64) float32 { return float32(v) }, func(v float32) float64 { return float64(v) })
			check(t, op, axis, out, groups, f, x, dims, 1e-14, func(v float64) float64 { return v }, func(v float64) float64 { return v })
			check(t, op, axis, out, groups, f, x, dims, 1e-3, func(v float64) tensor.Float16 { return tensor.ToFloat16(float32(v)) }, func(v tensor.Float16) float64 { return float64(v.Float32()) })
			check(t, op, axis, out, groups, f, x, dims, 1e-2, func(v float64) tensor.BFloat16 { return tensor.ToBFloat16(float32(v)) }, func(v tensor.BFloat16) float64 { return float64(v.Float32()) })
			whole := func(v []float64) float64 { return math.Trunc(f(v)) }
			check(t, op, axis, out, groups, whole, x, dims, 0, func(v float64) int32 { return int32(v) }, func(v int32) float64 { return float64(v) })
			check(t, op, axis, out, groups, whole, x, dims, 0, func(v float64) int64 { return int64(v) }, func(v int64) float64 { return float64(v) })
			check(t, op, axis, out, groups, whole, x, dims, 0, func(v float64) uint32 { return uint32(v) }, func(v uint32) float64 { return float64(v) })
			check(t, op, axis, out, groups, whole, x, dims, 0, func(v float64) uint64 { return uint64(v) }, func(v uint64) float64 { return float64(v) })
			if op == "ReduceMax" || op == "ReduceMin" {
				check(t, op, axis, out, groups, whole, x, dims, 0, func(v float64) int8 { return int8(v) }, func(v int8) float64 { return float64(v) })
				check(t, op, axis, out, groups, whole, x, dims, 0, func(v float64) uint8 { return uint8(v) }, func(v uint8) float64 { return float64(v) })
			}
		}
	}
}

// check runs an operator in both ways to give axes on x as elements T.
func check[T tensor.Element](t *testing.T, op string, axis int, out shape, groups [][]float64, f func([]float64) float64,
	x []float64, dims shape, tolerance float64, to func(float64) T, from func(T) float64) {
	t.Helper()
	data := make([]T, len(x))
	for i, v := range x {
		data[i] = to(v)
	}
	in := tensor.Of(dims, data...)
	for _, y := range []*tensor.Tensor{
		call(t, op, 11, attrs{"axes": []int{axis - 3}}, in),
		call(t, op, 20, nil, in, vector(int64(axis))),
	} {
		if !y.Shape().Equal(out) {
			t.Fatalf("%s of %v along %d: got %v, want %v", op, in, axis, y, out)
		}
		for i, g := range groups {
			if got, want := from(tensor.Data[T](y)[i]), f(g); math.Abs(got-want) > tolerance*math.Abs(want) {
				t.Errorf("%s of %v along %d, result %d: got %v, want %v", op, in, axis, i, got, want)
			}
		}
	}
}

func TestWhichAxesAreReduced(t *testing.T) {
	x := tensor.Of[int32](shape{2, 3}, 1, 2, 3, 4, 5, 6)
	none := vector[int64]()
	want[int32](t, "all by default", call(t, "ReduceSum", 11, nil, x), shape{1, 1}, 21)
	want[int32](t, "all, dropped", call(t, "ReduceSum", 13, attrs{"keepdims": 0}, x), shape{}, 21)
	want[int32](t, "both", call(t, "ReduceSum", 13, nil, x, vector[int64](-1, 0)), shape{1, 1}, 21)
	want[int32](t, "one, dropped", call(t, "ReduceSum", 13, attrs{"keepdims": 0}, x, vector[int64](0)), shape{3}, 5, 7, 9)
	want[int32](t, "empty axes", call(t, "ReduceSum", 13, nil, x, none), shape{1, 1}, 21)
	want[int32](t, "empty axes, none", call(t, "ReduceSum", 13, attrs{"noop_with_empty_axes": 1}, x, none), shape{2, 3}, 1, 2, 3, 4, 5, 6)
	want[int32](t, "no axes, none", call(t, "ReduceSumSquare", 18, attrs{"noop_with_empty_axes": 1}, x), shape{2, 3}, 1, 4, 9, 16, 25, 36)
	want[int32](t, "scalar", call(t, "ReduceL1", 18, nil, tensor.Scalar[int32](-5)), shape{}, 5)
	for what, in := range map[string]tensor.Value{"axis 2": vector[int64](2), "given twice": vector[int64](1, -1)} {
		if _, err := optest.Run(reduction.Defs, optest.Node{Op: "ReduceSum", Opset: 13}, x, in); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("axes %s: got error %v", what, err)
		}
	}
}

func TestReductionsOfNothing(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := tensor.Of[float32](shape{2, 0})
	for op, v := range map[string]float32{
		"ReduceSum": 0, "ReduceMean": nan, "ReduceMax": -inf, "ReduceMin": inf, "ReduceProd": 1, "ReduceL1": 0,
		"ReduceL2": 0, "ReduceSumSquare": 0, "ReduceLogSum": -inf, "ReduceLogSumExp": -inf,
	} {
		want(t, op, call(t, op, 20, nil, x, vector[int64](1)), shape{2, 1}, v, v)
		want[float32](t, op+" without results", call(t, op, 20, attrs{"keepdims": 0}, x, vector[int64](0)), shape{0})
	}
	e := tensor.Of[int8](shape{0})
	want[int8](t, "largest int8", call(t, "ReduceMax", 20, nil, e), shape{1}, -128)
	want[int8](t, "smallest int8", call(t, "ReduceMin", 20, nil, e), shape{1}, 127)
	want[int64](t, "mean of integers", call(t, "ReduceMean", 18, nil, tensor.Of[int64](shape{0})), shape{1}, 0)
}

func TestExtremesOfNaNAndBools(t *testing.T) {
	nan := math.NaN()
	x := tensor.Of(shape{2, 2}, 1, nan, -1, 2)
	want(t, "max of rows", call(t, "ReduceMax", 18, nil, x, vector[int64](1)), shape{2, 1}, nan, 2)
	want(t, "min of columns", call(t, "ReduceMin", 18, nil, x, vector[int64](0)), shape{1, 2}, -1, nan)
	b := tensor.Of(shape{2, 2}, true, false, true, true)
	want(t, "any", call(t, "ReduceMax", 20, nil, b, vector[int64](0)), shape{1, 2}, true, true)
	want(t, "all", call(t, "ReduceMin", 20, attrs{"keepdims": 0}, b, vector[int64](1)), shape{2}, false, true)
}

func TestIntegerMeanDoesNotOverflow(t *testing.T) {
	want[int32](t, "mean", call(t, "ReduceMean", 18, nil, vector[int32](math.MaxInt32, math.MaxInt32, math.MaxInt32-3)), shape{1}, math.MaxInt32-1)
}

func TestArgMaxAndArgMin(t *testing.T) {
	x := tensor.Of[float32](shape{2, 3}, 2, 7, 7, 3, 1, 1)
	want[int64](t, "max", call(t, "ArgMax", 13, attrs{"axis": -1}, x), shape{2, 1}, 1, 0)
	want[int64](t, "last max", call(t, "ArgMax", 12, attrs{"axis": 1, "select_last_index": 1, "keepdims": 0}, x), shape{2}, 2, 0)
	want[int64](t, "min of columns", call(t, "ArgMin", 1, attrs{"keepdims": 0}, x), shape{3}, 0, 1, 1)
	want[int64](t, "last min", call(t, "ArgMin", 13, attrs{"axis": 1, "select_last_index": 1}, x), shape{2, 1}, 0, 2)
	h := vector(tensor.ToFloat16(1), tensor.ToFloat16(3), tensor.ToFloat16(-2))
	want[int64](t, "float16", call(t, "ArgMax", 13, nil, h), shape{1}, 1)
	want[int64](t, "uint8", call(t, "ArgMin", 13, nil, vector[uint8](200, 3)), shape{1}, 1)
	want[int64](t, "no results", call(t, "ArgMax", 13, attrs{"axis": 1}, tensor.Of[float32](shape{0, 2})), shape{0, 1})
	for what, in := range map[string]*tensor.Tensor{"no elements": tensor.Of[float32](shape{0, 2}), "axis": tensor.Scalar[float32](1)} {
		if _, err := optest.Run(reduction.Defs, optest.Node{Op: "ArgMax", Opset: 13}, in); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: got error %v", what, err)
		}
	}
}
