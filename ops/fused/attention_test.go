package fused

import (
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// One query and two keys of two heads, keys and values of one batch entry for two of
// queries, seen in the layouts [batch, row, head, column] and [head, column, row].
func TestAttentionReadsOperandsWhereTheyLie(t *testing.T) {
	q := []float64{1, 0, 0, 1, 2, 1, 1, 2}                        // [2 1 2 2]
	k := []float64{1, 3, 2, 4, 5, 7, 6, 8}                        // [2 2 2]: head, column, row
	v := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0}[:12] // [1 2 2 3]: batch, row, head, column
	bias := []float64{0.5, -0.5}
	node := optest.Node{Op: "Attention", Domain: Domain, Opset: 1, Attrs: optest.Attrs{
		"q": []int{Batch, Row, Head, Column}, "k": []int{Head, Column, Row}, "v": []int{Batch, Row, Head, Column},
		"y": []int{Batch, Row, Head, Column}, "scale": float32(0.5),
	}}
	for _, convert := range []func(tensor.Shape, []float64) *tensor.Tensor{f32, func(s tensor.Shape, v []float64) *tensor.Tensor { return tensor.Of(s, v...) }} {
		y := optest.MustRun(t, Defs, node, convert(tensor.Shape{2, 1, 2, 2}, q), convert(tensor.Shape{2, 2, 2}, k), convert(tensor.Shape{1, 2, 2, 3}, v), convert(tensor.Shape{2}, bias))[0]
		if want := (tensor.Shape{2, 1, 2, 3}); !y.Shape().Equal(want) {
			t.Fatalf("got %v, want shape %v", y, want)
		}
		got := tensor.Of(y.Shape(), make([]float64, y.Len())...)
		if err := tensor.Convert(got, y, tensor.Conversion{}); err != nil {
			t.Fatal(err)
		}
		for b := range 2 {
			for h := range 2 {
				var p [2]float64
				for j := range p {
					s := q[b*4+h*2]*k[h*4+j] + q[b*4+h*2+1]*k[h*4+2+j]
					p[j] = math.Exp(0.5*s + bias[j])
				}
				for c := range 3 {
					want := (p[0]*v[h*3+c] + p[1]*v[6+h*3+c]) / (p[0] + p[1])
					if g := tensor.Data[float64](got)[(b*2+h)*3+c]; math.Abs(g-want) > 1e-5*want {
						t.Errorf("entry %d, head %d, column %d: got %v, want %v", b, h, c, g, want)
					}
				}
			}
		}
	}
}

func TestAttentionTakesOneIndexOfAnAxis(t *testing.T) {
	// Queries, keys and values of one tensor [row, 3, column].
	x := f32(tensor.Shape{2, 3, 1}, []float64{1, 0, 5, 1, 0, 7})
	node := optest.Node{Op: "Attention", Domain: Domain, Opset: 1, Attrs: optest.Attrs{
		"q": []int{Row, -1, Column}, "k": []int{Row, -2, Column}, "v": []int{Row, -3, Column}, "y": []int{Row, Column},
	}}
	y := optest.MustRun(t, Defs, node, x, x, x)[0]
	for i, g := range tensor.Data[float32](y) {
		if g != 6 {
			t.Errorf("row %d: got %v, want the mean of the values, 6", i, g)
		}
	}
}

func TestAttentionRefusesWrongShapes(t *testing.T) {
	plain := func() optest.Attrs {
		return optest.Attrs{"q": []int{Row, Column}, "k": []int{Row, Column}, "v": []int{Row, Column}, "y": []int{Row, Column}}
	}
	zeros := func(s ...int) *tensor.Tensor { return f32(s, make([]float64, tensor.Shape(s).Len())) }
	for want, c := range map[string]struct {
		change  func(a optest.Attrs)
		q, k, v *tensor.Tensor
		bias    *tensor.Tensor
	}{
		"want 2 dimensions":     {nil, zeros(2, 3, 4), zeros(2, 3), zeros(2, 3), nil},
		"want rows of 3":        {nil, zeros(2, 3), zeros(2, 4), zeros(2, 3), nil},
		"want 5 rows":           {nil, zeros(2, 3), zeros(5, 3), zeros(4, 3), nil},
		"want columns last":     {func(a optest.Attrs) { a["v"] = []int{Column, Row} }, zeros(2, 3), zeros(2, 3), zeros(2, 3), nil},
		"want rows and columns": {func(a optest.Attrs) { a["q"] = []int{Head, Column} }, zeros(2, 3), zeros(2, 3), zeros(2, 3), nil},
		"attribute y: got":      {func(a optest.Attrs) { a["y"] = []int{-1, Row, Column} }, zeros(2, 3), zeros(2, 3), zeros(2, 3), nil},
		"want more than 4":      {func(a optest.Attrs) { a["q"] = []int{-5, Row, Column} }, zeros(2, 3, 4), zeros(2, 4), zeros(2, 3), nil},
		"there are 2":           {nil, zeros(2, 3), zeros(5, 3), zeros(5, 3), zeros(4, 5)},
		"at most 2 dimensions":  {nil, zeros(2, 3), zeros(5, 3), zeros(5, 3), zeros(1, 2, 5)},
		"has no dimension for":  {func(a optest.Attrs) { a["q"] = []int{Head, Row, Column} }, zeros(2, 3, 4), zeros(2, 4), zeros(2, 3), nil},
	} {
		a := plain()
		if c.change != nil {
			c.change(a)
		}
		in := []tensor.Value{c.q, c.k, c.v}
		if c.bias != nil {
			in = append(in, c.bias)
		}
		if _, err := optest.Run(Defs, optest.Node{Op: "Attention", Domain: Domain, Opset: 1, Attrs: a}, in...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
	for _, s := range [][4]int{{0, 3, 3, 2}, {2, 0, 3, 2}, {2, 3, 0, 2}, {2, 3, 3, 0}} { // queries, keys, size, columns
		y := optest.MustRun(t, Defs, optest.Node{Op: "Attention", Domain: Domain, Opset: 1, Attrs: plain()}, zeros(s[0], s[2]), zeros(s[1], s[2]), zeros(s[1], s[3]))[0]
		for i, v := range tensor.Data[float32](y) {
			if v != 0 {
				t.Errorf("%v: element %d is %v, want 0", s, i, v)
			}
		}
	}
}
