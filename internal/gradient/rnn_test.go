package gradient_test

import (
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
