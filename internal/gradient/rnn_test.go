package gradient_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfRecurrentLayers(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 23))
	type A = optest.Attrs
	gates := map[string]int{"RNN": 1, "GRU": 3, "LSTM": 4}
	// Ticks, batch, input and hidden sizes are 3, 2, 2, 2.
	in := func(op string, directions int, lens, states bool) []tensor.Value {
		g := gates[op] * 2
		l := []tensor.Value{random(r, 3, 2, 2), random(r, directions, g, 2), random(r, directions, g, 2), random(r, directions, 2*g), nil}
		if lens {
			l[4] = tensor.Of(tensor.Shape{2}, int32(3), 1)
		}
		if states {
			l = append(l, random(r, directions, 2, 2))
			if op == "LSTM" {
				l = append(l, random(r, directions, 2, 2), random(r, directions, 6))
			}
		}
		return l
	}
	var probes []probe
	for op := range gates {
		all := []int{0, 1, 2, 3, 5}
		out := 2
		if op == "LSTM" {
			all, out = append(all, 6, 7), 3
		}
		probes = append(probes, []probe{
			{op: op, name: "weights alone", in: in(op, 1, false, false)[:3], wrt: []int{0, 1, 2}, out: out, attrs: A{"hidden_size": 2}},
			{op: op, name: "states", in: in(op, 1, false, true), wrt: all, out: out},
			{op: op, name: "states, clip", in: in(op, 1, false, true), wrt: all, out: out, first: true, attrs: A{"clip": float32(0.7)}},
			{op: op, in: in(op, 1, true, true), wrt: all, out: out, attrs: A{"direction": "reverse"}, first: true},
			{op: op, name: "all ticks", in: in(op, 1, false, true), wrt: all, out: out, attrs: A{"direction": "reverse"}, first: true},
			{op: op, in: in(op, 2, true, true), wrt: all, out: out, attrs: A{"direction": "bidirectional"}, first: true},
			{op: op, name: "all ticks", in: in(op, 2, false, true), wrt: all, out: out, attrs: A{"direction": "bidirectional"}, first: true},
		}...)
	}
	batches := in("GRU", 2, true, false)
	batches[0] = random(r, 2, 3, 2)
	probes = append(probes, []probe{
		{op: "GRU", name: "reset", in: in("GRU", 1, false, true), wrt: []int{0, 1, 2, 3, 5}, out: 2, attrs: A{"linear_before_reset": 1}},
		{op: "GRU", name: "batches first", in: append(batches, random(r, 2, 2, 2)), wrt: []int{0, 1, 2, 3, 5}, out: 2, attrs: A{"layout": 1, "direction": "bidirectional"}, first: true},
		{op: "LSTM", name: "coupled", in: in("LSTM", 1, false, true), wrt: []int{0, 1, 2, 3, 5, 6, 7}, out: 3, attrs: A{"input_forget": 1}, first: true},
		{op: "RNN", name: "version 7", opset: 7, in: in("RNN", 1, true, true), wrt: []int{0, 1, 2}, out: 2, first: true},
	}...)
	for _, name := range []string{"relu", "Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign", "Softplus"} {
		probes = append(probes, probe{op: "RNN", name: name, in: in("RNN", 2, false, false)[:4], wrt: []int{0, 2}, first: true,
			attrs: A{"direction": "bidirectional", "activations": []string{"Tanh", name}, "activation_alpha": []float32{0.5}, "activation_beta": []float32{0.75}}})
	}
	checkAll(t, probes)
}

