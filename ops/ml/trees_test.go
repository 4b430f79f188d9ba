package ml

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

const nan = 0x7fc00001 // the bits of a NaN that is not the usual one

func floats(x *tensor.Tensor) []float32 { return tensor.Data[float32](x) }

// stump is an ensemble of one tree: below 0.5 in feature 0 leaf 1, else 2.
func stump(more optest.Attrs) optest.Attrs {
	a := optest.Attrs{
		"nodes_treeids": []int{0, 0, 0}, "nodes_nodeids": []int{0, 1, 2}, "nodes_featureids": []int{0, 0, 0},
		"nodes_values": []float32{0.5, 0, 0}, "nodes_modes": []string{"BRANCH_LEQ", "LEAF", "LEAF"},
		"nodes_truenodeids": []int{1, 0, 0}, "nodes_falsenodeids": []int{2, 0, 0}, "nodes_hitrates": []float32{1, 1, 1},
	}
	for k, v := range more {
		if v == nil {
			delete(a, k)
		} else {
			a[k] = v
		}
	}
	return a
}

func classifier(more optest.Attrs) optest.Attrs {
	a := stump(optest.Attrs{
		"class_treeids": []int{0, 0, 0, 0}, "class_nodeids": []int{1, 1, 2, 2}, "class_ids": []int{0, 1, 0, 1},
		"class_weights": []float32{0.9, 0.1, 0.25, 0.75}, "classlabels_int64s": []int{10, 20},
	})
	for k, v := range more {
		if v == nil {
			delete(a, k)
		} else {
			a[k] = v
		}
	}
	return a
}

var bothSides = tensor.Of[float32](tensor.Shape{2, 1}, 0, 1)

// The standard asks for the top class.
func TestTwoClassesWithVotesForBothAreDecidedByTheHigherScore(t *testing.T) {
	out := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsembleClassifier", Domain: domain, Opset: 3, Outputs: 2, Attrs: classifier(nil)}, bothSides)
	if got := tensor.Data[int64](out[0]); !slices.Equal(got, []int64{10, 20}) {
		t.Errorf("labels %v", got)
	}
	if got := floats(out[1]); !slices.Equal(got, []float32{0.9, 0.1, 0.25, 0.75}) {
		t.Errorf("scores %v", got)
	}
	out = optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsembleClassifier", Domain: domain, Opset: 1, Outputs: 2,
		Attrs: classifier(optest.Attrs{"base_values": []float32{-1, 1}, "classlabels_int64s": nil, "classlabels_strings": []string{"a", "b"}})}, bothSides)
	if got := tensor.Data[string](out[0]); !slices.Equal(got, []string{"b", "b"}) {
		t.Errorf("labels %v", got)
	}
}

func TestEqualScoresGoToTheFirstClass(t *testing.T) {
	out := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsembleClassifier", Domain: domain, Opset: 3, Outputs: 2,
		Attrs: classifier(optest.Attrs{"class_weights": []float32{0.5, 0.5, 0.5, 0.5}})}, bothSides)
	if got := tensor.Data[int64](out[0]); !slices.Equal(got, []int64{10, 10}) {
		t.Errorf("labels %v", got)
	}
}

func TestRegressorTransformsASingleTarget(t *testing.T) {
	attrs := stump(optest.Attrs{
		"target_treeids": []int{0, 0}, "target_nodeids": []int{1, 2}, "target_ids": []int{0, 0}, "target_weights": []float32{-1, 1},
		"base_values": []float32{1}, "n_targets": 1, "post_transform": "LOGISTIC",
	})
	x := tensor.Of[int64](tensor.Shape{2, 1}, 0, 1)
	y := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsembleRegressor", Domain: domain, Opset: 1, Attrs: attrs}, x)[0]
	if got, want := floats(y), []float32{0.5, float32(1 / (1 + math.Exp(-2)))}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	one := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsembleRegressor", Domain: domain, Opset: 1, Attrs: attrs}, tensor.Of[float32](tensor.Shape{1}, 0))[0]
	if !one.Shape().Equal(tensor.Shape{1, 1}) || floats(one)[0] != 0.5 {
		t.Errorf("a vector: got %v %v", one, floats(one))
	}
	none := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsembleRegressor", Domain: domain, Opset: 1, Attrs: attrs}, tensor.Of[float32](tensor.Shape{0, 3}))[0]
	if !none.Shape().Equal(tensor.Shape{0, 1}) {
		t.Errorf("no rows: got %v", none)
	}
}

