package conformance

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// generator returns the operator in the graph that draws random numbers, ""
// if there is none. Its expected values came out of a generator whose state
// the case does not record: the official reference of Bernoulli leaves even a
// given seed aside. Such a case is judged by types, shapes and what values
// the distribution can take.
func generator(g *onnx.Graph) string {
	for _, n := range g.Nodes {
		switch n.OpType {
		case "Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial":
			return n.OpType
		}
	}
	return ""
}

// compareDrawn compares what random outputs have in common: type and shape,
// and the support. Where all expected elements are 0 or 1 that is these two,
// else every finite number.
func compareDrawn(got, want tensor.Value) difference {
	g, ok := got.(*tensor.Tensor)
	w, isTensor := want.(*tensor.Tensor)
	if !ok || !isTensor || g.DType() != w.DType() || !g.Shape().Equal(w.Shape()) {
		return mismatch(got, want)
	}
	gv, wv := numbers(g), numbers(w)
	binary := true
	for _, v := range wv {
		binary = binary && (v == 0 || v == 1)
	}
	for i, v := range gv {
		if binary && v != 0 && v != 1 || math.IsNaN(v) || math.IsInf(v, 0) {
			return difference{message: fmt.Sprintf("at %s: got %v, which the distribution does not have", index(i, g.Shape()), v)}
		}
	}
	return difference{}
}

// numbers returns the elements as float64.
func numbers(t *tensor.Tensor) []float64 {
	f, err := tensor.New(tensor.F64, t.Shape())
	if err == nil {
		err = tensor.Convert(f, t, tensor.Conversion{})
	}
	if err != nil {
		return []float64{math.NaN()}
	}
	return tensor.Data[float64](f)
}
