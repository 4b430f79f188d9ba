package norm

import (
	"math"
	"math/rand"
	"testing"
)

// Rows of all lengths and numbers, some of which are beyond what assembly takes,
// are the quotients of the formula.
func TestSoftmaxOfRows(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(9))
		for _, n := range sizes {
			if n == 0 {
				continue
			}
			for _, rows := range []int{1, 2, 7, 8, 9, 21} {
				x := random(r, rows*n, 0, 3)
				for i := range rows {
					row := x[i*n : (i+1)*n]
					switch r.Intn(12) {
					case 0:
						row[r.Intn(n)] = nan
					case 1:
						row[r.Intn(n)] = inf
					case 2:
						row[r.Intn(n)] = -inf
					case 3:
						row[r.Intn(n)] = -1e20
					case 4:
						for j := range row {
							row[j] = -inf
						}
					case 5:
						for j := range row {
							row[j] += 1e6
						}
					case 6:
						for j := range row {
							row[j] = row[j]*20 - 30000
						}
					}
				}
				got, check := guarded(t, x)
				Softmax[float32, float32](nil, got, got, rows, n, 1)
				check("softmax")
				for i := range rows {
					in, m, sum := x[i*n:(i+1)*n], math.Inf(-1), 0.0
					for _, v := range in {
						m = math.Max(m, float64(v))
					}
					for _, v := range in {
						sum += math.Exp(float64(v) - m)
					}
					for j, v := range in {
						want := math.Exp(float64(v)-m) / sum
						wantNear(t, "softmax", float64(got[i*n+j]), want, 0x1p-22) // two units in the last place
					}
				}
			}
		}
	})
}