// Equal in float32, different in float64.
func TestDoubleThresholdsSplitDoubles(t *testing.T) {
	attrs := stump(optest.Attrs{
		"target_treeids": []int{0, 0}, "target_nodeids": []int{1, 2}, "target_ids": []int{0, 0}, "target_weights": []float32{1, 2}, "n_targets": 1,
		"nodes_values": nil, "nodes_values_as_tensor": tensor.Of[float64](tensor.Shape{3}, 0.1, 0, 0),
	})
	x := tensor.Of(tensor.Shape{2, 1}, 0.1, 0.1+1e-12)
	y := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsembleRegressor", Domain: domain, Opset: 3, Attrs: attrs}, x)[0]
	if got := floats(y); !slices.Equal(got, []float32{1, 2}) {
		t.Errorf("got %v", got)
	}
	if _, err := optest.Run(Defs, optest.Node{Op: "TreeEnsembleRegressor", Domain: domain, Opset: 1, Attrs: attrs}, x); err == nil {
		t.Error("version 1 takes tensors")
	}
}

func TestTreesThatAreNotRightAreErrors(t *testing.T) {
	for _, c := range []struct {
		want string
		more optest.Attrs
	}{
		{"below itself", optest.Attrs{"nodes_truenodeids": []int{0, 0, 0}}},
		{"no node 9", optest.Attrs{"nodes_falsenodeids": []int{9, 0, 0}}},
		{"twice", optest.Attrs{"nodes_nodeids": []int{0, 1, 1}}},
		{"want 3", optest.Attrs{"nodes_values": []float32{1}}},
		{"want 3", optest.Attrs{"nodes_missing_value_tracks_true": []int{1}}},
		{"not a mode", optest.Attrs{"nodes_modes": []string{"BRANCH_MEMBER", "LEAF", "LEAF"}}},
		{"feature -1", optest.Attrs{"nodes_featureids": []int{-1, 0, 0}}},
		{"outside of [0, 1]", optest.Attrs{"class_ids": []int{0, 2, 0, 1}}},
		{"no node 7", optest.Attrs{"class_nodeids": []int{1, 7, 2, 2}}},
		{"want 4", optest.Attrs{"class_weights": []float32{1}}},
		{"labels", optest.Attrs{"classlabels_int64s": nil}},
		{"base_values", optest.Attrs{"base_values": []float32{1, 2, 3}}},
		{"feature 5", optest.Attrs{"nodes_featureids": []int{5, 0, 0}}},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "TreeEnsembleClassifier", Domain: domain, Opset: 3, Outputs: 2, Attrs: classifier(c.more)}, bothSides)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want an error about %s", c.more, err, c.want)
		}
	}
	if _, err := optest.Run(Defs, optest.Node{Op: "TreeEnsembleClassifier", Domain: domain, Opset: 3, Outputs: 2, Attrs: classifier(nil)}, tensor.Of[float32](tensor.Shape{1, 1, 1}, 0)); err == nil {
		t.Error("three dimensions: no error")
	}
}

func ensemble5(more optest.Attrs) optest.Attrs {
	a := optest.Attrs{
		"nodes_featureids": []int{0, 1}, "nodes_truenodeids": []int{0, 1}, "nodes_falsenodeids": []int{1, 2},
		"nodes_trueleafs": []int{1, 1}, "nodes_falseleafs": []int{0, 1}, "tree_roots": []int{0},
		"nodes_splits": tensor.Of[float32](tensor.Shape{2}, 0, 0), "nodes_modes": tensor.Of[uint8](tensor.Shape{2}, 6, 5),
		"membership_values": tensor.Of(tensor.Shape{4}, -1.5, 0, 2, float32(math.NaN())),
		"leaf_targetids":    []int{0, 1, 1}, "leaf_weights": tensor.Of[float32](tensor.Shape{3}, 1, 2, 3), "n_targets": 2,
	}
	for k, v := range more {
		a[k] = v
	}
	return a
}

