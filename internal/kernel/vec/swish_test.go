package vec

import (
	"math"
	"testing"
)

// The swish that follows a convolution is as near as it says, at every CPU level.
func TestSwishNear(t *testing.T) {
	eachLevel(t, "swishNear", func(t *testing.T) {
		worst := 0.0
		sweep(func(x []float32) {
			y := make([]float32, len(x))
			SwishNear32(y, x)
			for i, v := range x {
				want := float64(v) / (1 + math.Exp(-float64(v)))
				d := math.Abs(float64(y[i]) - want)
				switch {
				case v != v:
					if y[i] == y[i] {
						t.Fatalf("of NaN: got %v", y[i])
					}
				case v < -86:
					if !(math.Abs(float64(y[i])) < 1e-34) {
						t.Fatalf("of %v: got %v, want 0", v, y[i])
					}
				case math.IsInf(float64(v), 1):
					if y[i] != v {
						t.Fatalf("of %v: got %v", v, y[i])
					}
				case math.Abs(want) < 0x1p-126:
				case !(d <= 0x1p-21*math.Abs(want)):
					t.Fatalf("of %v: got %v, want %v", v, y[i], want)
				default:
					if want != 0 {
						worst = max(worst, d/math.Abs(want))
					}
				}
			}
		})
		t.Logf("wrong by %.3g at most", worst)
	})
}

func BenchmarkSwish(b *testing.B) {
	x := make([]float32, 4096)
	for name, f := range map[string]func(dst, x []float32){"near": SwishNear32, "accurate": Swish32(1), "hard": HardSwish[float32]} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(x)))
			for b.Loop() {
				f(x, x)
			}
		})
	}
}
