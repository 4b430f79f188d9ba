package gemm

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/par"
)

func TestProductsOfARowEqualThePlainLoopForAnyNumberOfThreads(t *testing.T) {
	for _, level := range cpu.Levels() {
		defer cpu.Limit(level)()
		for _, c := range [][2]int{{16, 8}, {17, 9}, {15, 300}, {700, 65}, {2000, 123}, {513, 8}} {
			n, k := c[0], c[1]
			ld := n + 3
			a, b, bias := make([]float32, k), make([]float32, (k-1)*ld+n), make([]float32, n)
			for _, s := range [][]float32{a, b, bias} {
				for i := range s {
					s[i] = float32(math.Sin(float64(i)*1.7 + float64(len(s))))
				}
			}
			var first []float32
			for threads := 1; threads <= 3; threads++ {
				y := make([]float32, n)
				MulFinish(par.New(threads), 1, n, k, Matrix(false, a, k), Matrix(false, b, ld), y, n,
					Finish[float32]{Alpha: 2, ColBias: bias, Clamp: true, Lo: -3, Hi: 3})
				if first == nil {
					first = y
				}
				for j, v := range y {
					want := float64(bias[j])
					for p := range a {
						want += 2 * float64(a[p]) * float64(b[p*ld+j])
					}
					want = min(max(want, -3), 3)
					if math.Abs(float64(v)-want) > 1e-4 {
						t.Fatalf("%v %v: element %d is %v, want %v", level, c, j, v, want)
					}
					if v != first[j] {
						t.Fatalf("%v %v: element %d is %v with %d threads, %v with one", level, c, j, v, threads, first[j])
					}
				}
			}
		}
	}
}
