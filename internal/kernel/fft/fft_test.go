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
	t.Run("float64", func(t *testing.T) { testTransform[float64](t, 0x1p-53) })
	t.Run("float32", func(t *testing.T) { testTransform[float32](t, 0x1p-24) })
}

func testTransform[T Float](t *testing.T, eps float64) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 25, 30, 31, 32, 37, 49, 60, 64, 74, 97, 100, 101, 128, 202, 400, 441, 512, 997, 1000, 1024} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			x := make([]complex128, n)
			y := Numbers(make([]T, 2*n))
			for i := range x {
				y[i] = Number[T]{T(r.NormFloat64()), T(r.NormFloat64())}
				x[i] = wide(y[i])
			}
			p := NewPlan(n, make([]Number[T], PlanLen(n)))
			work := make([]Number[T], WorkLen(n))
			bound := 10 * eps * math.Log2(float64(n)+1) // of the error in units of the norm
			p.Transform(y, work)
			for i, want := range definition(x) {
				if d := cmplx.Abs(wide(y[i]) - want); d > bound*math.Sqrt(float64(n))+1e-14*math.Sqrt(float64(n)) {
					t.Fatalf("element %d: got %v, want %v", i, y[i], want)
				}
			}
			p.Inverse(y, work)
			for i := range y {
				if d := cmplx.Abs(wide(y[i])/complex(float64(n), 0) - x[i]); d > 2*bound {
					t.Fatalf("element %d comes back as %v, was %v", i, wide(y[i])/complex(float64(n), 0), x[i])
				}
			}
		})
	}
}

func wide[T Float](z Number[T]) complex128 { return complex(float64(z.Re), float64(z.Im)) }
