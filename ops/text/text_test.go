package text

import (
	"math"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func list(s ...string) *tensor.Tensor { return tensor.Of(tensor.Shape{len(s)}, s...) }

func TestStringSplit(t *testing.T) {
	for _, c := range []struct {
		attrs  optest.Attrs
		in     *tensor.Tensor
		shape  tensor.Shape
		want   []string
		counts []int64
	}{
		{optest.Attrs{"delimiter": ","}, list("a,,b", "", ","), tensor.Shape{3, 3}, []string{"a", "", "b", "", "", "", "", "", ""}, []int64{3, 1, 2}},
		{optest.Attrs{"delimiter": "aa"}, list("aaaa", "aaab"), tensor.Shape{2, 3}, []string{"", "", "", "", "ab", ""}, []int64{3, 2}},
		{optest.Attrs{"maxsplit": 1}, list("  a  b   c  ", "", "d"), tensor.Shape{3, 2}, []string{"a", "b   c", "", "", "d", ""}, []int64{2, 0, 1}},
		{optest.Attrs{"maxsplit": 0, "delimiter": "-"}, list("a-b"), tensor.Shape{1, 1}, []string{"a-b"}, []int64{1}},
		{optest.Attrs{"maxsplit": -1}, list("a\u00a0b\n\tc"), tensor.Shape{1, 3}, []string{"a", "b", "c"}, []int64{3}},
		{nil, tensor.Of[string](tensor.Shape{2, 0}), tensor.Shape{2, 0, 0}, nil, nil},
		{nil, tensor.Scalar("a b"), tensor.Shape{2}, []string{"a", "b"}, []int64{2}},
	} {
		out := optest.MustRun(t, Defs, optest.Node{Op: "StringSplit", Opset: 20, Outputs: 2, Attrs: c.attrs}, c.in)
		if y := tensor.Data[string](out[0]); !out[0].Shape().Equal(c.shape) || !slices.Equal(y, c.want) {
			t.Errorf("%v: got %v %q, want %v %q", c.attrs, out[0], y, c.shape, c.want)
		}
		if z := tensor.Data[int64](out[1]); !slices.Equal(z, c.counts) || !out[1].Shape().Equal(c.in.Shape()) {
			t.Errorf("%v: got %v %v, want %v", c.attrs, out[1], z, c.counts)
		}
	}
}

func TestStringNormalizer(t *testing.T) {
	for _, c := range []struct {
		name  string
		attrs optest.Attrs
		in    *tensor.Tensor
		shape tensor.Shape
		want  []string
	}{
		{"as they are", nil, list("Ä", "b"), tensor.Shape{2}, []string{"Ä", "b"}},
		{"whole elements are stop words", optest.Attrs{"stopwords": []string{"the", "STRASSE"}}, list("The", "the end", "strasse"), tensor.Shape{1}, []string{"the end"}},
		{"in their case", optest.Attrs{"stopwords": []string{"the"}, "is_case_sensitive": 1, "case_change_action": "UPPER"}, list("The", "the", "é"), tensor.Shape{2}, []string{"THE", "É"}},
		{"letter for letter", optest.Attrs{"case_change_action": "UPPER"}, list("straße", "i"), tensor.Shape{2}, []string{"STRAßE", "I"}},
		{"Turkish", optest.Attrs{"case_change_action": "LOWER", "locale": "tr_TR.UTF-8"}, list("ISI İ"), tensor.Shape{1}, []string{"ısı i"}},
		{"Turkish upper", optest.Attrs{"case_change_action": "UPPER", "locale": "az"}, list("iı"), tensor.Shape{1}, []string{"İI"}},
		{"nothing left", optest.Attrs{"stopwords": []string{"a"}}, list("A"), tensor.Shape{1}, []string{""}},
		{"nothing left of a row", optest.Attrs{"stopwords": []string{"a"}}, tensor.Of(tensor.Shape{1, 1}, "A"), tensor.Shape{1, 1}, []string{""}},
		{"nothing there", nil, tensor.Of[string](tensor.Shape{1, 0}), tensor.Shape{1, 1}, []string{""}},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "StringNormalizer", Opset: 10, Attrs: c.attrs}, c.in)[0]
		if got := tensor.Data[string](y); !y.Shape().Equal(c.shape) || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v %q, want %v %q", c.name, y, got, c.shape, c.want)
		}
	}
}

