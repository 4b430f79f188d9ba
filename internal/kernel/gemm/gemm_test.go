package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/par"
)

// product64 is the plain loop: alpha·op(A)·op(B) + beta·C in float64.
func product64[T Number](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) []float64 {
	out := make([]float64, m*n)
	for i := range m {
		for j := range n {
			var s float64
			for p := range k {
				x, y := i*lda+p, p*ldb+j
				if transA {
					x = p*lda + i
				}
				if transB {
					y = j*ldb + p
				}
				s += float64(a[x]) * float64(b[y])
			}
			s *= float64(alpha)
			if beta != 0 {
				s += float64(beta) * float64(c[i*ldc+j])
			}
			out[i*n+j] = s
		}
	}
	return out
}

func random[T Number](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		switch p := any(&s[i]).(type) {
		case *float32:
			*p = r.Float32()*2 - 1
		case *float64:
			*p = r.Float64()*2 - 1
		default:
			s[i] = T(r.IntN(7))
		}
	}
	return s
}

var sizes = [][3]int{
	{1, 1, 1}, {1, 5, 3}, {3, 1, 7}, {2, 2, 2}, {4, 4, 4}, {5, 6, 7}, {1, 33, 300}, {7, 1, 600}, {13, 17, 19}, {6, 16, 256},
	{12, 32, 257}, {25, 65, 40}, {1, 700, 20}, {150, 70, 300}, {145, 515, 9}, {300, 3, 5}, {64, 49, 576}, {2, 600, 513}, {29, 31, 1}, {1, 130, 1000}, {1030, 1, 70}, {13, 24, 40}, {33, 64, 16},
}

func testMul[T Number](t *testing.T, tol float64) {
	r := rand.New(rand.NewPCG(1, 2))
	_, single := any(T(0)).(float32)
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		if !single && m*n*k > 1<<19 {
			continue
		}
		for mode := range 8 {
			transA, transB, withC := mode&1 != 0, mode&2 != 0, mode&4 != 0
			lda, ldb, ldc := k+3, n+1, n+2
			if transA {
				lda = m + 1
			}
			if transB {
				ldb = k + 2
			}
			alpha, beta := T(1), T(0)
			if withC {
				alpha, beta = 3, 2
			}
			// Memory ends with the last element.
			a, b := random[T](r, (m-1)*lda+k), random[T](r, (k-1)*ldb+n)
			if transA {
				a = random[T](r, (k-1)*lda+m)
			}
			if transB {
				b = random[T](r, (n-1)*ldb+k)
			}
			c0 := random[T](r, (m-1)*ldc+n)
			if !withC {
				for i := range c0 {
					c0[i] -= c0[i]
					if v, ok := any(&c0[i]).(*float32); ok {
						*v = float32(math.NaN()) // beta 0 must not read C
					}
				}
			}
			want := product64(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c0, ldc)
			ops := map[string][2]Operand[T]{
				"plain":   {Matrix(transA, a, lda), Matrix(transB, b, ldb)},
				"packedA": {PackA(transA, m, k, a, lda).Operand(), Matrix(transB, b, ldb)},
				"packedB": {Matrix(transA, a, lda), PackB(transB, k, n, b, ldb).Operand()},
			}
			for name, o := range ops {
				var first []T
				for _, threads := range []int{1, 3} {
					c := append([]T(nil), c0...)
					Mul(par.New(threads), m, n, k, alpha, o[0], o[1], beta, c, ldc)
					what := fmt.Sprintf("%T %dx%dx%d transA %v transB %v %s %d threads", c[0], m, n, k, transA, transB, name, threads)
					for i := range m {
						for j := range n {
							got, w := float64(c[i*ldc+j]), want[i*n+j]
							if !(math.Abs(got-w) <= tol*(math.Sqrt(float64(k))+1)) {
								t.Fatalf("%s: C[%d][%d] = %v, want %v", what, i, j, got, w)
							}
						}
						for j := n; j < ldc && i < m-1 && withC; j++ {
							if c[i*ldc+j] != c0[i*ldc+j] {
								t.Fatalf("%s: wrote beyond row %d", what, i)
							}
						}
					}
					if first == nil {
						first = c
					}
					for i := range m {
						for j := range n {
							if c[i*ldc+j] != first[i*ldc+j] {
								t.Fatalf("%s: C[%d][%d] = %v differs from %v", what, i, j, c[i*ldc+j], first[i*ldc+j])
							}
						}
					}
				}
			}
		}
	}
}

