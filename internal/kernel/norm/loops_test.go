package norm

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

// sizes end on every part of a vector, and run through every loop.
var sizes = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 31, 32, 33, 47, 63, 64, 65, 100, 127, 130, 200, 1000, 1024}

// eachLevel runs f with the loops of every level that the machine has.
func eachLevel(t *testing.T, f func(t *testing.T)) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			f(t)
		})
	}
}

// guarded returns a copy of x with elements behind it that nobody may touch,
// and a function that checks them.
func guarded(t *testing.T, x []float32) ([]float32, func(what string)) {
	const guard = 12345
	g := append(append([]float32(nil), x...), make([]float32, 32)...)
	for i := len(x); i < len(g); i++ {
		g[i] = guard
	}
	return g[:len(x)], func(what string) {
		t.Helper()
		for i, v := range g[len(x):] {
			if v != guard {
				t.Errorf("%s: %d elements, wrote element %d", what, len(x), len(x)+i)
			}
		}
	}
}

func random(r *rand.Rand, n int, mean, std float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(mean + std*r.NormFloat64())
	}
	return x
}

func wantNear(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	const negligible = 1e-40 // beside the exponential of 0, which is in every sum
	if d := math.Abs(got - want); !(d <= tolerance*math.Abs(want)+negligible) && got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestSumsEqualThoseInGo(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(1))
		for _, n := range sizes {
			x := random(r, n, 100, 1)
			s, q := distances(x, 99)
			ws, wq := distancesGo(x, 99)
			wantNear(t, fmt.Sprint("distances of ", n), s, ws, 1e-13)
			wantNear(t, fmt.Sprint("squared distances of ", n), q, wq, 1e-13)
			wantNear(t, fmt.Sprint("squares of ", n), squares(x), squaresGo(x), 1e-13)
			if n > 0 {
				m := 101 + float64(maximum(x))
				less, want := expSums(x, m), expSumsGo(x, m)
				wantNear(t, fmt.Sprint("exponentials of ", n), less.less, want.less, 0x1p-27)
			}
		}
	})
}

func TestMaximumEqualsThatInGo(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(2))
		for _, n := range sizes {
			x := random(r, n, -1000, 1)
			for _, v := range []float32{-1, nan, inf, -inf} {
				for at := range n {
					old := x[at]
					x[at] = v
					if got, want := maximum(x), maximumGo(x); got != want {
						t.Fatalf("%d elements with %v at %d: %v, want %v", n, v, at, got, want)
					}
					x[at] = old
				}
			}
			for i := range x {
				x[i] = nan
			}
			if got := maximum(x); got != -inf {
				t.Errorf("%d NaN: %v", n, got)
			}
		}
	})
}

func TestApplyingEqualsThatInGo(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(3))
		for _, n := range sizes {
			x, a, b := random(r, n, 1e4, 1e-2), random(r, n, 1, 1), random(r, n, 0, 1)
			mean, scale, shift := make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range mean {
				mean[i], scale[i], shift[i] = 1e4+r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
			}
			s := stat{1e4, 1e-9, 98.7}
			for _, c := range []struct {
				name string
				asm  func(y, x []float32)
				plan func(y, x []float32)
			}{
				{"affine1", func(y, x []float32) { affine1(y, x, 1e4, 1e-9, 98.7, 0.5) },
					func(y, x []float32) { affine1Go(y, x, 1e4, 1e-9, 98.7, 0.5) }},
				{"affineN", func(y, x []float32) { affineN(y, x, mean, scale, shift) },
					func(y, x []float32) { affineNGo(y, x, mean, scale, shift) }},
				{"normA", func(y, x []float32) { normA(y, x, s, a) }, func(y, x []float32) { normAGo(y, x, s, a) }},
				{"normAB", func(y, x []float32) { normAB(y, x, s, a, b) }, func(y, x []float32) { normABGo(y, x, s, a, b) }},
			} {
				got, check := guarded(t, make([]float32, n))
				c.asm(got, x)
				check(c.name)
				want := make([]float32, n)
				c.plan(want, x)
				for i := range got {
					// Sums are rounded once in the one and twice in the other.
					if d := math.Abs(float64(got[i] - want[i])); d > 2e-7*(math.Abs(float64(want[i]))+1) {
						t.Fatalf("%s: element %d of %d is %v, want %v", c.name, i, n, got[i], want[i])
					}
				}
				in, check := guarded(t, x)
				c.asm(in, in)
				check(c.name + " in place")
				for i := range got {
					if in[i] != got[i] {
						t.Fatalf("%s in place: element %d of %d is %v, want %v", c.name, i, n, in[i], got[i])
					}
				}
			}
		}
	})
}

