package gradient_test

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfTransforms(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 24))
	type A = optest.Attrs
	x := func(shape ...int) tensor.Value { return random(r, shape...) }
	n := func(v int64) tensor.Value { return tensor.Scalar(v) }
	checkAll(t, []probe{
		{op: "DFT", in: []tensor.Value{x(2, 5, 1)}},
		{op: "DFT", name: "complex", in: []tensor.Value{x(2, 4, 3, 2), nil, n(1)}},
		{op: "DFT", name: "longer", in: []tensor.Value{x(2, 3, 2), n(5)}, attrs: A{"inverse": 1}},
		{op: "DFT", name: "shorter", in: []tensor.Value{x(6, 1), n(4), n(0)}, attrs: A{"onesided": 1}},
		{op: "DFT", name: "odd", in: []tensor.Value{x(2, 5, 1)}, attrs: A{"onesided": 1}},
		{op: "DFT", name: "half", in: []tensor.Value{x(2, 4, 2)}, attrs: A{"onesided": 1, "inverse": 1}},
		{op: "DFT", name: "half, odd and longer", in: []tensor.Value{x(3, 2, 2), n(7), n(0)}, attrs: A{"onesided": 1, "inverse": 1}},
		{op: "DFT", opset: 17, in: []tensor.Value{x(2, 3, 2, 2)}},
		{op: "STFT", wrt: []int{0, 2}, in: []tensor.Value{x(2, 9, 1), n(2), x(4)}},
		{op: "STFT", in: []tensor.Value{x(1, 7), n(3), nil, n(3)}},
		{op: "STFT", wrt: []int{0, 2}, attrs: A{"onesided": 0}, in: []tensor.Value{x(1, 6, 2), n(1), x(5), n(5)}},
		{op: "Det", in: []tensor.Value{x(2, 3, 3)}},
		{op: "Det", name: "singular", in: []tensor.Value{tensor.Of(tensor.Shape{2, 2}, 1.0, 2, 2, 4)}},
		{op: "Det", name: "1", in: []tensor.Value{x(1, 1)}},
		{op: "AffineGrid", in: []tensor.Value{x(2, 2, 3), i64(2, 3, 3, 4)}},
		{op: "AffineGrid", in: []tensor.Value{x(1, 3, 4), i64(1, 1, 2, 3, 2)}, attrs: A{"align_corners": 1}},
		{op: "Col2Im", in: []tensor.Value{x(2, 8, 6), i64(3, 4), i64(2, 2)}},
		{op: "Col2Im", in: []tensor.Value{x(1, 3, 4), i64(6), i64(3)}, attrs: A{"strides": []int{2}, "pads": []int{2, 1}, "dilations": []int{1}}},
		{op: "Range", wrt: []int{0, 2}, in: []tensor.Value{tensor.Scalar(0.5), tensor.Scalar(3.2), tensor.Scalar(0.7)}},
		{op: "Unique", first: true, in: []tensor.Value{tensor.Of(tensor.Shape{4}, 2.0, 0.5, 3, 1)}},
		{op: "Unique", attrs: A{"axis": 0}, first: true, in: []tensor.Value{tensor.Of(tensor.Shape{3, 2}, 2.0, 0.5, 3, 0.7, 1, 0)}},
		{op: "DequantizeLinear", opset: 21, single: true, wrt: []int{1}, in: []tensor.Value{tensor.Of(tensor.Shape{2, 3}, int8(1), -2, 3, 7, 5, 4), between(r, 0.5, 1), tensor.Scalar(int8(2))}},
		{op: "DequantizeLinear", opset: 21, single: true, wrt: []int{1}, attrs: A{"axis": 1}, in: []tensor.Value{tensor.Of(tensor.Shape{2, 3}, int8(1), -2, 3, 7, 5, 4), between(r, 0.5, 1, 3), tensor.Of(tensor.Shape{3}, int8(2), 0, 1)}},
		{op: "DequantizeLinear", opset: 21, single: true, wrt: []int{1}, attrs: A{"axis": 0, "block_size": 2}, in: []tensor.Value{tensor.Of(tensor.Shape{4, 1}, int8(1), -2, 3, 7), between(r, 0.5, 1, 2, 1)}},
	})
}

func TestDerivativesOfReducingScatters(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 25))
	type A = optest.Attrs
	both := []int{0, 2}
	var probes []probe
	for _, how := range []string{"mul", "max", "min"} {
		probes = append(probes, []probe{
			{op: "ScatterElements", name: how, wrt: both, attrs: A{"reduction": how, "axis": 1}, in: []tensor.Value{random(r, 2, 3), tensor.Of(tensor.Shape{2, 4}, int64(0), 2, 0, 0, -1, 1, 1, 0), random(r, 2, 4)}},
			{op: "ScatterND", name: how, wrt: both, attrs: A{"reduction": how}, in: []tensor.Value{random(r, 4, 2), tensor.Of(tensor.Shape{3, 1}, int64(1), 3, 1), random(r, 3, 2)}},
		}...)
	}
	zeros := tensor.Of(tensor.Shape{5}, 0.0, 2, 0, 0, 3)
	probes = append(probes, probe{op: "ScatterElements", name: "zeros", wrt: both, first: true, attrs: A{"reduction": "mul"}, in: []tensor.Value{random(r, 3), i64(0, 0, 1, 1, 2), zeros}})
	checkAll(t, probes)
}