func TestTrainingOfABidirectionalLayerAsPyTorchDoes(t *testing.T) {
	b := optest.NewGraph(22)
	in := values{
		"x": wave(math.Sin, 0.7, 0, 3, 2, 2), "w": wave(math.Cos, 1.3, 0, 2, 8, 2), "r": wave(math.Sin, 1.1, 0.5, 2, 8, 2),
		"b": wave(math.Cos, 0.9, 1, 2, 16), "h": wave(math.Sin, 1.7, 0, 2, 2, 2), "c": wave(math.Cos, 1.9, 0, 2, 2, 2),
	}
	xs := names{"x", "w", "r", "b", "h", "c"}
	for _, x := range xs {
		b.Input(x, tensor.F64)
		b.Graph.Inputs[len(b.Graph.Inputs)-1].Type = tensor.TensorOf(tensor.F64)
	}
	all := optest.Attrs{"keepdims": 0}
	b.Const("weights", wave(math.Cos, 0.3, 0, 3, 2, 4)).Const("rows", i64(3, 2, 4)).
		Node("LSTM", names{"x", "w", "r", "b", "", "h", "c"}, names{"y", "yh", "yc"}, optest.Attrs{"hidden_size": 2, "direction": "bidirectional"}).
		Node("Transpose", names{"y"}, names{"turned"}, optest.Attrs{"perm": []int{0, 2, 1, 3}}).
		Node("Reshape", names{"turned", "rows"}, names{"joined"}, nil).
		Node("Mul", names{"joined", "weights"}, names{"weighted"}, nil).Node("ReduceSum", names{"weighted"}, names{"l1"}, all).
		Node("ReduceSumSquare", names{"yh"}, names{"l2"}, all).Node("ReduceSum", names{"yc"}, names{"l3"}, all).
		Node("Sum", names{"l1", "l2", "l3"}, names{"loss"}, nil)
	gradientNode(b, xs, nil, "loss", xs, names{"dx", "dw", "dr", "db", "dh", "dc"})
	out := run(t, open(t, model(b.Output("loss", "dx", "dw", "dr", "db", "dh", "dc"))), in)
	expect(t, "loss", out["loss"], 0.5804755433961866)
	expect(t, "dx", out["dx"], 0.211777466127, 0.449654915463, -0.338578065204, -0.310308950198, -0.136378528732, 0.157777192893, 0.793885364283, 0.224122137476, 0.554402172864, 0.61892585063, -0.580611322608, -0.466984945203)
	expect(t, "dw", out["dw"], -0.259762299144, -0.132694613417, 0.354301725138, 0.332350996478, -0.0425566202232, 0.138253182845, 0.0646132169956, -0.00987278604348, -0.0234326373932, 0.0543981227469, -0.0417274028933, -0.0905503701325, 0.745925723903, 0.945290203154, -0.296965309457, -0.113006635508, 0.0413284031442, -0.0121623373849, -0.097185266941, -0.297033812346, 0.018507121825, 0.0199111900213, 0.156682837708, 0.0709739255989, -0.002009153482, 0.0111593961234, 0.120648930242, -0.0061624079008, 0.031019103767, 0.0900480562247, -0.0100447265589, 0.0215949343098)
	expect(t, "dr", out["dr"], -2.96532124518e-05, 0.149099029751, 0.0651288288413, -0.0791124315436, -0.00030764800544, 0.211719224929, 0.000488305574355, -0.0782960220913, 0.173768151312, 0.126225776424, -0.0746477712145, -0.0559494745468, -0.0536659568171, -0.0906396623019, -0.0105796215406, 0.024819914943, -0.0135371106097, 0.0381632319546, 0.0378257573441, 0.0670493411384, -0.0194399258298, -0.0148083036543, -0.0379505951208, -0.135350753696, -0.0176943519414, -0.010010887118, -0.106097332705, -0.0698004299367, -0.0128609377016, -0.0149059828682, 0.0147587109754, 0.0238645998548)
	expect(t, "db", out["db"], 0.668387639358, -0.15209358147, 0.148672046486, 0.0437326699077, 0.191710075537, 0.137019656233, 1.16130552715, 0.639170723212, 0.668387639358, -0.15209358147, 0.148672046486, 0.0437326699077, 0.191710075537, 0.137019656233, 1.16130552715, 0.639170723212, -0.260858284405, -0.44865433274, 0.0883168927889, 0.21077489957, 0.0671485868459, -0.159752883009, 0.156641391982, 0.0463992357365, -0.260858284405, -0.44865433274, 0.0883168927889, 0.21077489957, 0.0671485868459, -0.159752883009, 0.156641391982, 0.0463992357365)
	expect(t, "dh", out["dh"], -0.13452943291, -0.154105639416, 0.173265970508, 0.119155476668, 0.0633715040991, 0.0221291600098, -0.127313677009, -0.136904080848)
	expect(t, "dc", out["dc"], 0.263485972374, 0.536049253214, 0.475912332371, 0.809625484301, 0.391506909099, 0.156396841056, 0.770370439823, 0.236805634912)
}