func TestMulEqualsThePlainLoop(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			testMul[float32](t, 5e-6)
			testMul[float64](t, 1e-14)
			testMul[int32](t, 0)
		})
	}
	testMul[uint64](t, 0)
	testMul[int8](t, math.Inf(1)) // wraps around; equal for any number of threads
}

func TestMulOverNoElementsLeavesBias(t *testing.T) {
	c := []float32{9, 9, 9, 9}
	F32(nil, false, false, 2, 2, 0, 1, nil, 0, nil, 2, 0, c, 2)
	if c[0] != 0 || c[3] != 0 {
		t.Fatalf("got %v, want zeros", c)
	}
	MulBias(nil, 2, 2, 0, 1, Matrix[float32](false, nil, 0), Matrix[float32](false, nil, 2), []float32{1, 2}, true, c, 2)
	if c[0] != 1 || c[1] != 2 || c[2] != 1 {
		t.Fatalf("got %v, want the bias", c)
	}
}

// Whatever is added and bounded is so once, for every form of the product.
func TestMulFinish(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			r := rand.New(rand.NewPCG(1, 2))
			for _, s := range [][3]int{{31, 70, 300}, {1, 9, 40}, {9, 1, 40}, {13, 33, 3}, {25, 12, 600}, {2, 3, 0}, {7, 64, 256}} {
				m, n, k := s[0], s[1], s[2]
				a, b := random[float32](r, m*k), random[float32](r, k*n)
				product := product64(false, false, m, n, k, 1, a, k, b, n, 0, nil, n)
				row, col, c0 := random[float32](r, m), random[float32](r, n), random[float32](r, m*n)
				for mode := range 16 {
					f := Finish[float32]{Alpha: 0.5, Add: mode&1 != 0}
					if mode&2 != 0 {
						f.RowBias = row
					}
					if mode&4 != 0 {
						f.ColBias = col
					}
					if mode&8 != 0 {
						f.Clamp, f.Lo, f.Hi = true, -0.25, 1
					}
					c := append([]float32(nil), c0...)
					MulFinish(par.New(2), m, n, k, Matrix(false, a, k), Matrix(false, b, n), c, n, f)
					for i := range m {
						for j := range n {
							w := 0.5 * product[i*n+j]
							if f.Add {
								w += float64(c0[i*n+j])
							}
							if f.RowBias != nil {
								w += float64(row[i])
							}
							if f.ColBias != nil {
								w += float64(col[j])
							}
							if f.Clamp {
								w = min(max(w, -0.25), 1)
							}
							if math.Abs(float64(c[i*n+j])-w) > 2e-5 {
								t.Fatalf("%v mode %d: C[%d][%d] = %v, want %v", s, mode, i, j, c[i*n+j], w)
							}
						}
					}
				}
			}
		})
	}
}

func TestClampKeepsNaN(t *testing.T) {
	nan := float32(math.NaN())
	for _, l := range cpu.Levels() {
		restore := cpu.Limit(l)
		c := make([]float32, 3*40)
		MulFinish(nil, 3, 40, 1, Matrix(false, []float32{nan, 1, -1}, 1), Matrix(false, random[float32](rand.New(rand.NewPCG(1, 2)), 40), 40), c, 40,
			Finish[float32]{Alpha: 1, Clamp: true, Lo: 0, Hi: 6})
		if c[0] == c[0] || c[39] == c[39] || c[40] != c[40] || c[41] < 0 || c[119] < 0 {
			t.Errorf("%v: got %v, want NaN in the first row only, and nothing below 0", l, c)
		}
		restore()
	}
}

// Every micro-kernel computes every number of rows over every stride as the
// plain loop does, and touches nothing beyond.
func TestTilesEqualThePlainLoop(t *testing.T) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			testTile[float32](t, 1e-5)
			testTile[float64](t, 1e-13)
			testTile[int32](t, 0)
		})
	}
}

