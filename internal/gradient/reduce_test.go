package gradient_test

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfReductions(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	type A = optest.Attrs
	var probes []probe
	for _, op := range []string{
		"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
		"ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare",
	} {
		x := between(r, 0.5, 2, 2, 3, 2)
		in := []tensor.Value{x}
		axes := []tensor.Value{x, i64(0, -1)}
		probes = append(probes, []probe{
			{op: op, opset: 11, in: in},
			{op: op, opset: 11, in: in, attrs: A{"keepdims": 0}},
			{op: op, opset: 11, in: in, attrs: A{"axes": []int{1}, "keepdims": 0}},
			{op: op, opset: 11, in: in, attrs: A{"axes": []int{-1, 0}}},
			{op: op, opset: 20, in: axes},
			{op: op, opset: 20, name: "axes at run time", in: axes, attrs: A{"keepdims": 0}},
			{op: op, opset: 20, name: "constant axes", in: axes, consts: []int{1}, attrs: A{"keepdims": 0}},
			{op: op, opset: 20, name: "nothing", in: in, attrs: A{"noop_with_empty_axes": 1, "keepdims": 0}},
			{op: op, opset: 20, name: "empty axes", in: []tensor.Value{x, i64()}, attrs: A{"keepdims": 0}},
		}...)
	}
	zeros := func(v ...float64) []tensor.Value { return []tensor.Value{tensor.Of(tensor.Shape{2, len(v) / 2}, v...)} }
	probes = append(probes, []probe{
		{op: "CumProd", opset: 26, in: []tensor.Value{between(r, 0.5, 2, 2, 3), i64(1)}},
		{op: "CumProd", opset: 26, attrs: A{"exclusive": 1, "reverse": 1}, in: []tensor.Value{between(r, 0.5, 2, 2, 3), i64(0)}},
		{op: "CumProd", name: "zeros", opset: 26, in: append(zeros(2, 0, 3, 4, 0, 0), i64(-1))},
		{op: "ReduceProd", name: "one zero", opset: 11, first: true, attrs: A{"axes": []int{1}}, in: zeros(2, 0, 3, 4, 5, 6)},
		{op: "ReduceProd", name: "two zeros", opset: 11, first: true, attrs: A{"axes": []int{1}}, in: zeros(0, 0, 3, 4, 0, 6)},
		{op: "ReduceMax", name: "equal in pairs of rows", opset: 11, attrs: A{"axes": []int{1}}, in: zeros(1, 2, 3, 4)},
	}...)
	checkAll(t, probes)
}

func TestDerivativesOfNormalizations(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	type A = optest.Attrs
	x := func(shape ...int) tensor.Value { return random(r, shape...) }
	pos := func(shape ...int) tensor.Value { return between(r, 0.5, 2, shape...) }
	all := []int{0, 1, 2}
	bn := []tensor.Value{x(3, 2, 4), pos(2), x(2), x(2), pos(2)}
	checkAll(t, []probe{
		{op: "LayerNormalization", wrt: all, in: []tensor.Value{x(2, 3, 4), pos(4), x(4)}},
		{op: "LayerNormalization", wrt: all, attrs: A{"axis": 1, "epsilon": float32(0.1)}, in: []tensor.Value{x(2, 3, 4), pos(3, 4), x(3, 4)}},
		{op: "LayerNormalization", wrt: []int{0, 1}, attrs: A{"axis": -2}, in: []tensor.Value{x(2, 3, 4), pos(4)}},
		{op: "RMSNormalization", opset: 23, wrt: []int{0, 1}, in: []tensor.Value{x(2, 3, 4), pos(4)}},
		{op: "BatchNormalization", opset: 15, wrt: []int{0, 1, 2, 3, 4}, in: bn},
		{op: "BatchNormalization", opset: 7, wrt: []int{0, 1, 2, 3, 4}, in: bn},
		{op: "BatchNormalization", opset: 15, name: "training", wrt: []int{0, 1, 2, 3, 4}, out: 3, attrs: A{"training_mode": 1}, in: bn},
		{op: "BatchNormalization", opset: 15, name: "training, one output", wrt: all, attrs: A{"training_mode": 1}, in: bn},
		{op: "BatchNormalization", opset: 15, name: "vectors", wrt: all, attrs: A{"training_mode": 1}, in: []tensor.Value{x(5, 2), pos(2), x(2), x(2), pos(2)}},
		{op: "BatchNormalization", opset: 6, wrt: all, in: bn, extra: 4},
		{op: "BatchNormalization", opset: 7, name: "by place", wrt: []int{0, 1, 2, 3, 4}, attrs: A{"spatial": 0}, in: []tensor.Value{x(3, 2, 2), pos(2, 2), x(2, 2), x(2, 2), pos(2, 2)}},
		{op: "InstanceNormalization", wrt: all, in: []tensor.Value{x(2, 3, 4), pos(3), x(3)}},
		{op: "GroupNormalization", opset: 18, wrt: all, attrs: A{"num_groups": 2}, in: []tensor.Value{x(2, 4, 3), pos(2), x(2)}},
		{op: "GroupNormalization", opset: 21, wrt: all, attrs: A{"num_groups": 2}, in: []tensor.Value{x(2, 4, 2, 2), pos(4), x(4)}},
		{op: "MeanVarianceNormalization", in: []tensor.Value{x(2, 2, 3, 2)}},
		{op: "MeanVarianceNormalization", attrs: A{"axes": []int{1}}, in: []tensor.Value{x(2, 3)}},
		{op: "LpNormalization", attrs: A{"axis": 0}, in: []tensor.Value{x(3, 2)}},
		{op: "LpNormalization", attrs: A{"p": 1}, in: []tensor.Value{x(3, 3)}},
		{op: "LRN", attrs: A{"size": 3, "alpha": float32(0.5), "bias": float32(1.5)}, in: []tensor.Value{x(2, 5, 2, 2)}},
		{op: "LRN", attrs: A{"size": 2, "alpha": float32(0.5), "beta": float32(1)}, in: []tensor.Value{x(2, 4, 3)}},
	})
}

func TestDerivativesOfLosses(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	type A = optest.Attrs
	var probes []probe
	for _, op := range []string{"NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"} {
		for _, reduction := range []string{"mean", "sum", "none"} {
			plain := []tensor.Value{random(r, 3, 4), i64(1, 3, 0)}
			weighted := []tensor.Value{random(r, 2, 3, 2), tensor.Of(tensor.Shape{2, 2}, int64(0), 2, 1, 2), between(r, 0.5, 2, 3)}
			probes = append(probes, []probe{
				{op: op, name: reduction, opset: 13, in: plain, attrs: A{"reduction": reduction}},
				{op: op, name: reduction, opset: 13, in: plain, attrs: A{"reduction": reduction, "ignore_index": 3}},
				{op: op, name: reduction, opset: 13, wrt: []int{0, 2}, in: weighted, attrs: A{"reduction": reduction, "ignore_index": -1}},
			}...)
		}
	}
	probes = append(probes, probe{op: "SoftmaxCrossEntropyLoss", name: "both outputs", out: 2, in: []tensor.Value{random(r, 3, 4), i64(1, 3, 0)}})
	checkAll(t, probes)
}
