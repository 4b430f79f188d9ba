package gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Shallow products of many columns equal the plain sum, in runs of any length, and
// what comes then gets every element once.
func TestShallowProductsOfManyColumns(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			const m, n, k = 30, 5001, 16
			r := rand.New(rand.NewPCG(7, 7))
			a, b := make([]float32, m*k), make([]float32, k*n)
			for _, s := range [][]float32{a, b} {
				for i := range s {
					s[i] = r.Float32() - 0.5
				}
			}
			add := func(dst, x []float32) {
				for i, v := range x {
					dst[i] = v + 3
				}
			}
			for _, threads := range []int{1, 3} {
				c := make([]float32, m*n)
				MulFinish(par.New(threads), m, n, k, Matrix(false, a, k), Matrix(false, b, n), c, n, Finish[float32]{Alpha: 1, Then: add})
				for i := range m {
					for j := range n {
						want := 3.0
						for p := range k {
							want += float64(a[i*k+p]) * float64(b[p*n+j])
						}
						if got := float64(c[i*n+j]); !(math.Abs(got-want) < 1e-5) {
							t.Fatalf("%d threads: element %d %d is %v, want %v", threads, i, j, got, want)
						}
					}
				}
			}
		})
	}
}
