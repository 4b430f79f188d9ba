package generator

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// The expected numbers of seeded nodes come from onnx.reference.

func TestSeededNormalAndUniformEqualTheReference(t *testing.T) {
	normal := optest.Attrs{"shape": []int{3}, "seed": float32(5), "mean": float32(1), "scale": float32(2)}
	uniform := optest.Attrs{"shape": []int{3}, "seed": float32(5), "low": float32(-1), "high": float32(3)}
	for range 2 {
		is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "RandomNormal", Opset: 1, Attrs: normal})[0], tensor.Shape{3}, 1.8824549913406372, 0.3382596969604492, 5.861542224884033)
		is[float32](t, optest.MustRun(t, Defs, optest.Node{Op: "RandomUniform", Opset: 22, Attrs: uniform})[0], tensor.Shape{3}, -0.11202728748321533, 2.482929229736328, -0.17312335968017578)
	}
	uniform["dtype"], normal["dtype"] = int(tensor.F16), int(tensor.F64)
	y := optest.MustRun(t, Defs, optest.Node{Op: "RandomUniform", Opset: 22, Attrs: uniform})[0]
	is(t, y, tensor.Shape{3}, tensor.ToFloat16(-0.11181640625), tensor.ToFloat16(2.482421875), tensor.ToFloat16(-0.17333984375))
	y = optest.MustRun(t, Defs, optest.Node{Op: "RandomNormal", Opset: 22, Attrs: normal})[0]
	for i, want := range []float64{1.8824549737700829, 0.3382596962118247, 5.86154237401556} {
		if got := tensor.Data[float64](y)[i]; math.Abs(got-want) > 1e-14 {
			t.Errorf("normal number %d: got %v, want %v", i, got, want)
		}
	}
}

func TestSeededBernoulliEqualsTheReference(t *testing.T) {
	p := make([]float32, 10)
	for i := range p {
		p[i] = 0.3
	}
	y := optest.MustRun(t, Defs, optest.Node{Op: "Bernoulli", Opset: 15, Attrs: optest.Attrs{"seed": float32(4), "dtype": int(tensor.I32)}}, tensor.Of(tensor.Shape{10}, p...))[0]
	is[int32](t, y, tensor.Shape{10}, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0)
	y = optest.MustRun(t, Defs, optest.Node{Op: "Bernoulli", Opset: 15, Attrs: optest.Attrs{"dtype": int(tensor.Boolean)}}, tensor.Of[float64](tensor.Shape{3}, 0, 1, 0))[0]
	is(t, y, tensor.Shape{3}, false, true, false)
	y = optest.MustRun(t, Defs, optest.Node{Op: "Bernoulli", Opset: 15}, tensor.Of(tensor.Shape{1}, tensor.ToBFloat16(1)))[0]
	is(t, y, tensor.Shape{1}, tensor.ToBFloat16(1))
}

