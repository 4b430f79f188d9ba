package normalization

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// batchCase is a batch normalization and what it gives by the textbook.
type batchCase struct {
	in          []tensor.Value
	y, mean, vr []float64 // of the inputs given
	yTrain      []float64
	bMean, bVar []float64 // of the batch
}

// newBatchCase makes one; group says to which channel an element belongs.
func newBatchCase(r *rand.Rand, d [3]tensor.DType, shape, params tensor.Shape, eps float64, group func(i int) int) batchCase {
	var b batchCase
	x, xv := random(r, d[0], 1, 2, shape...)
	scale, sv := random(r, d[1], 1, 1, params...)
	bias, bv := random(r, d[1], 0, 1, params...)
	mean, mv := random(r, d[2], 1, 1, params...)
	vr, vv := random(r, d[2], 4, 0.5, params...)
	b.in = []tensor.Value{x, scale, bias, mean, vr}
	b.mean, b.vr = mv, vv
	n := make([]float64, len(sv))
	b.bMean, b.bVar = make([]float64, len(sv)), make([]float64, len(sv))
	sum, squares := make([]kahan, len(sv)), make([]kahan, len(sv))
	for i, v := range xv {
		n[group(i)]++
		sum[group(i)].add(v)
	}
	for g := range n {
		b.bMean[g] = sum[g].sum / n[g]
	}
	for i, v := range xv {
		dv := v - b.bMean[group(i)]
		squares[group(i)].add(dv * dv)
	}
	for g := range n {
		b.bVar[g] = squares[g].sum / n[g]
	}
	for i, v := range xv {
		g := group(i)
		b.y = append(b.y, (v-mv[g])/math.Sqrt(vv[g]+eps)*sv[g]+bv[g])
		b.yTrain = append(b.yTrain, (v-b.bMean[g])/math.Sqrt(b.bVar[g]+eps)*sv[g]+bv[g])
	}
	return b
}

var batchShapes = []struct {
	shape    tensor.Shape
	channels int
}{
	{tensor.Shape{2, 3, 4, 5}, 3}, {tensor.Shape{2, 3}, 3}, {tensor.Shape{5}, 1}, {tensor.Shape{4, 3, 2}, 3},
	{tensor.Shape{2, 2, 3000}, 2}, {tensor.Shape{3000, 5}, 5}, {tensor.Shape{2, 3, 1, 2, 4}, 3},
}

func channelOf(shape tensor.Shape) func(int) int {
	if len(shape) < 2 {
		return func(int) int { return 0 }
	}
	inner := shape.Span(2, len(shape))
	return func(i int) int { return i / inner % shape[1] }
}

func TestBatchNormalizationInference(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, s := range batchShapes {
		for _, d := range floats {
			for opset, attrs := range map[int]optest.Attrs{
				1: {"is_test": 1, "consumed_inputs": []int{0, 0, 0, 1, 1}}, 6: {"is_test": 1, "spatial": 1},
				7: {}, 9: {"momentum": float32(0.5)}, 14: {"training_mode": 0}, 15: {},
			} {
				b := newBatchCase(r, [3]tensor.DType{d, d, d}, s.shape, tensor.Shape{s.channels}, float64(float32(1e-5)), channelOf(s.shape))
				for _, constants := range []bool{false, true} {
					y := optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: opset, Attrs: attrs,
						Constants: constants, Threads: 3}, b.in...)[0]
					if !y.Shape().Equal(s.shape) || y.DType() != d {
						t.Fatalf("got %v", y)
					}
					near(t, fmt.Sprint(opset, s, d, constants), y, b.y, 2, 1)
				}
			}
		}
	}
}

func TestBatchNormalizationOfMixedTypes(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for _, d := range [][3]tensor.DType{
		{tensor.F16, tensor.F32, tensor.F32}, {tensor.F32, tensor.F64, tensor.BF16}, {tensor.F64, tensor.F16, tensor.F32},
	} {
		b := newBatchCase(r, d, tensor.Shape{2, 3, 4}, tensor.Shape{3}, 0.5, channelOf(tensor.Shape{2, 3, 4}))
		attrs := optest.Attrs{"epsilon": float32(0.5)}
		y := optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: 15, Attrs: attrs}, b.in...)
		near(t, fmt.Sprint(d), y[0], b.y, 2, 1)
		attrs["training_mode"] = 1
		y = optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: 15, Attrs: attrs, Outputs: 3}, b.in...)
		near(t, fmt.Sprint(d), y[0], b.yTrain, 2, 1)
		if y[1].DType() != d[2] || y[2].DType() != d[2] {
			t.Errorf("%v: running statistics are %v and %v", d, y[1], y[2])
		}
	}
}

