package grid

import (
	"math"
	"math/rand/v2"
	"testing"
)

func noise(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = r.Float32()*2 - 1
	}
	return s
}

// The loops in assembly equal those in Go, for whole vectors and others.
func TestTapsEqualThoseInGo(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for n := range 100 {
		for _, taps := range []int{1, 2, 9, 30} {
			src, weights, offsets := noise(r, 2*n+64), noise(r, taps), make([]int, taps)
			for i := range offsets {
				offsets[i] = r.IntN(len(src) - n + 1)
			}
			got, want := noise(r, n), noise(r, n)
			sums(got, src, offsets, weights, 0.5, -0.75, 0.5)
			sumsGo(want, src, offsets, weights, 0.5, -0.75, 0.5)
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-5 {
					t.Fatalf("sum %d of %d over %d taps is %v, want %v", i, n, taps, got[i], want[i])
				}
			}
			src[n] = float32(math.NaN())
			src[n/2] = float32(math.Inf(-1))
			maxima(got, src, offsets)
			maximaGo(want, src, offsets)
			for i := range want {
				if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) {
					t.Fatalf("maximum %d of %d over %d taps is %v, want %v", i, n, taps, got[i], want[i])
				}
			}
			for stride := 1; stride < 4; stride++ {
				wide := noise(r, n*stride)
				Pick(got, wide, stride)
				for i := range got {
					if got[i] != wide[i*stride] {
						t.Fatalf("element %d of every %dth of %d is %v, want %v", i, stride, len(wide), got[i], wide[i*stride])
					}
				}
			}
		}
	}
}

func TestBoundsKeepNaN(t *testing.T) {
	nan := float32(math.NaN())
	dst := make([]float32, 8)
	sums(dst, []float32{nan, 9, -9, 0, 0, 0, 0, nan}, []int{0}, []float32{1}, 0, -1, 1)
	if dst[0] == dst[0] || dst[1] != 1 || dst[2] != -1 || dst[7] == dst[7] {
		t.Errorf("got %v, want NaN 1 -1 0 0 0 0 NaN", dst)
	}
}
