package norm

import (
	"math"
	"math/rand"
	"testing"
)

// Of what is not a number, or infinite, the loops make the same as those in Go,
// and nothing of the others, wherever the rows start in memory. Loops with a
// factor in two parts meet no infinities: those have no finite statistics.
func TestSpecialNumbersEqualThoseInGo(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(8))
		for n := 1; n < 40; n++ {
			for off := range 4 {
				x, a, b := random(r, n+off, 5, 1)[off:], random(r, n+off, 1, 1)[off:], random(r, n+off, 0, 1)[off:]
				x[r.Intn(n)] = nan
				infinite := append([]float32(nil), x...)
				infinite[r.Intn(n)], infinite[r.Intn(n)] = inf, -inf
				s := stat{5, 1e-9, 0.75}
				for name, f := range map[string][2]func(y []float32){
					"affine1": {func(y []float32) { affine1(y, infinite, 5, 1e-9, 0.75, 0.5) }, func(y []float32) { affine1Go(y, infinite, 5, 1e-9, 0.75, 0.5) }},
					"normA":   {func(y []float32) { normA(y, x, s, a) }, func(y []float32) { normAGo(y, x, s, a) }},
					"normAB":  {func(y []float32) { normAB(y, x, s, a, b) }, func(y []float32) { normABGo(y, x, s, a, b) }},
					"scale":   {func(y []float32) { scale(y, x, 0.3) }, func(y []float32) { affine1Go(y, x, 0, 0, 0.3, 0) }},
				} {
					got, want := make([]float32, n+off)[off:], make([]float32, n)
					f[0](got)
					f[1](want)
					for i, w := range want {
						g := got[i]
						if d := math.Abs(float64(g - w)); !(d < 4e-6) && g != w && (g == g || w == w) {
							t.Fatalf("%s: element %d of %d from %d on is %v, want %v", name, i, n, off, g, w)
						}
					}
				}
				sum, square := distances(infinite, 5)
				wantSum, wantSquare := distancesGo(infinite, 5)
				wantNear(t, "distances", sum, wantSum, 1e-12)
				wantNear(t, "squared distances", square, wantSquare, 1e-12)
			}
		}
	})
}
