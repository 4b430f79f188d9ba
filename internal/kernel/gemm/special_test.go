package gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

// NaN and infinities come out in the elements that they go into and in no
// others, wherever the matrices start in memory.
func TestSpecialNumbersStayInTheirRowsAndColumns(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(3, 4))
			for _, s := range [][3]int{{1, 37, 50}, {7, 33, 5}, {13, 17, 300}, {6, 16, 1}} {
				m, n, k := s[0], s[1], s[2]
				for off := range 4 {
					for _, transB := range []bool{false, true} {
						a, b := random[float32](r, m*k+off)[off:], random[float32](r, k*n+off)[off:]
						ldb, in := n, n-1
						if transB {
							ldb, in = k, (n-1)*k
						}
						for i := range b {
							b[i] = b[i]*b[i] + 1 // infinity times 0 would be NaN
						}
						a[(m-1)*k] = nan
						a[k-1] = -inf
						b[in] = nan
						c := make([]float32, m*n+off)[off:]
						F32(nil, false, transB, m, n, k, 1, a, k, b, ldb, 0, c, n)
						for i := range m {
							for j := range n {
								want := 0.0
								for p := range k {
									v := b[p*n+j:]
									if transB {
										v = b[j*k+p:]
									}
									want += float64(a[i*k+p]) * float64(v[0])
								}
								got := float64(c[i*n+j])
								if d := math.Abs(got - want); !(d < 1e-2) && got != want && (got == got || want == want) {
									t.Fatalf("%v, from element %d on, B transposed %v: C[%d][%d] is %v, want %v", s, off, transB, i, j, got, want)
								}
							}
						}
					}
				}
			}
		})
	}
}
