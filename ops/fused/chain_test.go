package fused

import (
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestChain(t *testing.T) {
	node := optest.Node{Op: "Chain", Domain: Domain, Opset: 1, Attrs: optest.Attrs{
		"ops": []string{"Mul", "Sub", "Exp", "Div"}, "args": []int{0, 1, 2, 3, 4, -1, 2, 5}, // c/exp(c - x·s)
	}}
	const n = 3000
	d := make([]float64, n)
	for i := range d {
		d[i] = float64(i%7)/4 - 1
	}
	for _, k := range []struct {
		shape, factor tensor.Shape
		many          int
	}{{tensor.Shape{3, 1000}, tensor.Shape{}, 1}, {tensor.Shape{3, 1000}, tensor.Shape{3, 1000}, n}, {tensor.Shape{3, 1000}, tensor.Shape{3, 1}, 3}} {
		factor := make([]float64, k.many)
		for i := range factor {
			factor[i] = 0.5 + float64(i%3)
		}
		for _, threads := range []int{1, 3} {
			node.Threads = threads
			y := optest.MustRun(t, Defs, node, f32(k.shape, d), f32(k.factor, factor), f32(tensor.Shape{1}, []float64{2}))[0]
			if !y.Shape().Equal(k.shape) {
				t.Fatalf("got %v, want shape %v", y, k.shape)
			}
			for i, v := range tensor.Data[float32](y) {
				want := 2 / math.Exp(2-d[i]*factor[i*k.many/n])
				if math.Abs(float64(v)-want) > 1e-5*want {
					t.Fatalf("factor %v: element %d is %v, want %v", k.factor, i, v, want)
				}
			}
		}
	}
}

func TestChainRefusesWhatItCannotCompute(t *testing.T) {
	x := f32(tensor.Shape{2}, []float64{1, 2})
	for want, attrs := range map[string]optest.Attrs{
		"want 1 to 8 operators": {"ops": []string{"Mul"}, "args": []int{0}},
		"is not known yet":      {"ops": []string{"Mul"}, "args": []int{0, 1}},
		"of Exp is not known":   {"ops": []string{"Exp"}, "args": []int{-1, -1}},
		"has one operand":       {"ops": []string{"Exp"}, "args": []int{0, 0}},
		"Softmax in a chain":    {"ops": []string{"Softmax"}, "args": []int{0, -1}},
	} {
		if _, err := optest.Run(Defs, optest.Node{Op: "Chain", Domain: Domain, Opset: 1, Attrs: attrs}, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
}
