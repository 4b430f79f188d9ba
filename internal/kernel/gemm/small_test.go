package gemm

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

func TestMulColumnsEqualsThePlainLoopWhateverTheCuts(t *testing.T) {
	for _, level := range cpu.Levels() {
		defer cpu.Limit(level)()
		for _, c := range []struct{ m, n, k int }{{1, 1, 5}, {1, 96, 300}, {3, 70, 64}, {15, 33, 257}, {8, 5, 1}} {
			a, b, start := make([]float32, c.m*(c.k+2)), make([]float32, c.n*c.k), make([]float32, c.m*(c.n+3))
			for _, s := range [][]float32{a, b, start} {
				for i := range s {
					s[i] = float32(math.Sin(float64(i*i + len(s))))
				}
			}
			p := PackB(true, c.k, c.n, b, c.k)
			whole := append([]float32(nil), start...)
			p.MulColumns(c.m, a, c.k+2, 0, c.n, whole, c.n+3)
			for i := range c.m {
				for j := range c.n + 3 {
					if i == c.m-1 && j >= c.n {
						break
					}
					want := float64(start[i*(c.n+3)+j])
					for q := 0; q < c.k && j < c.n; q++ {
						want += float64(a[i*(c.k+2)+q]) * float64(b[j*c.k+q])
					}
					if got := whole[i*(c.n+3)+j]; math.Abs(float64(got)-want) > 1e-4 {
						t.Fatalf("%v %v: element %d, %d is %v, want %v", level, c, i, j, got, want)
					}
				}
			}
			cut := append([]float32(nil), start...)
			for j := 0; j < c.n; j += p.PanelWidth() {
				p.MulColumns(c.m, a, c.k+2, j, min(j+p.PanelWidth(), c.n), cut, c.n+3)
			}
			for i, v := range whole {
				if cut[i] != v {
					t.Fatalf("%v %v: element %d is %v in parts, %v at once", level, c, i, cut[i], v)
				}
			}
		}
	}
}
