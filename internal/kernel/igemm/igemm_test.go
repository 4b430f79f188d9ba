package igemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/par"
)

// elem is a byte as the integer that it stands for.
func elem(b byte, signed bool) int32 {
	if signed {
		return int32(int8(b))
	}
	return int32(b)
}

func (m *Matrix) at(i, j int) int32 {
	if m.Trans {
		i, j = j, i
	}
	return elem(m.Data[i*m.Ld+j], m.Signed)
}

func zeroAt(z []int32, i int) int32 {
	switch len(z) {
	case 0:
		return 0
	case 1:
		return z[0]
	}
	return z[i]
}

// plain is the product as a loop.
func plain(p *Product) []int32 {
	out := make([]int32, p.M*p.N)
	for i := range p.M {
		for j := range p.N {
			var s int32
			for k := range p.K {
				s += (p.A.at(i, k) - zeroAt(p.AZeros, i)) * (p.B.at(k, j) - zeroAt(p.BZeros, j))
			}
			if out[i*p.N+j] = s; p.Bias != nil {
				out[i*p.N+j] += p.Bias[j]
			}
		}
	}
	return out
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		if b[i] = byte(r.Uint32()); r.IntN(4) == 0 {
			b[i] = []byte{0, 127, 128, 255}[r.IntN(4)]
		}
	}
	return b
}

func randomMatrix(r *rand.Rand, rows, cols int, signed, trans bool) Matrix {
	ld := cols
	if trans {
		ld, rows = rows, cols
	}
	return Matrix{Data: randomBytes(r, rows*ld), Signed: signed, Trans: trans, Ld: ld}
}

func randomZeros(r *rand.Rand, n int, signed bool) []int32 {
	z := make([]int32, n)
	for i := range z {
		z[i] = elem(byte(r.Uint32()), signed)
	}
	return z
}

func atLevels(t *testing.T, f func(t *testing.T)) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			f(t)
		})
	}
}

func compare(t *testing.T, what string, got, want []int32) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: element %d: got %d, want %d", what, i, got[i], want[i])
		}
	}
}

var sizes = [][3]int{
	{1, 1, 1}, {1, 5, 3}, {3, 1, 7}, {2, 2, 2}, {4, 4, 4}, {5, 6, 7}, {1, 33, 300}, {7, 1, 600}, {13, 17, 19}, {6, 16, 256}, {2, 3, 0},
	{12, 32, 257}, {25, 65, 40}, {1, 700, 20}, {145, 515, 9}, {64, 49, 576}, {2, 600, 513}, {29, 31, 1}, {13, 24, 1024}, {3, 64, 9000},
}

func TestProductsAreExact(t *testing.T) {
	pool := par.New(2)
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, s := range sizes {
			m, n, k := s[0], s[1], s[2]
			for kind := range 16 {
				signedA, signedB := kind&1 != 0, kind&2 != 0
				p := &Product{
					M: m, N: n, K: k,
					A: randomMatrix(r, m, k, signedA, kind&4 != 0),
					B: randomMatrix(r, k, n, signedB, kind&8 != 0),
				}
				switch r.IntN(3) {
				case 0:
					p.AZeros = randomZeros(r, 1, signedA)
				case 1:
					p.AZeros = randomZeros(r, m, signedA)
				}
				switch r.IntN(3) {
				case 0:
					p.BZeros = randomZeros(r, 1, signedB)
				case 1:
					p.BZeros = randomZeros(r, n, signedB)
				}
				if r.IntN(2) == 0 {
					p.Bias = randomZeros(r, n, true)
				}
				what := fmt.Sprintf("%v, kind %d, %d and %d zero points", s, kind, len(p.AZeros), len(p.BZeros))
				want := plain(p)
				for _, pool := range []*par.Pool{nil, pool} {
					got := make([]int32, m*n)
					p.Out = &Ints{C: got, Ld: n}
					p.Packed = nil
					p.Run(pool)
					compare(t, what, got, want)
					clear(got)
					p.Packed = PackB(k, n, p.B)
					p.Run(pool)
					compare(t, what+", packed", got, want)
				}
			}
		}
	})
}

func TestSumsWrapAround(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		k := 1 << 16
		a, b := make([]byte, k), make([]byte, k)
		for i := range a {
			a[i], b[i] = 255, 255
		}
		got := make([]int32, 1)
		p := &Product{M: 1, N: 1, K: k, A: Matrix{Data: a, Ld: k}, B: Matrix{Data: b, Ld: 1}, Out: &Ints{C: got, Ld: 1}}
		p.Run(nil)
		compare(t, "overflow", got, plain(p))
	})
}

func roundEven(v float32) int { return int(math.RoundToEven(float64(v))) }

func BenchmarkProduct(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{128, 3072, 768}, {128, 768, 3072}, {128, 768, 768}, {1, 3072, 768}, {64, 3136, 64}} {
		m, n, k := s[0], s[1], s[2]
		for _, signed := range []bool{false, true} {
			p := &Product{M: m, N: n, K: k, A: randomMatrix(r, m, k, signed, false), B: randomMatrix(r, k, n, true, false)}
			p.AZeros = []int32{3}
			p.Packed = PackB(k, n, p.B)
			y := make([]byte, m*n)
			p.Out = &Bytes{C: y, Ld: n, Multipliers: []float32{0.001}, Zero: 5, Hi: 255}
			for threads := 1; threads <= 2; threads++ {
				pool := par.New(threads)
				b.Run(fmt.Sprintf("%dx%dx%d/signed=%v/threads=%d", m, n, k, signed, threads), func(b *testing.B) {
					for b.Loop() {
						p.Run(pool)
					}
					b.ReportMetric(float64(2*m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GOP/s")
				})
			}
		}
	}
}
