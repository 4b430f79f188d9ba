package conformance

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
	"github.com/stretchr/testify/require"
)

func TestQuantumOfOutputs(t *testing.T) {
	b := optest.NewGraph(17).Input("q", tensor.U8, 4).Input("x", tensor.F32, 4)
	b.Const("scale", tensor.Scalar(float32(0.25))).Const("zero", tensor.Scalar(uint8(0)))
	b.Node("DequantizeLinear", []string{"q", "scale", "zero"}, []string{"d"}, nil).Node("Identity", []string{"d"}, []string{"steps"}, nil)
	b.Node("QuantizeLinear", []string{"x", "scale", "zero"}, []string{"integers"}, nil)
	b.Node("Exp", []string{"d"}, []string{"neither"}, nil)
	l := b.Output("steps", "integers", "neither").Model().Graph.Outputs
	require.Equal(t, quantum{step: 0.25}, quantumOf(l[0]))
	require.Equal(t, quantum{integers: true}, quantumOf(l[1]))
	require.Equal(t, quantum{}, quantumOf(l[2]))

	vector := func(v ...uint8) tensor.Value { return tensor.Of(tensor.Shape{len(v)}, v...) }
	integers := quantumOf(l[1])
	require.Empty(t, integers.compare(vector(7, 255), vector(8, 254), Options{}).message)
	require.NotEmpty(t, integers.compare(vector(7, 0), vector(9, 0), Options{}).message)
	require.NotEmpty(t, quantum{}.compare(vector(7), vector(8), Options{}).message)

	reals := func(v ...float32) tensor.Value { return tensor.Of(tensor.Shape{len(v)}, v...) }
	steps := quantumOf(l[0])
	require.Empty(t, steps.compare(reals(1, 2.25), reals(1, 2), Options{}).message)
	require.NotEmpty(t, steps.compare(reals(1, 2.5), reals(1, 2), Options{}).message)
}
