package gradient_test

import (
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfOperatorsOfOnnxruntime(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 33))
	type A = optest.Attrs
	x := func(shape ...int) tensor.Value { return random(r, shape...) }
	far := tensor.Of(tensor.Shape{2, 2, 2}, 3.0, 0.5, -0.25, 2, 1.5, 0.5, 0.25, -2)
	const ms = "com.microsoft."
	var probes []probe
	for _, p := range []probe{
		{op: "Gelu", in: []tensor.Value{x(2, 3)}}, {op: "QuickGelu", in: []tensor.Value{x(2, 3)}},
		{op: "FastGelu", in: []tensor.Value{x(2, 3)}}, {op: "FastGelu", wrt: []int{0, 1}, in: []tensor.Value{x(2, 3), x(3)}},
		{op: "BiasGelu", wrt: []int{0, 1}, in: []tensor.Value{x(2, 3), x(3)}},
		{op: "SimplifiedLayerNormalization", wrt: []int{0, 1}, in: []tensor.Value{x(2, 3), x(3)}},
		{op: "SkipLayerNormalization", single: true, out: 1, wrt: []int{0, 1, 2, 3, 4}, in: []tensor.Value{x(2, 2, 3), x(2, 3), x(3), x(3), x(3)}},
		{op: "SkipSimplifiedLayerNormalization", single: true, wrt: []int{0, 1, 2}, in: []tensor.Value{x(2, 2, 3), x(2, 2, 3), x(3)}},
		{op: "FusedMatMul", wrt: []int{0, 1}, in: []tensor.Value{x(2, 3, 2), x(4, 3)}, attrs: A{"alpha": float32(0.5), "transA": 1, "transB": 1}},
		{op: "FusedMatMul", wrt: []int{0, 1}, in: []tensor.Value{x(2, 2, 3), x(2, 3, 2)}},
		{op: "Inverse", in: []tensor.Value{far}},
	} {
		p.op = ms + p.op
		probes = append(probes, p)
	}
	checkAll(t, probes)
}