func TestUnseededNumbersDifferAndHaveTheRightMoments(t *testing.T) {
	const n = 40000
	for _, c := range []struct {
		op             string
		attrs          optest.Attrs
		mean, variance float64
	}{
		{"RandomNormal", optest.Attrs{"shape": []int{n}, "mean": float32(3), "scale": float32(2), "dtype": 1}, 3, 4},
		{"RandomUniform", optest.Attrs{"shape": []int{n}, "low": float32(2), "high": float32(5), "dtype": 1}, 3.5, 9.0 / 12},
	} {
		a := tensor.Data[float32](optest.MustRun(t, Defs, optest.Node{Op: c.op, Opset: 1, Attrs: c.attrs})[0])
		b := tensor.Data[float32](optest.MustRun(t, Defs, optest.Node{Op: c.op, Opset: 1, Attrs: c.attrs})[0])
		if a[0] == b[0] && a[1] == b[1] {
			t.Errorf("%s: two runs gave the same numbers", c.op)
		}
		var sum, squares float64
		for _, v := range a {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
		mean := sum / n
		// Six deviations of the mean; the variance's are of the same size.
		if tol := 6 * math.Sqrt(c.variance/n); math.Abs(mean-c.mean) > tol {
			t.Errorf("%s: mean %v, want %v", c.op, mean, c.mean)
		}
		if v := squares/n - mean*mean; math.Abs(v-c.variance) > 0.06*c.variance {
			t.Errorf("%s: variance %v, want %v", c.op, v, c.variance)
		}
	}
}

func TestLikeTakesShapeAndTypeOfTheInput(t *testing.T) {
	x := tensor.Of[int32](tensor.Shape{2, 1}, 1, 2)
	for _, op := range []string{"RandomNormalLike", "RandomUniformLike"} {
		y := optest.MustRun(t, Defs, optest.Node{Op: op, Opset: 1, Attrs: optest.Attrs{"dtype": int(tensor.F64)}}, x)[0]
		if y.String() != "float64[2 1]" {
			t.Errorf("%s: got %v", op, y)
		}
		y = optest.MustRun(t, Defs, optest.Node{Op: op, Opset: 22}, tensor.Scalar(tensor.ToBFloat16(1)))[0]
		if y.String() != "bfloat16[]" {
			t.Errorf("%s: got %v", op, y)
		}
		fails(t, "no attribute dtype", optest.Node{Op: op, Opset: 1}, x)
		fails(t, "attribute dtype: got int32", optest.Node{Op: op, Opset: 1, Attrs: optest.Attrs{"dtype": 6}}, x)
	}
	fails(t, "attribute shape is missing", optest.Node{Op: "RandomNormal", Opset: 1})
	fails(t, "dimension 0 is negative", optest.Node{Op: "RandomNormal", Opset: 1, Attrs: optest.Attrs{"shape": []int{-1}}})
}

func TestMultinomialDrawsByLogProbability(t *testing.T) {
	inf := math.Inf(1)
	const n = 20000
	node := optest.Node{Op: "Multinomial", Opset: 7, Attrs: optest.Attrs{"sample_size": n, "seed": float32(9)}}
	x := tensor.Of(tensor.Shape{2, 3}, -inf, math.Log(1), math.Log(3), 900, -inf, -inf)
	y := optest.MustRun(t, Defs, node, x)[0]
	var count [2][3]int
	for i, v := range tensor.Data[int32](y) {
		count[i/n][v]++
	}
	if count[1] != [3]int{n, 0, 0} || count[0][0] != 0 || math.Abs(float64(count[0][2])-0.75*n) > 6*math.Sqrt(n*0.75*0.25) {
		t.Errorf("got outcomes %v", count)
	}
	again := optest.MustRun(t, Defs, node, x)[0]
	is(t, again, y.Shape(), tensor.Data[int32](y)...)

	node.Attrs = optest.Attrs{"dtype": int(tensor.I64)}
	is[int64](t, optest.MustRun(t, Defs, node, tensor.Of[float32](tensor.Shape{1, 1}, -5))[0], tensor.Shape{1, 1}, 0)
	fails(t, "is NaN", node, tensor.Of(tensor.Shape{1, 2}, 1, math.NaN()))
	fails(t, "row 0", node, tensor.Of(tensor.Shape{1, 2}, -inf, -inf))
	fails(t, "no outcomes", node, tensor.Of[float32](tensor.Shape{1, 0}))
	fails(t, "want [batch, class]", node, tensor.Of[float32](tensor.Shape{1}, 1))
	node.Attrs = optest.Attrs{"sample_size": -1}
	fails(t, "dimension 1 is negative", node, x)
}

func TestEyeLikePutsOnesOnADiagonal(t *testing.T) {
	x := tensor.Of[int32](tensor.Shape{2, 3}, 7, 7, 7, 7, 7, 7)
	for k, want := range map[int][]int32{
		0: {1, 0, 0, 0, 1, 0}, 1: {0, 1, 0, 0, 0, 1}, 2: {0, 0, 1, 0, 0, 0}, 3: make([]int32, 6),
		-1: {0, 0, 0, 1, 0, 0}, -2: make([]int32, 6), math.MaxInt: make([]int32, 6), math.MinInt: make([]int32, 6),
	} {
		is(t, optest.MustRun(t, Defs, optest.Node{Op: "EyeLike", Opset: 9, Attrs: optest.Attrs{"k": k}}, x)[0], tensor.Shape{2, 3}, want...)
	}
	one := tensor.Of[bool](tensor.Shape{1, 1}, false)
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "EyeLike", Opset: 9}, one)[0], tensor.Shape{1, 1}, true)
	is(t, optest.MustRun(t, Defs, optest.Node{Op: "EyeLike", Opset: 22, Attrs: optest.Attrs{"dtype": int(tensor.F16)}}, one)[0], tensor.Shape{1, 1}, tensor.Float16(0x3C00))
	is[bool](t, optest.MustRun(t, Defs, optest.Node{Op: "EyeLike", Opset: 9}, tensor.Of[bool](tensor.Shape{0, 4}))[0], tensor.Shape{0, 4})
	fails(t, "want a matrix", optest.Node{Op: "EyeLike", Opset: 9}, ints(1))
	fails(t, "attribute dtype: got string", optest.Node{Op: "EyeLike", Opset: 9, Attrs: optest.Attrs{"dtype": 8}}, one)
}

