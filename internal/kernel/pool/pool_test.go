package pool

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// each calls visit with the values of every window, and how many places the
// window has inside of the padded plane.
func each(planes int, dims []window.Dim, x []float32, visit func(values []float64, padded int)) {
	in, out, kvol := window.Volume(dims, window.In), window.Volume(dims, window.Out), window.Volume(dims, window.Kernel)
	for p := range planes {
		for o := range out {
			var values []float64
			padded := 0
		next:
			for e := range kvol {
				at, step, ro, re, inside := 0, 1, o, e, true
				for i := len(dims) - 1; i >= 0; i-- {
					d := &dims[i]
					c := ro%d.Out*d.Stride - d.Head + re%d.Kernel*d.Dilation
					ro, re = ro/d.Out, re/d.Kernel
					if c >= d.In+d.Tail {
						continue next
					}
					inside = inside && c >= 0 && c < d.In
					at += c * step
					step *= d.In
				}
				padded++
				if inside {
					values = append(values, float64(x[p*in+at]))
				}
			}
			visit(values, padded)
		}
	}
}

// Whatever the sizes, poolings equal the plain loop at every CPU level and for
// every number of threads.
func TestPoolingsEqualThePlainLoop(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(3, 3))
			for range 300 {
				n := 1 + r.IntN(3)
				in, kernel := make([]int, n), make([]int, n)
				a := window.Attrs{Ceil: r.IntN(2) == 0}
				for i := range in {
					in[i], kernel[i] = 1+r.IntN([]int{200, 40, 9}[n-1]), 1+r.IntN(6)
					a.Strides, a.Dilations = append(a.Strides, 1+r.IntN(3)), append(a.Dilations, 1+r.IntN(2))
					a.Pads = append(a.Pads, r.IntN(4))
				}
				for range in {
					a.Pads = append(a.Pads, r.IntN(4))
				}
				dims, err := a.Resolve(in, kernel)
				if err != nil {
					continue
				}
				planes := 1 + r.IntN(4)
				x := make([]float32, planes*window.Volume(dims, window.In))
				for i := range x {
					x[i] = r.Float32()*2 - 1
				}
				var maxima, means, padded []float64
				each(planes, dims, x, func(values []float64, count int) {
					m, s := math.Inf(-1), 0.0
					for _, v := range values {
						m, s = max(m, v), s+v
					}
					maxima, means, padded = append(maxima, m), append(means, s/float64(max(len(values), 1))), append(padded, s/float64(max(count, 1)))
				})
				y := make([]float32, len(maxima))
				want := func(what string, want []float64, tol float64) {
					t.Helper()
					for i := range y {
						if y[i] != float32(want[i]) && !(math.Abs(float64(y[i])-want[i]) <= tol) {
							t.Fatalf("%s over %+v: element %d is %v, want %v", what, dims, i, y[i], want[i])
						}
					}
				}
				Max(par.New(2), planes, dims, x, y, nil, false)
				want("maximum", maxima, 0)
				Average(par.New(3), planes, dims, false, x, y)
				want("mean", means, 1e-6)
				Average(nil, planes, dims, true, x, y)
				want("mean with padding", padded, 1e-6)
			}
		})
	}
}

func TestMaxKeepsNaN(t *testing.T) {
	a := window.Attrs{}
	dims, err := a.Resolve([]int{40}, []int{3})
	if err != nil {
		t.Fatal(err)
	}
	for at := range 40 {
		x, y := make([]float32, 40), make([]float32, 38)
		for i := range x {
			x[i] = float32(i % 5)
		}
		x[at] = float32(math.NaN())
		Max(nil, 1, dims, x, y, nil, false)
		for o, v := range y {
			if has := at >= o && at < o+3; has != (v != v) {
				t.Fatalf("NaN at %d: maximum %d is %v", at, o, v)
			}
		}
	}
}

// Windows that are nearly all padding cost what is inside of the plane.
func TestHugeWindows(t *testing.T) {
	const k = math.MaxInt32
	a := window.Attrs{Pads: []int{k - 2, k - 2, k - 2, k - 2}, Strides: []int{k / 2, k / 2}}
	dims, err := a.Resolve([]int{3, 3}, []int{k, k})
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}
	y, index := make([]float32, window.Volume(dims, window.Out)), make([]int64, window.Volume(dims, window.Out))
	Max(nil, 1, dims, x, y, index, false)
	if y[0] != 5 || index[0] != 4 {
		t.Errorf("got %v at %v, want 5 at 4", y[0], index[0])
	}
	Norm(nil, 1, dims, 1, x, y)
	if y[0] != 1+2+4+5 {
		t.Errorf("got %v, want 12", y[0])
	}
	Average(nil, 1, dims, false, x, y)
	if y[0] != 3 {
		t.Errorf("got %v, want 3", y[0])
	}
}
