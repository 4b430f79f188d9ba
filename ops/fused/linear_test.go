package fused

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestLinear(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	w := []float64{1, -1, 0, 2, 1, -3} // [3 2]
	b := []float64{0.5, -0.5}
	trans := []float64{1, 0, 1, -1, 2, -3}
	// Rows of x times w: (4 -6) and (10 -12); then the bias.
	want := []float64{4.5, -6.5, 10.5, -12.5}
	nan := math.NaN()
	for _, constant := range []bool{false, true} {
		for _, threads := range []int{1, 3} {
			for name, k := range map[string]struct {
				weights []float64
				shape   tensor.Shape
				attrs   optest.Attrs
				first   float64 // of x
				want    []float64
			}{
				"plain":   {w, tensor.Shape{3, 2}, nil, 1, want},
				"transB":  {trans, tensor.Shape{2, 3}, optest.Attrs{"transB": 1}, 1, want},
				"bounded": {w, tensor.Shape{3, 2}, optest.Attrs{"lo": float32(-7), "hi": float32(5)}, 1, []float64{4.5, -6.5, 5, -7}},
				"relu":    {w, tensor.Shape{3, 2}, optest.Attrs{"lo": float32(0)}, 1, []float64{4.5, 0, 10.5, 0}},
				"NaN":     {w, tensor.Shape{3, 2}, optest.Attrs{"lo": float32(0)}, nan, []float64{nan, nan, 10.5, 0}},
			} {
				d := append([]float64{k.first}, x[1:]...)
				for _, shape := range []tensor.Shape{{2, 3}, {2, 1, 3}} {
					node := optest.Node{Op: "Linear", Domain: Domain, Opset: 1, Attrs: k.attrs, Constants: constant, Threads: threads}
					for _, narrow := range []func(tensor.Shape, []float64) *tensor.Tensor{
						func(s tensor.Shape, v []float64) *tensor.Tensor { return tensor.Of(s, v...) }, f32, f16,
					} {
						y := optest.MustRun(t, Defs, node, narrow(shape, d), narrow(k.shape, k.weights), narrow(tensor.Shape{2}, b))[0]
						out := tensor.Of(y.Shape(), make([]float64, y.Len())...)
						if err := tensor.Convert(out, y, tensor.Conversion{}); err != nil {
							t.Fatal(err)
						}
						for i, v := range tensor.Data[float64](out) {
							if v != k.want[i] && !(math.IsNaN(v) && math.IsNaN(k.want[i])) {
								t.Errorf("%s %v: got %v, want %v", name, y, tensor.Data[float64](out), k.want)
								break
							}
						}
						if y.Rank() != len(shape) || y.Dim(len(shape)-1) != 2 {
							t.Errorf("%s: got %v for x of shape %v", name, y, shape)
						}
					}
				}
			}
		}
	}
}

func f32(s tensor.Shape, v []float64) *tensor.Tensor {
	d := make([]float32, len(v))
	for i, x := range v {
		d[i] = float32(x)
	}
	return tensor.Of(s, d...)
}

func f16(s tensor.Shape, v []float64) *tensor.Tensor {
	d := make([]tensor.Float16, len(v))
	for i, x := range v {
		d[i] = tensor.ToFloat16(float32(x))
	}
	return tensor.Of(s, d...)
}

func TestLinearOfNothing(t *testing.T) {
	node := optest.Node{Op: "Linear", Domain: Domain, Opset: 1}
	if y := optest.MustRun(t, Defs, node, f32(tensor.Shape{0, 3}, nil), f32(tensor.Shape{3, 2}, make([]float64, 6)))[0]; !y.Shape().Equal(tensor.Shape{0, 2}) {
		t.Errorf("got %v, want no rows", y)
	}
	y := optest.MustRun(t, Defs, node, f32(tensor.Shape{2, 0}, nil), f32(tensor.Shape{0, 1}, nil), f32(tensor.Shape{1}, []float64{3}))[0]
	if d := tensor.Data[float32](y); d[0] != 3 || d[1] != 3 {
		t.Errorf("got %v, want the bias", d)
	}
}

func TestLinearRefusesWrongShapes(t *testing.T) {
	for name, k := range map[string]struct {
		x, w, b tensor.Shape
		want    string
	}{
		"a vector W":      {tensor.Shape{2, 3}, tensor.Shape{3}, nil, "want a matrix"},
		"a scalar x":      {tensor.Shape{}, tensor.Shape{1, 2}, nil, "want 1 elements"},
		"other columns":   {tensor.Shape{2, 4}, tensor.Shape{3, 2}, nil, "want 3 elements"},
		"a bias too long": {tensor.Shape{2, 3}, tensor.Shape{3, 2}, tensor.Shape{3}, "want a vector of 2"},
	} {
		in := []tensor.Value{f32(k.x, make([]float64, k.x.Len())), f32(k.w, make([]float64, k.w.Len()))}
		if k.b != nil {
			in = append(in, f32(k.b, make([]float64, k.b.Len())))
		}
		_, err := optest.Run(Defs, optest.Node{Op: "Linear", Domain: Domain, Opset: 1}, in...)
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%s: got error %v, want one that says %q", name, err, k.want)
		}
	}
}

// An activation is what the standard's operator makes of the layer, for few rows
// and many, in one part and in several.
func TestLinearWithActivation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{1, 3, 50, 300} {
		const in, out = 40, 70
		numbers := func(n int) []float64 {
			x := make([]float64, n)
			for i := range x {
				x[i] = float64(float32(r.NormFloat64()))
			}
			return x
		}
		x, w, b := numbers(rows*in), numbers(in*out), numbers(out)
		for _, name := range []string{"Gelu", "GeluTanh"} {
			for _, constant := range []bool{false, true} {
				for _, threads := range []int{1, 2} {
					node := optest.Node{Op: "Linear", Domain: Domain, Opset: 1, Attrs: optest.Attrs{"activation": name}, Constants: constant, Threads: threads}
					y := tensor.Data[float32](optest.MustRun(t, Defs, node, f32(tensor.Shape{rows, in}, x), f32(tensor.Shape{in, out}, w), f32(tensor.Shape{out}, b))[0])
					for i, got := range y {
						v := b[i%out]
						for k := range in {
							v += x[i/out*in+k] * w[k*out+i%out]
						}
						want := v * math.Erfc(-v/math.Sqrt2) / 2
						if name == "GeluTanh" {
							want = v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
						}
						if math.Abs(float64(got)-want) > 2e-5 {
							t.Fatalf("%s, %d rows, constants %v, %d threads: element %d is %v, want %v", name, rows, constant, threads, i, got, want)
						}
					}
				}
			}
		}
	}
}