func scalars[T tensor.Element](v ...T) []tensor.Value {
	l := make([]tensor.Value, len(v))
	for i, x := range v {
		l[i] = tensor.Scalar(x)
	}
	return l
}

func TestRangeStopsBeforeTheLimit(t *testing.T) {
	n := optest.Node{Op: "Range", Opset: 11}
	is[int32](t, optest.MustRun(t, Defs, n, scalars[int32](10, 4, -2)...)[0], tensor.Shape{3}, 10, 8, 6)
	is[int16](t, optest.MustRun(t, Defs, n, scalars[int16](3, 9, 4)...)[0], tensor.Shape{2}, 3, 7)
	is[int64](t, optest.MustRun(t, Defs, n, scalars[int64](3, 3, 1)...)[0], tensor.Shape{0})
	is[int64](t, optest.MustRun(t, Defs, n, scalars[int64](math.MaxInt64-1, math.MinInt64, math.MinInt64)...)[0], tensor.Shape{2}, math.MaxInt64-1, -2)
	is[float32](t, optest.MustRun(t, Defs, n, scalars[float32](1, 5, 2)...)[0], tensor.Shape{2}, 1, 3)
	is[float32](t, optest.MustRun(t, Defs, n, scalars[float32](1, 0, 2)...)[0], tensor.Shape{0})
	is[float64](t, optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{1}, 1.5), tensor.Scalar(0.2), tensor.Scalar(-0.5))[0], tensor.Shape{3}, 1.5, 1, 0.5)

	// In float16 itself 2048+1 would stay 2048 and count on from there.
	n.Opset = 27
	h := tensor.ToFloat16
	is(t, optest.MustRun(t, Defs, n, scalars(h(2046), h(2052), h(1))...)[0], tensor.Shape{6}, h(2046), h(2047), h(2048), h(2048), h(2050), h(2052))
	b := tensor.ToBFloat16
	n.Attrs = optest.Attrs{"stash_type": 11}
	is(t, optest.MustRun(t, Defs, n, scalars(b(254), b(258), b(1))...)[0], tensor.Shape{4}, b(254), b(255), b(256), b(256))
}

func TestRangeRefusesWhatMakesNoRange(t *testing.T) {
	n := optest.Node{Op: "Range", Opset: 27}
	fails(t, "delta) is 0", n, scalars[int64](0, 5, 0)...)
	fails(t, "make no range", n, scalars[float32](0, 5, 0)...)
	fails(t, "make no range", n, scalars(0, math.NaN(), 1)...)
	fails(t, "too many", n, scalars(0, math.Inf(1), 1)...)
	fails(t, "too many", n, scalars[int64](math.MinInt64, math.MaxInt64, 1)...)
	fails(t, "memory limit", n, scalars[int64](0, math.MaxInt32, 1)...)
	fails(t, "want a scalar", n, ints(1, 2), ints(1), ints(1))
	n.Attrs = optest.Attrs{"stash_type": 10}
	fails(t, "attribute stash_type", n, scalars[float32](0, 1, 1)...)
}