func TestStringConcatBroadcasts(t *testing.T) {
	x := tensor.Of(tensor.Shape{2, 1, 2}, "a", "b", "c", "d")
	y := tensor.Of(tensor.Shape{3, 1}, "1", "2", "3")
	z := optest.MustRun(t, Defs, optest.Node{Op: "StringConcat", Opset: 20}, x, y)[0]
	want := []string{"a1", "b1", "a2", "b2", "a3", "b3", "c1", "d1", "c2", "d2", "c3", "d3"}
	if got := tensor.Data[string](z); !slices.Equal(got, want) || !z.Shape().Equal(tensor.Shape{2, 3, 2}) {
		t.Errorf("got %v %q", z, got)
	}
	z = optest.MustRun(t, Defs, optest.Node{Op: "StringConcat", Opset: 20}, tensor.Scalar("a"), tensor.Of[string](tensor.Shape{0, 2}))[0]
	if !z.Shape().Equal(tensor.Shape{0, 2}) {
		t.Errorf("empty: got %v", z)
	}
}

func TestRegexMatchesAllOfTheString(t *testing.T) {
	for pattern, want := range map[string][]bool{
		`a|ab`:    {true, true, false, false, false},
		`(?m)^ab`: {false, true, false, false, false},
		`ab$`:     {false, true, false, false, false},
		`(?s).*`:  {true, true, true, true, true},
		`.*`:      {true, true, false, true, true},
		``:        {false, false, false, true, false},
		`\pL`:     {true, false, false, false, true},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "RegexFullMatch", Opset: 20, Attrs: optest.Attrs{"pattern": pattern}}, list("a", "ab", "ab\n", "", "ü"))[0]
		if got := tensor.Data[bool](y); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", pattern, got, want)
		}
	}
}

func TestWeightsAreThoseOfTheNGramsNotOfTheColumns(t *testing.T) {
	attrs := optest.Attrs{
		"mode": "TFIDF", "min_gram_length": 1, "max_gram_length": 2, "max_skip_count": 1,
		"ngram_counts": []int{0, 2}, "ngram_indexes": []int{2, 0, 2}, "pool_int64s": []int{5, 6, 5, 6}, "weights": []float32{10, 1, 0.5},
	}
	x := tensor.Of[int32](tensor.Shape{2, 4}, 5, 6, 6, 7, 7, 7, 7, 5)
	y := optest.MustRun(t, Defs, optest.Node{Op: "TfIdfVectorizer", Opset: 9, Attrs: attrs}, x)[0]
	// 5 once, 6 twice, 5 6 once side by side and once with one between.
	if got, want := tensor.Data[float32](y), []float32{2, 0, 11, 0, 0, 10}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	attrs["mode"] = "IDF"
	y = optest.MustRun(t, Defs, optest.Node{Op: "TfIdfVectorizer", Opset: 9, Attrs: attrs}, x)[0]
	if got, want := tensor.Data[float32](y), []float32{1, 0, 10.5, 0, 0, 10}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTextThatIsNotRightIsAnError(t *testing.T) {
	grams := func(more optest.Attrs) optest.Attrs {
		a := optest.Attrs{
			"mode": "TF", "min_gram_length": 1, "max_gram_length": 1, "max_skip_count": 0,
			"ngram_counts": []int{0}, "ngram_indexes": []int{0}, "pool_strings": []string{"a"},
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
	x := list("a")
	for _, c := range []struct {
		op    string
		attrs optest.Attrs
		in    []tensor.Value
	}{
		{"RegexFullMatch", optest.Attrs{"pattern": "a)|(b"}, []tensor.Value{x}},
		{"RegexFullMatch", optest.Attrs{"pattern": "(a"}, []tensor.Value{x}},
		{"StringConcat", nil, []tensor.Value{list("a", "b"), list("a", "b", "c")}},
		{"StringNormalizer", nil, []tensor.Value{tensor.Of(tensor.Shape{2, 1}, "a", "b")}},
		{"StringNormalizer", optest.Attrs{"case_change_action": "LOWER"}, []tensor.Value{list("\xff")}},
		{"TfIdfVectorizer", grams(optest.Attrs{"ngram_indexes": []int{-1}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"ngram_indexes": []int{math.MaxInt}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"ngram_indexes": []int{math.MaxInt - 1}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"ngram_indexes": []int{0, 1}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"ngram_counts": []int{0, 0}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"ngram_counts": []int{2}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"pool_int64s": []int{1}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"pool_strings": nil, "pool_int64s": []int{1}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"min_gram_length": 0}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"max_skip_count": -1}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(optest.Attrs{"mode": "TFIDF", "weights": []float32{1, 2}}), []tensor.Value{x}},
		{"TfIdfVectorizer", grams(nil), []tensor.Value{tensor.Of(tensor.Shape{1, 1, 1}, "a")}},
	} {
		if y, err := optest.Run(Defs, optest.Node{Op: c.op, Opset: 20, Attrs: c.attrs}, c.in...); err == nil {
			t.Errorf("%s %v: got %v, want an error", c.op, c.attrs, y)
		}
	}
}
