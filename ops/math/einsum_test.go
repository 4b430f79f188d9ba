package math

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// bruteEinsum adds up, for every value of every label, the product of what the
// terms name. Ellipses are written out as letters by the caller.
func bruteEinsum(terms []string, out string, shapes []tensor.Shape, data [][]float64) []float64 {
	var labels []byte
	sizes := map[byte]int{}
	for i, t := range terms {
		for d := range t {
			if !slices.Contains(labels, t[d]) {
				labels = append(labels, t[d])
			}
			sizes[t[d]] = max(sizes[t[d]], shapes[i][d])
		}
	}
	n := 1
	for i := range out {
		n *= sizes[out[i]]
	}
	result := make([]float64, n)
	at := map[byte]int{}
	var walk func(i int)
	walk = func(i int) {
		if i < len(labels) {
			for v := range sizes[labels[i]] {
				at[labels[i]] = v
				walk(i + 1)
			}
			return
		}
		product := 1.0
		for i, t := range terms {
			o := 0
			for d := range t {
				v := at[t[d]]
				if shapes[i][d] == 1 {
					v = 0
				}
				o = o*shapes[i][d] + v
			}
			product *= data[i][o]
		}
		o := 0
		for i := range out {
			o = o*sizes[out[i]] + at[out[i]]
		}
		result[o] += product
	}
	walk(0)
	return result
}

func TestEinsumEqualsTheSumOverAllLabels(t *testing.T) {
	for _, k := range []struct {
		equation string
		shapes   []tensor.Shape
		terms    []string // with ellipses written out, where they differ
		out      string
	}{
		{"ij,jk->ik", []tensor.Shape{{2, 3}, {3, 4}}, nil, "ik"},
		{"ij,jk", []tensor.Shape{{2, 3}, {3, 4}}, nil, "ik"},
		{"bA,cb", []tensor.Shape{{2, 3}, {4, 2}}, nil, "Ac"},
		{" i j , j k -> k i ", []tensor.Shape{{2, 3}, {3, 4}}, []string{"ij", "jk"}, "ki"},
		{"ij->ji", []tensor.Shape{{2, 3}}, nil, "ji"},
		{"ij->", []tensor.Shape{{2, 3}}, nil, ""},
		{"ij->j", []tensor.Shape{{2, 3}}, nil, "j"},
		{"ii", []tensor.Shape{{3, 3}}, nil, ""},
		{"ii->i", []tensor.Shape{{3, 3}}, nil, "i"},
		{"iji->ji", []tensor.Shape{{3, 2, 3}}, nil, "ji"},
		{"iij,j->i", []tensor.Shape{{3, 3, 2}, {2}}, nil, "i"},
		{"i,j->ij", []tensor.Shape{{2}, {3}}, nil, "ij"},
		{"i,j->ji", []tensor.Shape{{2}, {3}}, nil, "ji"},
		{"i,i", []tensor.Shape{{3}, {3}}, nil, ""},
		{"i,i->i", []tensor.Shape{{3}, {3}}, nil, "i"},
		{"bij,bjk->bik", []tensor.Shape{{2, 3, 4}, {2, 4, 3}}, nil, "bik"},
		{"bhqd,bhkd->bhqk", []tensor.Shape{{2, 2, 3, 4}, {2, 2, 5, 4}}, nil, "bhqk"},
		{"bqhd,bkhd->bhqk", []tensor.Shape{{2, 3, 2, 4}, {2, 5, 2, 4}}, nil, "bhqk"},
		{"bhqk,bkhd->bqhd", []tensor.Shape{{2, 2, 3, 5}, {2, 5, 2, 4}}, nil, "bqhd"},
		{"...ii->...i", []tensor.Shape{{2, 3, 3}}, []string{"zii"}, "zi"},
		{"...ij,...jk->...ik", []tensor.Shape{{2, 3, 4}, {2, 4, 2}}, []string{"zij", "zjk"}, "zik"},
		{"...ij,...jk", []tensor.Shape{{5, 2, 3, 4}, {2, 4, 2}}, []string{"yzij", "zjk"}, "yzik"},
		{"...ij,jk->i...k", []tensor.Shape{{2, 3, 4}, {4, 2}}, []string{"zij", "jk"}, "izk"},
		{"i...,i...->...", []tensor.Shape{{2, 1, 4}, {2, 3, 1}}, []string{"iyz", "iyz"}, "yz"},
		{"ij,jk,kl->il", []tensor.Shape{{2, 3}, {3, 4}, {4, 2}}, nil, "il"},
		{"ij,ik,il->jkl", []tensor.Shape{{2, 3}, {2, 4}, {2, 2}}, nil, "jkl"},
		{"i,j,k,ijk", []tensor.Shape{{2}, {3}, {4}, {2, 3, 4}}, nil, ""},
		{"ij,ij->ij", []tensor.Shape{{1, 3}, {2, 1}}, nil, "ij"},
		{"ij,jk->ik", []tensor.Shape{{1, 3}, {3, 1}}, nil, "ik"},
		{"ij,j->i", []tensor.Shape{{2, 1}, {3}}, nil, "i"},
		{",ij->ji", []tensor.Shape{{}, {2, 3}}, nil, "ji"},
		{"", []tensor.Shape{{}}, nil, ""},
		{"ij,jk->ik", []tensor.Shape{{2, 0}, {0, 3}}, nil, "ik"},
		{"ij,jk->ik", []tensor.Shape{{0, 2}, {2, 3}}, nil, "ik"},
		{"ijk,lj->ilk", []tensor.Shape{{2, 3, 4}, {5, 3}}, nil, "ilk"},
		{"ab,cd,ef->fdbaec", []tensor.Shape{{2, 1}, {2, 3}, {1, 2}}, nil, "fdbaec"},
	} {
		terms := k.terms
		if terms == nil {
			left, _, _ := strings.Cut(k.equation, "->")
			terms = strings.Split(left, ",")
		}
		var data [][]float64
		for i, s := range k.shapes {
			d := make([]float64, s.Len())
			for j := range d {
				d[j] = float64((j+i)%4 + 1)
			}
			data = append(data, d)
		}
		want := fmt.Sprint(bruteEinsum(terms, k.out, k.shapes, data))
		for _, d := range productTypes.List() {
			var in []tensor.Value
			for i, s := range k.shapes {
				in = append(in, productOf(d, s, data[i]))
			}
			y := optest.MustRun(t, Defs, optest.Node{Op: "Einsum", Opset: 12, Attrs: optest.Attrs{"equation": k.equation}, Threads: 2}, in...)[0]
			got := fmt.Sprint(productValues(y))
			if got != want && !(d == tensor.BF16 || d == tensor.F16) {
				t.Errorf("%q of %v, %v: got %v, want %v", k.equation, k.shapes, d, got, want)
			}
		}
	}
}

