package ml

import (
	"math"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestLabelEncoderVersions(t *testing.T) {
	strs := tensor.Of(tensor.Shape{3}, "b", "a", "z")
	negZero := float32(math.Copysign(0, -1))
	for _, c := range []struct {
		name  string
		opset int
		attrs optest.Attrs
		in    tensor.Value
		want  *tensor.Tensor
	}{
		{"positions", 1, optest.Attrs{"classes_strings": []string{"a", "b", "b"}, "default_int64": 9}, strs, tensor.Of[int64](tensor.Shape{3}, 2, 0, 9)},
		{"back", 1, optest.Attrs{"classes_strings": []string{"a", "b"}}, tensor.Of[int64](tensor.Shape{2}, 1, 2), tensor.Of(tensor.Shape{2}, "b", "_Unused")},
		{"the first of equal keys", 2, optest.Attrs{"keys_strings": []string{"a", "a"}, "values_floats": []float32{1, 2}}, strs, tensor.Of(tensor.Shape{3}, negZero, 1, negZero)},
		{"the last of equal keys", 4, optest.Attrs{"keys_strings": []string{"a", "a"}, "values_floats": []float32{1, 2}, "keys_int64s": []int{}}, strs, tensor.Of(tensor.Shape{3}, negZero, 2, negZero)},
		{"bits", 2, optest.Attrs{"keys_floats": []float32{0, math.Float32frombits(nan)}, "values_int64s": []int{1, 2}},
			tensor.Of(tensor.Shape{4}, 0, negZero, math.Float32frombits(nan), float32(math.NaN())), tensor.Of[int64](tensor.Shape{4}, 1, -1, 2, -1)},
		{"values", 4, optest.Attrs{"keys_floats": []float32{0, math.Float32frombits(nan)}, "values_int64s": []int{1, 2}},
			tensor.Of(tensor.Shape{4}, 0, negZero, math.Float32frombits(nan), float32(math.NaN())), tensor.Of[int64](tensor.Shape{4}, 1, 1, 2, 2)},
		{"int16 to double", 4, optest.Attrs{"keys_tensor": tensor.Of[int16](tensor.Shape{2}, -3, 4), "values_tensor": tensor.Of(tensor.Shape{2}, 0.5, 0.25), "default_tensor": tensor.Of(tensor.Shape{1}, 7.0)},
			tensor.Of[int16](tensor.Shape{1, 3}, 4, -3, 0), tensor.Of(tensor.Shape{1, 3}, 0.25, 0.5, 7)},
		{"int32 to int16", 4, optest.Attrs{"keys_tensor": tensor.Of[int32](tensor.Shape{1}, 5), "values_tensor": tensor.Of[int16](tensor.Shape{1}, 6)},
			tensor.Of[int32](tensor.Shape{2}, 5, 6), tensor.Of[int16](tensor.Shape{2}, 6, -1)},
		{"no elements", 4, optest.Attrs{"keys_strings": []string{"a"}, "values_int64s": []int{1}}, tensor.Of[string](tensor.Shape{0, 2}), tensor.Of[int64](tensor.Shape{0, 2})},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "LabelEncoder", Domain: domain, Opset: c.opset, Attrs: c.attrs}, c.in)[0]
		if y.String() != c.want.String() || !equal(y, c.want) {
			t.Errorf("%s: got %v %v, want %v", c.name, y, y.Bytes(), c.want)
		}
	}
}

func equal(a, b *tensor.Tensor) bool {
	if a.DType() == tensor.Str {
		return slices.Equal(tensor.Data[string](a), tensor.Data[string](b))
	}
	return slices.Equal(a.Bytes(), b.Bytes())
}