func TestExponentialsEqualThoseOfTheLibrary(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(4))
		for _, n := range sizes {
			for _, span := range []float64{1e-6, 1, 30, 200, 1e6} {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(7 - span*r.Float64())
				}
				const m = 7
				y, check := guarded(t, make([]float32, n))
				s := expTo(y, x, m)
				check("expTo")
				want := 0.0
				for i, v := range x {
					e := math.Exp(float64(v) - m)
					want += e
					if d := math.Abs(float64(y[i]) - e); d > 0x1.2p-24*e+0x1p-149 {
						t.Fatalf("e^%v is %v, want %v", float64(v)-m, y[i], e)
					}
				}
				wantNear(t, "sum", s, want, 0x1.2p-24)
			}
			// Elements that are the largest are counted, not summed.
			for at := range n {
				x := make([]float32, n)
				for i := range x {
					x[i] = -1
				}
				x[at], x[0] = 3, 3
				wantZeros := 2.0
				if at == 0 {
					wantZeros = 1
				}
				got := expSums(x, 3)
				if got.zeros != wantZeros {
					t.Fatalf("%d elements with the largest at 0 and %d: %v are", n, at, got.zeros)
				}
				wantNear(t, "sum of the others", got.less, (float64(n)-wantZeros)*math.Exp(-4), 0x1p-27)
				x[at] = nan
				if got := expSums(x, 3); !math.IsNaN(got.less) {
					t.Fatalf("%d elements with NaN at %d: sum %v", n, at, got.less)
				}
				if got := expTo(append([]float32(nil), x...), x, 3); !math.IsNaN(got) {
					t.Fatalf("%d elements with NaN at %d: sum %v", n, at, got)
				}
				x[at] = -inf
				y := make([]float32, n)
				if got := expTo(y, x, 3); y[at] != 0 || math.IsNaN(got) {
					t.Fatalf("%d elements with -∞ at %d: %v, sum %v", n, at, y[at], got)
				}
			}
		}
	})
}

func TestColumnsOfExponentialsEqualThoseInGo(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(5))
		for _, n := range sizes {
			x, y, yGo := random(r, n, 0, 10), make([]float32, n), make([]float32, n)
			largest := random(r, n, 0, 10)
			largestGo := append([]float32(nil), largest...)
			maximumN(largest, x)
			maximumNGo(largestGo, x)
			m := make([]float64, n)
			var sums, sumsGo [2][]float64
			for i := range sums {
				sums[i], sumsGo[i] = make([]float64, n), make([]float64, n)
			}
			for i, v := range largest {
				if v != largestGo[i] {
					t.Fatalf("maximum %d of %d: %v, want %v", i, n, v, largestGo[i])
				}
				m[i] = float64(v)
			}
			for range 2 {
				expN(y, x, m, sums[0], sums[1])
				expNGo(yGo, x, m, sumsGo[0], sumsGo[1])
			}
			for i := range y {
				wantNear(t, "exponential", float64(y[i]), float64(yGo[i]), 0x1p-23)
				wantNear(t, "sum", sums[0][i], sumsGo[0][i], 1e-9)
				wantNear(t, "count", sums[1][i], sumsGo[1][i], 0)
			}
		}
	})
}

func TestWritingPastTheCacheGivesTheSameBits(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		asm := assembled()
		if asm == nil {
			t.Skip("there is no assembly")
		}
		out := &rowsPast{asm}
		r := rand.New(rand.NewSource(6))
		for _, n := range append(sizes, 1500) {
			for off := range 17 {
				all := random(r, n+off, 3, 2)
				x, a, b := all[off:], random(r, n, 1, 1), random(r, n, 0, 1)
				for _, s := range []stat{{3, 1e-17, 0.5}, {0.01, 0, 0.5}, {3, 0, 1e30}} {
					for name, f := range map[string]func(y []float32, out *rowsPast){
						"affine1": func(y []float32, out *rowsPast) { apply(y, x, s, nil, nil, out) },
						"normA":   func(y []float32, out *rowsPast) { apply(y, x, s, a, nil, out) },
						"normAB":  func(y []float32, out *rowsPast) { apply(y, x, s, a, b, out) },
					} {
						want := make([]float32, n)
						f(want, nil)
						got, check := guarded(t, make([]float32, n+off))
						f(got[off:], out)
						out.fence()
						check(name)
						for i, w := range want {
							if got[off+i] != w {
								t.Fatalf("%s: element %d of %d from %d on is %v, want %v", name, i, n, off, got[off+i], w)
							}
						}
					}
				}
			}
		}
	})
}

func TestNormalizedRowsAreWithinTwoRoundings(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewSource(7))
		for _, c := range [][2]float64{{0, 1}, {0.1, 1}, {3, 1}, {-1e4, 0.1}, {1e6, 1}, {5, 1e-25}, {0, 1e30}, {1e-30, 1e-32}} {
			const n = 777
			x, y, one := random(r, n, c[0], c[1]), make([]float32, n), make([]float32, n)
			for i := range one {
				one[i] = 1
			}
			Normalize(nil, y, x, Rows[float32]{N: n, Center: true, Scale: one, Each: 1, Eps: 1e-70})
			mean, m2 := exact(x)
			for i, v := range x {
				want := (float64(v) - mean) / math.Sqrt(m2/n+1e-70)
				if d := math.Abs(float64(y[i]) - want); d > 0x1.2p-23*math.Abs(want)+0x1p-26 {
					t.Fatalf("mean %v, deviation %v: element %d is %v, want %v", c[0], c[1], i, y[i], want)
				}
			}
		}
	})
}