func TestDerivativesOfSequences(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 26))
	type A = optest.Attrs
	in := []tensor.Value{random(r, 2, 3), random(r, 1, 3), random(r, 3)}
	all := []int{0, 1, 2}
	construct := func(b builder) builder {
		return b.Const("zero", tensor.Scalar(int64(0))).Const("one", tensor.Scalar(int64(1))).Const("last", tensor.Scalar(int64(-1))).
			Node("Mul", names{"i0", "i2"}, names{"p"}, nil).Node("Exp", names{"i1"}, names{"e"}, nil).
			Node("SequenceConstruct", names{"p", "i1"}, names{"s"}, nil)
	}
	builds := map[string]func(b builder){
		"joined": func(b builder) {
			construct(b).Node("ConcatFromSequence", names{"s"}, names{"o0"}, A{"axis": 0})
		},
		"at": func(b builder) {
			construct(b).Node("SequenceAt", names{"s", "last"}, names{"x"}, nil).Node("SequenceAt", names{"s", "zero"}, names{"y"}, nil).
				Node("SequenceAt", names{"s", "one"}, names{"z"}, nil).Node("Sum", names{"x", "y", "z"}, names{"o0"}, nil)
		},
		"changed": func(b builder) {
			construct(b).Node("SequenceInsert", names{"s", "e", "last"}, names{"s1"}, nil).Node("SequenceInsert", names{"s1", "p"}, names{"s2"}, nil).
				Node("SequenceErase", names{"s2", "zero"}, names{"s3"}, nil).Node("SequenceInsert", names{"s3", "e", "one"}, names{"s4"}, nil).
				Node("SequenceErase", names{"s4"}, names{"s5"}, nil).Node("SequenceErase", names{"s5", "last"}, names{"s6"}, nil).
				Node("ConcatFromSequence", names{"s6"}, names{"o0"}, A{"axis": -2})
		},
		"split": func(b builder) {
			b.Const("lengths", i64(1, 2)).Const("one", tensor.Scalar(int64(1))).
				Node("Mul", names{"i0", "i2"}, names{"p"}, nil).Node("Mul", names{"p", "i1"}, names{"q"}, nil).
				Node("SplitToSequence", names{"q", "lengths"}, names{"s"}, A{"axis": 1}).Node("SequenceAt", names{"s", "one"}, names{"o0"}, nil)
		},
		"rows": func(b builder) {
			b.Node("Mul", names{"i0", "i2"}, names{"p"}, nil).Node("Mul", names{"p", "i1"}, names{"q"}, nil).
				Node("SplitToSequence", names{"q"}, names{"s"}, A{"axis": 0, "keepdims": 0}).
				Node("ConcatFromSequence", names{"s"}, names{"o0"}, A{"axis": -1, "new_axis": 1})
		},
		"mapped": func(b builder) {
			body := construct(b).Body("body").Input("x", tensor.F64).Input("w", tensor.F64)
			body.Node("Mul", names{"x", "w"}, names{"y"}, nil).Node("Mul", names{"y", "i1"}, names{"z"}, nil).
				Node("Sin", names{"z"}, names{"u"}, nil).Output("u", "y")
			b.Node("SequenceMap", names{"s", "i2"}, names{"t", "t2"}, A{"body": body}).
				Node("ConcatFromSequence", names{"t"}, names{"j"}, A{"axis": 0}).Node("ConcatFromSequence", names{"t2"}, names{"j2"}, A{"axis": 0}).
				Node("Mul", names{"j", "j2"}, names{"o0"}, nil)
		},
		"gathered by a loop": func(b builder) {
			body := b.Const("trips", tensor.Scalar(int64(3))).Node("SequenceConstruct", names{"i1"}, names{"s"}, nil).
				Body("body").Input("i", tensor.I64).Input("c", tensor.Boolean).Input("x", tensor.F64).Input("q", tensor.F64)
			body.Graph.Inputs[3].Type = tensor.SequenceOf(tensor.TensorOf(tensor.F64))
			body.Node("Mul", names{"x", "i2"}, names{"x2"}, nil).Node("SequenceInsert", names{"q", "x2"}, names{"q2"}, nil).Output("c", "x2", "q2")
			b.Node("Loop", names{"trips", "", "i0", "s"}, names{"", "all"}, A{"body": body}).
				Node("ConcatFromSequence", names{"all"}, names{"o0"}, A{"axis": 0})
		},
		"optional": func(b builder) {
			b.Node("Mul", names{"i0", "i2"}, names{"p"}, nil).Node("Mul", names{"p", "i1"}, names{"q"}, nil).
				Node("Optional", names{"q"}, names{"s"}, nil).Node("OptionalGetElement", names{"s"}, names{"o0"}, nil)
		},
	}
	for name, build := range builds {
		checkAll(t, []probe{{op: "Sequence", name: name, in: in, wrt: all, build: build, first: name == "gathered by a loop"}})
	}
}
