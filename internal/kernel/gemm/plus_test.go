package gemm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Plus adds another matrix as Add adds what C has been.
func TestPlusIsAddFromElsewhere(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(3, 4))
			for range 60 {
				m, n, k := 1+r.IntN(40), 1+r.IntN(80), 1+r.IntN(300)
				draw := func(n int) []float32 {
					s := make([]float32, n)
					for i := range s {
						s[i] = r.Float32()*2 - 1
					}
					return s
				}
				a, b, plus := draw(m*k), draw(k*n), draw(m*n)
				f := Finish[float32]{Alpha: []float32{1, 0.5}[r.IntN(2)], Add: true, Clamp: r.IntN(2) == 0, Lo: -1, Hi: 2}
				want := slices.Clone(plus)
				MulFinish(nil, m, n, k, Matrix(false, a, k), Matrix(false, b, n), want, n, f)
				f.Add, f.Plus = false, plus
				got := draw(m * n)
				MulFinish(par.New(2), m, n, k, Matrix(false, a, k), Matrix(false, b, n), got, n, f)
				if !slices.Equal(got, want) {
					t.Fatal(fmt.Sprint(m, n, k, ": got ", got, ", want ", want))
				}
			}
		})
	}
}