func TestAttributesThatDoNotFitAreErrors(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{1, 2}, 1, 2)
	ints := tensor.Of[int64](tensor.Shape{2}, 0, 1)
	for _, c := range []struct {
		op    string
		opset int
		attrs optest.Attrs
		in    []tensor.Value
	}{
		{"LabelEncoder", 2, optest.Attrs{"keys_int64s": []int{1}, "values_int64s": []int{1, 2}}, []tensor.Value{ints}},
		{"LabelEncoder", 2, optest.Attrs{"keys_int64s": []int{1}}, []tensor.Value{ints}},
		{"LabelEncoder", 2, optest.Attrs{"keys_int64s": []int{1}, "keys_strings": []string{"a"}, "values_int64s": []int{1}}, []tensor.Value{ints}},
		{"LabelEncoder", 2, optest.Attrs{"keys_floats": []float32{1}, "values_int64s": []int{1}}, []tensor.Value{ints}},
		{"LabelEncoder", 4, optest.Attrs{"keys_tensor": tensor.Of[bool](tensor.Shape{1}, true), "values_int64s": []int{1}}, []tensor.Value{ints}},
		{"LabelEncoder", 4, optest.Attrs{"keys_int64s": []int{1}, "values_int64s": []int{1}, "default_tensor": tensor.Of[float32](tensor.Shape{1}, 1)}, []tensor.Value{ints}},
		{"CategoryMapper", 1, optest.Attrs{"cats_int64s": []int{1}, "cats_strings": []string{"a", "b"}}, []tensor.Value{ints}},
		{"Scaler", 1, optest.Attrs{"offset": []float32{1, 2, 3}}, []tensor.Value{x}},
		{"Imputer", 1, optest.Attrs{}, []tensor.Value{x}},
		{"Imputer", 1, optest.Attrs{"imputed_value_int64s": []int{1}}, []tensor.Value{x}},
		{"Imputer", 1, optest.Attrs{"imputed_value_floats": []float32{1, 2, 3}}, []tensor.Value{x}},
		{"OneHotEncoder", 1, optest.Attrs{"cats_strings": []string{"a"}}, []tensor.Value{x}},
		{"OneHotEncoder", 1, optest.Attrs{"cats_int64s": []int{1}, "zeros": 0}, []tensor.Value{x}},
		{"ArrayFeatureExtractor", 1, nil, []tensor.Value{x, tensor.Of[int64](tensor.Shape{1}, 2)}},
		{"ArrayFeatureExtractor", 1, nil, []tensor.Value{x, tensor.Of[int64](tensor.Shape{1}, -1)}},
		{"ArrayFeatureExtractor", 1, nil, []tensor.Value{tensor.Scalar[float32](1), ints}},
		{"FeatureVectorizer", 1, optest.Attrs{"inputdimensions": []int{1}}, []tensor.Value{x, x}},
		{"FeatureVectorizer", 1, optest.Attrs{"inputdimensions": []int{math.MaxInt, math.MaxInt}}, []tensor.Value{x, x}},
		{"FeatureVectorizer", 1, optest.Attrs{"inputdimensions": []int{2, -1}}, []tensor.Value{x, x}},
		{"FeatureVectorizer", 1, nil, []tensor.Value{x, tensor.Of[float32](tensor.Shape{3, 1}, 1, 2, 3)}},
		{"Normalizer", 1, optest.Attrs{"norm": "L3"}, []tensor.Value{x}},
		{"ZipMap", 1, optest.Attrs{"classlabels_int64s": []int{1, 2, 3}}, []tensor.Value{x}},
		{"ZipMap", 1, optest.Attrs{}, []tensor.Value{x}},
		{"CastMap", 1, nil, []tensor.Value{x}},
		{"DictVectorizer", 1, optest.Attrs{"int64_vocabulary": []int{1}}, []tensor.Value{x}},
		{"LinearRegressor", 1, optest.Attrs{"coefficients": []float32{1, 2, 3}}, []tensor.Value{x}},
		{"LinearRegressor", 1, optest.Attrs{"coefficients": []float32{1, 2}, "targets": 0}, []tensor.Value{x}},
		{"LinearRegressor", 1, optest.Attrs{"coefficients": []float32{1, 2}, "intercepts": []float32{1, 2}}, []tensor.Value{x}},
		{"LinearClassifier", 1, optest.Attrs{"coefficients": []float32{1, 2}, "intercepts": []float32{1}, "classlabels_ints": []int{1, 2, 3}}, []tensor.Value{x}},
		{"SVMRegressor", 1, optest.Attrs{"coefficients": []float32{1, 2, 3}, "n_supports": 3, "support_vectors": []float32{1}}, []tensor.Value{x}},
		{"SVMRegressor", 1, optest.Attrs{"coefficients": []float32{1, 2}, "n_supports": -1}, []tensor.Value{x}},
		{"SVMClassifier", 1, optest.Attrs{"coefficients": []float32{1, 2}, "rho": []float32{1}, "classlabels_ints": []int{1, 2}, "vectors_per_class": []int{math.MaxInt, 1}}, []tensor.Value{x}},
		{"SVMClassifier", 1, optest.Attrs{"coefficients": []float32{1}, "rho": []float32{1}, "classlabels_ints": []int{1, 2}, "vectors_per_class": []int{1, 1}, "support_vectors": []float32{1, 2, 3, 4}}, []tensor.Value{x}},
	} {
		outputs := 1
		if c.op == "LinearClassifier" || c.op == "SVMClassifier" {
			outputs = 2
		}
		if y, err := optest.Run(Defs, optest.Node{Op: c.op, Domain: domain, Opset: c.opset, Attrs: c.attrs, Outputs: outputs}, c.in...); err == nil {
			t.Errorf("%s %v: got %v, want an error", c.op, c.attrs, y)
		}
	}
}