// A NaN follows the node's word, which is false by default, also where the
// question is whether it differs.
func TestSetsAndNaN(t *testing.T) {
	x := tensor.Of(tensor.Shape{4, 2}, -1.5, 0, 0, 7, 1, 5, 1, math.Float32frombits(nan))
	y := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsemble", Domain: domain, Opset: 5, Attrs: ensemble5(nil)}, x)[0]
	if got, want := floats(y), []float32{1, 0, 1, 0, 0, 2, 0, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The numbers of the transforms are the standard's: 1 is SOFTMAX, 2 LOGISTIC.
func TestTransformsByNumber(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{1, 2}, 2, 0)
	for post, want := range map[int][]float64{
		1: {math.E / (math.E + 1), 1 / (math.E + 1)},
		2: {1 / (1 + math.Exp(-1)), 0.5},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsemble", Domain: domain, Opset: 5, Attrs: ensemble5(optest.Attrs{"post_transform": post})}, x)[0]
		for i, v := range floats(y) {
			if math.Abs(float64(v)-want[i]) > 1e-7 {
				t.Errorf("%d: got %v, want %v", post, floats(y), want)
			}
		}
	}
}

func TestTreeEnsembleTakesFloat16(t *testing.T) {
	h := func(v ...float32) *tensor.Tensor {
		d := make([]tensor.Float16, len(v))
		tensor.NarrowToFloat16(d, v)
		return tensor.Of(tensor.Shape{len(v)}, d...)
	}
	attrs := ensemble5(optest.Attrs{
		"nodes_splits": h(0, 0), "membership_values": h(-1.5, 0, 2, float32(math.NaN())), "leaf_weights": h(1, 2, 3),
	})
	x, err := h(1, 5).Reshape(tensor.Shape{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	y := optest.MustRun(t, Defs, optest.Node{Op: "TreeEnsemble", Domain: domain, Opset: 5, Attrs: attrs}, x)[0]
	if got := tensor.Data[tensor.Float16](y); y.DType() != tensor.F16 || got[0].Float32() != 0 || got[1].Float32() != 2 {
		t.Errorf("got %v", got)
	}
}

func TestEnsemblesThatAreNotRightAreErrors(t *testing.T) {
	for _, c := range []struct {
		want string
		more optest.Attrs
	}{
		{"below itself", optest.Attrs{"nodes_falsenodeids": []int{0, 2}}},
		{"leaf 9", optest.Attrs{"nodes_falsenodeids": []int{1, 9}}},
		{"split 9", optest.Attrs{"nodes_falsenodeids": []int{9, 2}}},
		{"split 3", optest.Attrs{"tree_roots": []int{0, 3}}},
		{"-1 is outside", optest.Attrs{"tree_roots": []int{-1}}},
		{"1 is outside", optest.Attrs{"n_targets": 1}},
		{"7 is outside", optest.Attrs{"nodes_modes": tensor.Of[uint8](tensor.Shape{2}, 7, 0)}},
		{"float32", optest.Attrs{"nodes_modes": tensor.Of[float32](tensor.Shape{2}, 0, 0)}},
		{"leaf_weights", optest.Attrs{"leaf_weights": tensor.Of[float32](tensor.Shape{1}, 0)}},
		{"post_transform", optest.Attrs{"post_transform": 5}},
		{"aggregate_function", optest.Attrs{"aggregate_function": -1}},
		{"nodes_trueleafs", optest.Attrs{"nodes_trueleafs": []int{}}},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "TreeEnsemble", Domain: domain, Opset: 5, Attrs: ensemble5(c.more)}, tensor.Of[float32](tensor.Shape{1, 2}, 1, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want an error about %s", c.more, err, c.want)
		}
	}
}
