package normalization

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// lpOf divides by the norm along the middle axis.
func lpOf(x []float64, outer, n, inner, p int) []float64 {
	y := make([]float64, len(x))
	for o := range outer {
		for i := range inner {
			var s kahan
			for k := range n {
				s.add(math.Pow(math.Abs(x[(o*n+k)*inner+i]), float64(p)))
			}
			for k := range n {
				if at := (o*n+k)*inner + i; s.sum != 0 {
					y[at] = x[at] / math.Pow(s.sum, 1/float64(p))
				}
			}
		}
	}
	return y
}

func TestLpNormalization(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	const none = 1 << 20
	for _, c := range []struct {
		shape           []int
		axis            int
		outer, n, inner int
	}{
		{[]int{2, 3, 4}, none, 6, 4, 1},
		{[]int{2, 3, 4}, 1, 2, 3, 4},
		{[]int{2, 3, 40}, -3, 1, 2, 120},
		{[]int{2, 3000}, 1, 2, 3000, 1},
		{[]int{3000, 2}, 0, 1, 3000, 2},
		{[]int{5}, 0, 1, 5, 1},
		{[]int{}, none, 1, 1, 1},
		{[]int{2, 0}, 1, 2, 0, 1},
		{[]int{2, 0}, 0, 1, 2, 0},
	} {
		for p := 1; p <= 2; p++ {
			for _, d := range floats {
				for _, opset := range []int{1, 22} {
					attrs := optest.Attrs{"p": p}
					if c.axis != none {
						attrs["axis"] = c.axis
					}
					x, xv := random(r, d, 1, 3, c.shape...)
					y := optest.MustRun(t, Defs, optest.Node{Op: "LpNormalization", Opset: opset, Attrs: attrs, Threads: 2}, x)[0]
					near(t, fmt.Sprint(c, p, d), y, lpOf(xv, c.outer, c.n, c.inner, p), 2, smallest(d))
				}
			}
		}
	}
}

func TestLpNormalizationAtTheEndsOfTheRange(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		d       tensor.DType
		p       int
		x, want []float64
	}{
		{tensor.F32, 2, []float64{0, 0, 0}, []float64{0, 0, 0}},
		{tensor.F32, 2, []float64{3e38, 0, -3e38}, []float64{math.Sqrt(0.5), 0, -math.Sqrt(0.5)}},
		{tensor.F32, 2, []float64{0x3p-149, 0x4p-149, 0}, []float64{0.6, 0.8, 0}},
		{tensor.F64, 2, []float64{3e300, 4e300, 0}, []float64{0.6, 0.8, 0}},
		{tensor.F64, 2, []float64{3e-300, 4e-300, 0}, []float64{0.6, 0.8, 0}},
		{tensor.F64, 2, []float64{0x3p-1074, 0x4p-1074, 0}, []float64{0.6, 0.8, 0}},
		{tensor.F64, 1, []float64{1.5e308, 0, -0.5e308}, []float64{0.75, 0, -0.25}},
		{tensor.F64, 1, []float64{0x3p-1074, 0, 0x1p-1074}, []float64{0.75, 0, 0.25}},
		{tensor.F32, 1, []float64{inf, 1, 0}, []float64{math.NaN(), 0, 0}},
		{tensor.F32, 2, []float64{math.NaN(), 1, 0}, []float64{math.NaN(), math.NaN(), math.NaN()}},
	} {
		attrs := optest.Attrs{"p": c.p}
		x, _ := of(c.d, c.x, 3)
		y := optest.MustRun(t, Defs, optest.Node{Op: "LpNormalization", Opset: 22, Attrs: attrs}, x)[0]
		near(t, fmt.Sprint(c), y, c.want, 1, 0)
		// As a column beside one of ones.
		x, _ = of(c.d, []float64{c.x[0], 1, c.x[1], 1, c.x[2], 1}, 3, 2)
		attrs["axis"] = 0
		y = optest.MustRun(t, Defs, optest.Node{Op: "LpNormalization", Opset: 22, Attrs: attrs}, x)[0]
		one := []float64{1. / 3, math.Sqrt(1. / 3)}[c.p-1]
		near(t, fmt.Sprint(c), y, []float64{c.want[0], one, c.want[1], one, c.want[2], one}, 1, 0)
	}
}

func TestLpNormalizationRefusesOtherNorms(t *testing.T) {
	x, _ := of(tensor.F32, make([]float64, 3), 3)
	_, err := optest.Run(Defs, optest.Node{Op: "LpNormalization", Opset: 1, Attrs: optest.Attrs{"p": 3}}, x)
	if err == nil || !strings.Contains(err.Error(), "attribute p: got 3, want 1 or 2") {
		t.Errorf("got error %v", err)
	}
}