func testTile[T Number](t *testing.T, tol float64) {
	r := rand.New(rand.NewPCG(1, 2))
	tile := tileFor[T]()
	for rows := 1; rows <= tile.mr; rows++ {
		for _, kc := range []int{1, 2, 3, 5, 8, 31} {
			for _, s := range [][2]int{{1, tile.mr}, {kc + 3, 1}, {2, 3 * tile.mr}} {
				ars, aps, bs, ldc := s[0], s[1], tile.nr+5, tile.nr+3
				a, b := random[T](r, (rows-1)*ars+(kc-1)*aps+1), random[T](r, (kc-1)*bs+tile.nr)
				for mode := range 16 {
					f := Finish[T]{Alpha: 2, Add: mode&1 != 0}
					if mode&2 != 0 {
						f.RowBias = random[T](r, rows)
					}
					if mode&4 != 0 {
						f.ColBias = random[T](r, tile.nr)
					}
					if mode&8 != 0 {
						f.Clamp, f.Lo, f.Hi = true, 0, 5
					}
					c := random[T](r, (rows+1)*ldc)
					want := make([]float64, len(c))
					for i, v := range c {
						want[i] = float64(v)
					}
					for i := range rows {
						for j := range tile.nr {
							sum := 0.0
							for p := range kc {
								sum += float64(a[i*ars+p*aps]) * float64(b[p*bs+j])
							}
							sum *= 2
							if f.Add {
								sum += float64(c[i*ldc+j])
							}
							if f.RowBias != nil {
								sum += float64(f.RowBias[i])
							}
							if f.ColBias != nil {
								sum += float64(f.ColBias[j])
							}
							if f.Clamp {
								sum = min(max(sum, 0), 5)
							}
							want[i*ldc+j] = sum
						}
					}
					tile.run(rows, kc, a, ars, aps, b, bs, c, ldc, &f)
					for i := range c {
						in := i/ldc < rows && i%ldc < tile.nr
						if d := math.Abs(float64(c[i]) - want[i]); d > tol*(1+math.Sqrt(float64(kc))) || !in && d != 0 {
							t.Fatalf("%T %d rows of k %d, strides %v, mode %d: element %d, %d is %v, want %v", c[0], rows, kc, s, mode, i/ldc, i%ldc, c[i], want[i])
						}
					}
				}
			}
		}
	}
}

func BenchmarkMul(b *testing.B) {
	for _, s := range [][3]int{{512, 512, 512}, {1, 1024, 1024}, {64, 3136, 576}, {128, 768, 768}} {
		m, n, k := s[0], s[1], s[2]
		r := rand.New(rand.NewPCG(1, 2))
		x, y := random[float32](r, m*k), random[float32](r, k*n)
		c := make([]float32, m*n)
		pa, pb := PackA(false, m, k, x, k).Operand(), PackB(false, k, n, y, n).Operand()
		pool := par.New(1)
		for name, o := range map[string][2]Operand[float32]{"plain": {Matrix(false, x, k), Matrix(false, y, n)}, "packedA": {pa, Matrix(false, y, n)}, "packedB": {Matrix(false, x, k), pb}} {
			b.Run(fmt.Sprintf("%dx%dx%d/%s", m, n, k, name), func(b *testing.B) {
				for b.Loop() {
					Mul(pool, m, n, k, 1, o[0], o[1], 0, c, n)
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

func TestBothSidesPacked(t *testing.T) {
	const m, n, k = 30, 70, 300
	a, b := make([]float32, m*k), make([]float32, k*n)
	for i := range a {
		a[i] = float32(i%17) - 8
	}
	for i := range b {
		b[i] = float32(i%13) - 6
	}
	want, got := make([]float32, m*n), make([]float32, m*n)
	Mul(nil, m, n, k, 1, Matrix(false, a, k), Matrix(false, b, n), 0, want, n)
	Mul(par.New(2), m, n, k, 1, PackA(false, m, k, a, k).Operand(), PackB(false, k, n, b, n).Operand(), 0, got, n)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("element %d: got %v, want %v", i, got[i], want[i])
		}
	}
}
