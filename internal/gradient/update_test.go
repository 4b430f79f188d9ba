package gradient_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfOptimizers(t *testing.T) {
	r := rand.New(rand.NewPCG(30, 30))
	type A = optest.Attrs
	in := func(count int64, memories int) []tensor.Value {
		l := []tensor.Value{tensor.Scalar(0.3), tensor.Scalar(count)}
		for range 2 + memories {
			l = append(l, between(r, 0.2, 1, 3), between(r, 0.2, 1, 2, 2))
		}
		return l
	}
	adam := A{"alpha": float32(0.75), "beta": float32(0.5), "norm_coefficient": float32(0.5), "norm_coefficient_post": float32(0.125), "epsilon": float32(0.25)}
	momentum := func(mode string) A {
		return A{"alpha": float32(0.75), "beta": float32(0.5), "norm_coefficient": float32(0.5), "mode": mode}
	}
	six, eight := []int{0, 2, 3, 4, 5, 6, 7}, []int{0, 2, 3, 4, 5, 6, 7, 8, 9}
	checkAll(t, []probe{
		{op: domain + ".Adagrad", out: 4, wrt: six, in: in(3, 1), attrs: A{"decay_factor": float32(0.1), "norm_coefficient": float32(0.5), "epsilon": float32(0.25)}},
		{op: domain + ".Adam", out: 6, wrt: eight, in: in(0, 2), attrs: adam},
		{op: domain + ".Adam", out: 6, wrt: eight, in: in(3, 2), attrs: adam},
		{op: domain + ".Momentum", out: 4, wrt: six, in: in(0, 1), attrs: momentum("standard")},
		{op: domain + ".Momentum", out: 4, wrt: six, in: in(2, 1), attrs: momentum("nesterov")},
	})
}

func TestDerivativesOfTraditionalModels(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 31))
	type A = optest.Attrs
	x := func(shape ...int) tensor.Value { return random(r, shape...) }
	two := []tensor.Value{x(3, 2)}
	c := []float32{0.5, -1, 0.25, 2}
	var probes []probe
	add := func(op string, in []tensor.Value, wrt []int, a A) {
		probes = append(probes, probe{op: "ai.onnx.ml." + op, in: in, wrt: wrt, attrs: a, single: true})
	}
	add("Scaler", two, nil, A{"offset": []float32{1, 2}, "scale": []float32{0.5, 2}})
	add("Scaler", two, nil, A{"scale": []float32{0.5}})
	for _, norm := range []string{"MAX", "L1", "L2"} {
		add("Normalizer", []tensor.Value{between(r, 0.5, 2, 3, 3)}, nil, A{"norm": norm})
	}
	add("Imputer", []tensor.Value{tensor.Of(tensor.Shape{2, 2}, 1, 0.5, math.NaN(), 1.5)}, nil, A{"imputed_value_floats": []float32{3, 4}, "replaced_value_float": float32(math.NaN())})
	add("ArrayFeatureExtractor", []tensor.Value{x(2, 3), i64(2, 0, 2)}, nil, nil)
	add("ArrayFeatureExtractor", []tensor.Value{x(3), i64(1, 0)}, nil, nil)
	add("FeatureVectorizer", []tensor.Value{x(2, 3), x(2, 1), x(2, 2)}, []int{0, 1, 2}, A{"inputdimensions": []int{2, 2, 2}})
	add("FeatureVectorizer", []tensor.Value{x(3), x(2)}, []int{0, 1}, nil)
	for _, post := range []string{"NONE", "LOGISTIC", "SOFTMAX"} {
		add("LinearRegressor", two, nil, A{"coefficients": c, "intercepts": []float32{0.5, 1}, "targets": 2, "post_transform": post})
	}
	for _, kernel := range []string{"LINEAR", "POLY", "RBF", "SIGMOID"} {
		add("SVMRegressor", two, nil, A{"coefficients": []float32{0.5, -1}, "support_vectors": c, "n_supports": 2, "rho": []float32{0.3}, "kernel_type": kernel, "kernel_params": []float32{0.5, 3, 2}})
	}
	add("SVMRegressor", two, nil, A{"coefficients": []float32{0.5, -1}, "rho": []float32{0.3}})
	checkAll(t, probes)

	for _, post := range []string{"NONE", "LOGISTIC"} {
		for _, functions := range []int{1, 2} {
			checkAll(t, []probe{{op: "LinearClassifier", name: post, single: true, in: two, build: func(b builder) {
				addNode(b, "ai.onnx.ml.LinearClassifier", names{"i0"}, names{"label", "o0"}, A{
					"coefficients": c[:2*functions], "intercepts": []float32{0.5, 1}[:functions], "classlabels_ints": []int{3, 4}, "post_transform": post,
				})
			}}})
		}
	}
}