func TestBatchNormalizationTraining(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	momentum := float64(float32(0.8))
	for _, s := range batchShapes {
		for _, d := range floats {
			for opset, attrs := range map[int]optest.Attrs{
				1: {}, 6: {"is_test": 0}, 7: {}, 9: {}, 14: {"training_mode": 1}, 15: {"training_mode": 1},
			} {
				outputs := 5
				if opset >= 14 {
					outputs = 3
				}
				attrs["momentum"] = float32(0.8)
				b := newBatchCase(r, [3]tensor.DType{d, d, d}, s.shape, tensor.Shape{s.channels}, float64(float32(1e-5)), channelOf(s.shape))
				out := optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: opset, Attrs: attrs,
					Constants: true, Threads: 3, Outputs: outputs}, b.in...)
				what := fmt.Sprint(opset, s, d)
				near(t, what, out[0], b.yTrain, 2, 8)
				for g := range b.mean {
					b.mean[g] = b.mean[g]*momentum + b.bMean[g]*(1-momentum)
					b.vr[g] = b.vr[g]*momentum + b.bVar[g]*(1-momentum)
				}
				near(t, what+" running mean", out[1], b.mean, 2, 1)
				near(t, what+" running variance", out[2], b.vr, 2, 1)
				if outputs == 5 {
					near(t, what+" saved mean", out[3], b.bMean, 2, 1)
					near(t, what+" saved variance", out[4], b.bVar, 2, 1)
				}
			}
		}
	}
}

func TestBatchNormalizationPerActivation(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	shape := tensor.Shape{4, 3, 2, 5}
	for _, opset := range []int{1, 6, 7} {
		attrs := optest.Attrs{"spatial": 0}
		if opset < 7 {
			attrs["is_test"] = 1
		}
		b := newBatchCase(r, [3]tensor.DType{tensor.F32, tensor.F32, tensor.F32}, shape, shape[1:], float64(float32(1e-5)),
			func(i int) int { return i % 30 })
		y := optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: opset, Attrs: attrs}, b.in...)
		near(t, fmt.Sprint(opset), y[0], b.y, 2, 1)
		attrs["is_test"] = 0
		if opset >= 7 {
			delete(attrs, "is_test")
		}
		y = optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: opset, Attrs: attrs, Outputs: 5}, b.in...)
		near(t, fmt.Sprint(opset), y[0], b.yTrain, 2, 1)
		if !y[1].Shape().Equal(shape[1:]) {
			t.Errorf("running mean: %v", y[1])
		}
	}
}

func TestBatchNormalizationRefuses(t *testing.T) {
	x, _ := of(tensor.F32, make([]float64, 6), 2, 3)
	three, _ := of(tensor.F32, make([]float64, 3), 3)
	two, _ := of(tensor.F32, make([]float64, 2), 2)
	scalar, _ := of(tensor.F32, []float64{1})
	for _, c := range []struct {
		want string
		node optest.Node
		in   []tensor.Value
	}{
		{"input 4 (var): got float32[2], want 3 elements", optest.Node{Opset: 15}, []tensor.Value{x, three, three, three, two}},
		{"input 1 (scale): got float32[2], want 3 elements", optest.Node{Opset: 9, Constants: true}, []tensor.Value{x, two, two, two, two}},
		{"input 0 (X): got float32[], want at least one dimension", optest.Node{Opset: 15}, []tensor.Value{scalar, three, three, three, three}},
		{"exist only with training_mode=1", optest.Node{Opset: 15, Outputs: 3}, []tensor.Value{x, three, three, three, three}},
		{"attribute spatial is not one of", optest.Node{Opset: 9, Attrs: optest.Attrs{"spatial": 1}}, []tensor.Value{x, three, three, three, three}},
	} {
		c.node.Op = "BatchNormalization"
		_, err := optest.Run(Defs, c.node, c.in...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want %s", err, c.want)
		}
	}
}

// One tensor may be both the bias and the running mean, and another both the
// scale and the running variance, as in a layer that has not been trained yet.
func TestBatchNormalizationTrainingLeavesSharedParametersAlone(t *testing.T) {
	x, _ := of(tensor.F32, []float64{1, 10, 3, 30}, 2, 2)
	zeros, _ := of(tensor.F32, []float64{0, 0}, 2)
	ones, _ := of(tensor.F32, []float64{1, 1}, 2)
	y := optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: 15, Outputs: 3,
		Attrs: optest.Attrs{"training_mode": 1, "epsilon": float32(0)}}, x, ones, zeros, zeros, ones)
	near(t, "Y", y[0], []float64{-1, -1, 1, 1}, 0, 0)
	near(t, "running mean", y[1], []float64{0.2, 2}, 4, 0)
	near(t, "running variance", y[2], []float64{1, 10.9}, 4, 0)
}

func TestBatchNormalizationWithIsTestKeepsTheStatistics(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	shape := tensor.Shape{2, 3, 4}
	b := newBatchCase(r, [3]tensor.DType{tensor.F32, tensor.F32, tensor.F32}, shape, tensor.Shape{3}, float64(float32(1e-5)), channelOf(shape))
	out := optest.MustRun(t, Defs, optest.Node{Op: "BatchNormalization", Opset: 6, Attrs: optest.Attrs{"is_test": 1}, Outputs: 5}, b.in...)
	near(t, "Y", out[0], b.y, 2, 1)
	for i, want := range [][]float64{1: b.mean, 2: b.vr, 3: b.mean, 4: b.vr} {
		if i > 0 {
			near(t, fmt.Sprint("output ", i), out[i], want, 0, 0)
		}
	}
}