func TestMapsOfRows(t *testing.T) {
	x := tensor.Of[float32](tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)
	out, err := optest.Run(Defs, optest.Node{Op: "ZipMap", Domain: domain, Opset: 1, Attrs: optest.Attrs{"classlabels_strings": []string{"b", "a", "b"}}}, x)
	if err != nil {
		t.Fatal(err)
	}
	s := out[0].(*tensor.Sequence)
	if got := s.Type().String(); got != "seq(map(string, float32[]))" || len(s.Elems) != 2 {
		t.Fatalf("got %s of %d", got, len(s.Elems))
	}
	m := s.Elems[1].(*tensor.Map)
	if keys := tensor.Data[string](m.Keys); !slices.Equal(keys, []string{"a", "b"}) {
		t.Errorf("keys %v", keys)
	}
	if a, b := m.Values[0].(*tensor.Tensor), m.Values[1].(*tensor.Tensor); floats(a)[0] != 5 || floats(b)[0] != 6 || a.Rank() != 0 {
		t.Errorf("values %v %v", floats(a), floats(b))
	}
}

func TestMapsOfStrings(t *testing.T) {
	text := tensor.TensorOf(tensor.Str)
	m := &tensor.Map{Of: text, Keys: tensor.Of[int64](tensor.Shape{3}, 4, 0, 2), Values: []tensor.Value{tensor.Scalar("7"), tensor.Scalar(" -12.75"), tensor.Scalar("1e2")}}
	for _, c := range []struct {
		attrs optest.Attrs
		want  *tensor.Tensor
	}{
		{optest.Attrs{"cast_to": "TO_INT64"}, tensor.Of[int64](tensor.Shape{1, 3}, -12, 100, 7)},
		{optest.Attrs{"cast_to": "TO_FLOAT", "map_form": "SPARSE", "max_map": 6}, tensor.Of[float32](tensor.Shape{1, 6}, -12.75, 0, 100, 0, 7, 0)},
		{optest.Attrs{"cast_to": "TO_STRING"}, tensor.Of(tensor.Shape{1, 3}, " -12.75", "1e2", "7")},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "CastMap", Domain: domain, Opset: 1, Attrs: c.attrs}, m)[0]
		if y.String() != c.want.String() || !equal(y, c.want) {
			t.Errorf("%v: got %v", c.attrs, y)
		}
	}
	for _, attrs := range []optest.Attrs{{"map_form": "SPARSE", "max_map": 4}, {"map_form": "SPARSE", "max_map": -1}, {"map_form": "SPARSE", "max_map": math.MaxInt}} {
		if _, err := optest.Run(Defs, optest.Node{Op: "CastMap", Domain: domain, Opset: 1, Attrs: attrs}, m); err == nil {
			t.Errorf("%v: no error", attrs)
		}
	}
	y := optest.MustRun(t, Defs, optest.Node{Op: "DictVectorizer", Domain: domain, Opset: 1, Attrs: optest.Attrs{"int64_vocabulary": []int{2, 9, 4}}}, m)[0]
	if want := []string{"1e2", "", "7"}; !slices.Equal(tensor.Data[string](y), want) {
		t.Errorf("DictVectorizer: got %q, want %q", tensor.Data[string](y), want)
	}
}

func TestNormalizerKeepsPrecisionInLongRows(t *testing.T) {
	const n = 1 << 20
	d := make([]float32, n)
	for i := range d {
		d[i] = 0.1
	}
	y := optest.MustRun(t, Defs, optest.Node{Op: "Normalizer", Domain: domain, Opset: 1, Attrs: optest.Attrs{"norm": "L1"}}, tensor.Of(tensor.Shape{1, n}, d...))[0]
	if got := floats(y)[n-1]; got != 1.0/n {
		t.Errorf("got %v, want %v", got, 1.0/n)
	}
}