func TestEinsumKeepsDimensionsOfOne(t *testing.T) {
	y := optest.MustRun(t, Defs, optest.Node{Op: "Einsum", Opset: 12, Attrs: optest.Attrs{"equation": "aij,jb->baij"}},
		productOf(tensor.F32, tensor.Shape{1, 2, 1}, []float64{1, 2}), productOf(tensor.F32, tensor.Shape{3, 1}, []float64{1, 2, 3}))[0]
	if !y.Shape().Equal(tensor.Shape{1, 1, 2, 3}) {
		t.Fatalf("got %v, want shape [1 1 2 3]", y)
	}
}

func TestEinsumRefusesWhatDoesNotFit(t *testing.T) {
	m := func(shape ...int) tensor.Value {
		return productOf(tensor.F32, shape, make([]float64, tensor.Shape(shape).Len()))
	}
	for _, k := range []struct {
		equation string
		in       []tensor.Value
	}{
		{"ij,jk->ik", []tensor.Value{m(2, 3)}},
		{"ij", []tensor.Value{m(2, 3), m(2)}},
		{"ij,jk->ik", []tensor.Value{m(2, 3), m(4, 3)}},
		{"ij->ik", []tensor.Value{m(2, 3)}},
		{"ij->ii", []tensor.Value{m(2, 3)}},
		{"i1->i", []tensor.Value{m(2, 3)}},
		{"i..->i", []tensor.Value{m(2, 3)}},
		{"i......->i", []tensor.Value{m(2, 3)}},
		{"i->i->i", []tensor.Value{m(2)}},
		{"ijk->i", []tensor.Value{m(2, 3)}},
		{"i->i", []tensor.Value{m(2, 3)}},
		{"ii->i", []tensor.Value{m(2, 3)}},
		{"ijk...->i", []tensor.Value{m(2, 3)}},
		{"i,i,i->i", []tensor.Value{m(2), nil, m(2)}},
		{"i,i->i", []tensor.Value{nil, m(2)}},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "Einsum", Opset: 12, Attrs: optest.Attrs{"equation": k.equation}}, k.in...)
		if err == nil {
			t.Errorf("%q of %v: got no error", k.equation, k.in)
		}
	}
}
