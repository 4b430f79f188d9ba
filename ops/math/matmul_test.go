package math

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// MatMul follows numpy.matmul; each expectation is computed element by element
// from the shapes as numpy's documentation reads them.
func TestMatMulFollowsNumpy(t *testing.T) {
	for _, k := range []struct{ a, b, y tensor.Shape }{
		{tensor.Shape{2, 3}, tensor.Shape{3, 4}, tensor.Shape{2, 4}},
		{tensor.Shape{3}, tensor.Shape{3}, tensor.Shape{}},
		{tensor.Shape{3}, tensor.Shape{3, 2}, tensor.Shape{2}},
		{tensor.Shape{2, 3}, tensor.Shape{3}, tensor.Shape{2}},
		{tensor.Shape{3}, tensor.Shape{4, 3, 2}, tensor.Shape{4, 2}},
		{tensor.Shape{4, 2, 3}, tensor.Shape{3}, tensor.Shape{4, 2}},
		{tensor.Shape{4, 2, 3}, tensor.Shape{3, 5}, tensor.Shape{4, 2, 5}},
		{tensor.Shape{2, 3}, tensor.Shape{4, 3, 5}, tensor.Shape{4, 2, 5}},
		{tensor.Shape{4, 2, 3}, tensor.Shape{4, 3, 5}, tensor.Shape{4, 2, 5}},
		{tensor.Shape{2, 1, 2, 3}, tensor.Shape{5, 3, 2}, tensor.Shape{2, 5, 2, 2}},
		{tensor.Shape{1, 5, 2, 3}, tensor.Shape{7, 1, 3, 2}, tensor.Shape{7, 5, 2, 2}},
		{tensor.Shape{0, 2, 3}, tensor.Shape{3, 2}, tensor.Shape{0, 2, 2}},
		{tensor.Shape{2, 0}, tensor.Shape{0, 2}, tensor.Shape{2, 2}},
		{tensor.Shape{0, 2, 3}, tensor.Shape{0, 3, 2}, tensor.Shape{0, 2, 2}},
	} {
		x, w := make([]float64, k.a.Len()), make([]float64, k.b.Len())
		for i := range x {
			x[i] = float64(i%5 + 1)
		}
		for i := range w {
			w[i] = float64(i % 3)
		}
		want := fmt.Sprint(numpyMatMul(k.a, k.b, k.y, x, w))
		for _, d := range productTypes.List() {
			for _, constant := range []bool{false, true} {
				y := optest.MustRun(t, Defs, optest.Node{Op: "MatMul", Opset: 13, Constants: constant, Threads: 2}, productOf(d, k.a, x), productOf(d, k.b, w))[0]
				if !y.Shape().Equal(k.y) {
					t.Fatalf("%v·%v: got %v, want shape %v", k.a, k.b, y, k.y)
				}
				if got := fmt.Sprint(productValues(y)); got != want {
					t.Errorf("%v %v·%v: got %v, want %v", d, k.a, k.b, got, want)
				}
			}
		}
	}
}

func numpyMatMul(a, b, y tensor.Shape, x, w []float64) []float64 {
	if len(a) == 1 {
		a = tensor.Shape{1, a[0]}
	}
	if len(b) == 1 {
		b = tensor.Shape{b[0], 1}
	}
	m, k, n := a[len(a)-2], a[len(a)-1], b[len(b)-1]
	stack, err := tensor.Broadcast(a[:len(a)-2], b[:len(b)-2])
	if err != nil {
		panic(err)
	}
	offset := func(s tensor.Shape, i int) int {
		off, step := 0, 1
		for d := len(stack) - 1; d >= 0; d-- {
			if e := d - len(stack) + len(s); e >= 0 {
				if s[e] > 1 {
					off += i % stack[d] * step
				}
				step *= s[e]
			}
			i /= stack[d]
		}
		return off
	}
	var out []float64
	for s := range stack.Len() {
		xs, ws := x[offset(a[:len(a)-2], s)*m*k:], w[offset(b[:len(b)-2], s)*k*n:]
		for i := range m {
			for j := range n {
				sum := 0.0
				for p := range k {
					sum += xs[i*k+p] * ws[p*n+j]
				}
				out = append(out, sum)
			}
		}
	}
	return out
}

func TestMatMulRefusesWhatDoesNotFit(t *testing.T) {
	m := func(shape ...int) tensor.Value {
		return productOf(tensor.F32, shape, make([]float64, tensor.Shape(shape).Len()))
	}
	for _, in := range [][]tensor.Value{{m(), m(1)}, {m(2, 3), m(2, 3)}, {m(2, 2, 3), m(3, 3, 2)}, {m(3), m(2)}} {
		for _, constant := range []bool{false, true} {
			_, err := optest.Run(Defs, optest.Node{Op: "MatMul", Opset: 13, Constants: constant}, in...)
			if err == nil || !strings.Contains(err.Error(), "(B)") {
				t.Errorf("%v: got error %v, want one about the inputs", in, err)
			}
		}
	}
}
