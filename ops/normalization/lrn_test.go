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

// lrnOf computes local response normalization by its definition.
func lrnOf(x []float64, batch, channels, inner, size int, alpha, beta, bias float64) []float64 {
	y := make([]float64, len(x))
	for n := range batch {
		for c := range channels {
			lo, hi := max(0, c-int(math.Floor(float64(size-1)/2))), min(channels-1, c+int(math.Ceil(float64(size-1)/2)))
			for i := range inner {
				s := kahan{}
				for k := lo; k <= hi; k++ {
					v := x[(n*channels+k)*inner+i]
					s.add(v * v)
				}
				at := (n*channels+c)*inner + i
				y[at] = x[at] / math.Pow(bias+alpha/float64(size)*s.sum, beta)
			}
		}
	}
	return y
}

func TestLRN(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, shape := range []tensor.Shape{{2, 7, 3, 5}, {1, 5}, {2, 60, 40}, {1, 1, 3}, {0, 3, 2}, {2, 3, 0}} {
		for _, size := range []int{1, 2, 3, 4, 5, 18, 39, 1000, math.MaxInt} {
			for _, beta := range []float32{0.75, 0.5, 1, 0.6} {
				for _, d := range floats {
					x, xv := random(r, d, 0, 3, shape...)
					y := optest.MustRun(t, Defs, optest.Node{Op: "LRN", Opset: 13, Threads: 2, Attrs: optest.Attrs{
						"size": size, "alpha": float32(0.5), "beta": beta, "bias": float32(2)}}, x)[0]
					want := lrnOf(xv, shape[0], shape[1], shape.Span(2, len(shape)), min(size, 1<<30), 0.5, float64(beta), 2)
					if size == math.MaxInt {
						want = nil
						for _, v := range xv {
							want = append(want, v/math.Pow(2, float64(beta)))
						}
					}
					near(t, fmt.Sprint(shape, size, beta, d), y, want, 4, smallest(d))
				}
			}
		}
	}
}

func TestLRNDefaults(t *testing.T) {
	x, _ := of(tensor.F32, []float64{100, 200, 300}, 1, 3, 1)
	y := optest.MustRun(t, Defs, optest.Node{Op: "LRN", Opset: 1, Attrs: optest.Attrs{"size": 3}}, x)[0]
	near(t, "", y, lrnOf([]float64{100, 200, 300}, 1, 3, 1, 3, 1e-4, 0.75, 1), 1, 0)
}

// A sum that slides loses the small squares to a large one that passes, unless
// it takes care.
func TestLRNOfLargeWindowsForgetsWhatHasLeft(t *testing.T) {
	const channels, size = 200, 41
	x := make([]float64, channels)
	for i := range x {
		x[i] = 1 + float64(i%7)
	}
	x[3], x[60], x[61], x[62] = 1e30, 1e15, 1e10, 1e-20
	for i := 130; i < channels; i++ {
		x[i] = 1e-15 * float64(i)
	}
	for _, d := range []tensor.DType{tensor.F32, tensor.F64} {
		xt, xv := of(d, x, 1, channels, 1)
		y := optest.MustRun(t, Defs, optest.Node{Op: "LRN", Opset: 13, Attrs: optest.Attrs{
			"size": size, "alpha": float32(size), "beta": float32(1), "bias": float32(0)}}, xt)[0]
		near(t, fmt.Sprint(d), y, lrnOf(xv, 1, channels, 1, size, size, 1, 0), 4, smallest(d))
	}
	// NaN and infinity leave, too.
	x[20], x[90] = math.NaN(), math.Inf(1)
	xt, xv := of(tensor.F64, x, 1, channels, 1)
	y := optest.MustRun(t, Defs, optest.Node{Op: "LRN", Opset: 13, Attrs: optest.Attrs{
		"size": size, "alpha": float32(size), "beta": float32(1), "bias": float32(0)}}, xt)[0]
	want := make([]float64, channels)
	for c := range want { // plain sums, without compensation that infinities spoil
		s := 0.0
		for k := max(0, c-size/2); k <= min(channels-1, c+size/2); k++ {
			s += xv[k] * xv[k]
		}
		want[c] = xv[c] / s
	}
	near(t, "not finite", y, want, 40, 0)
}

func TestLRNRefuses(t *testing.T) {
	x, _ := of(tensor.F32, make([]float64, 3), 3)
	for want, attrs := range map[string]optest.Attrs{
		"attribute size: got 0, want at least 1":     {"size": 0},
		"attribute size is missing":                  {},
		"input 0 (X): got float32[3], want dimensio": {"size": 1},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "LRN", Opset: 13, Attrs: attrs}, x)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}
