package fft

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// definition is the transform as it is defined.
func definition(x []complex128) []complex128 {
	n := len(x)
	y := make([]complex128, n)
	for k := range y {
		for j, v := range x {
			s, c := math.Sincos(-2 * math.Pi * float64(j*k%n) / float64(n))
			y[k] += v * complex(c, s)
		}
	}
	return y
}

func TestTransformIsTheDefinitionAtAnyLength(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 25, 30, 31, 32, 37, 49, 60, 64, 74, 97, 100, 101, 128, 202, 400, 441, 512, 997, 1000, 1024} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			x := make([]complex128, n)
			for i := range x {
				x[i] = complex(r.NormFloat64(), r.NormFloat64())
			}
			p := NewPlan(n, make([]complex128, PlanLen(n)))
			y := append([]complex128(nil), x...)
			work := make([]complex128, WorkLen(n))
			p.Transform(y, work)
			for i, want := range definition(x) {
				if d := cmplx.Abs(y[i] - want); d > 1e-11*math.Sqrt(float64(n)) {
					t.Fatalf("element %d: got %v, want %v", i, y[i], want)
				}
			}
			p.Inverse(y, work)
			for i := range y {
				if d := cmplx.Abs(y[i]/complex(float64(n), 0) - x[i]); d > 1e-13 {
					t.Fatalf("element %d comes back as %v, was %v", i, y[i]/complex(float64(n), 0), x[i])
				}
			}
		})
	}
}
