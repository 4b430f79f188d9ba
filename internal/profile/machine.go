package profile

import (
	"math"
	"sync"
	"time"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/igemm"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/tensor"
)

// Machine is what this machine can do, measured with this program's own
// kernels on a number of threads.
type Machine struct {
	Threads int
	Vectors string // the instructions that kernels use
	// Rates are multiplications and additions per second of matrix products
	// that stay in the caches, by what is multiplied.
	Rates map[tensor.DType]float64
	// Copies are bytes read and written per second by a copy, by ascending
	// numbers of bytes that it reads and writes.
	Copies []Copy
}

// Copy is a measured copy.
type Copy struct {
	Bytes float64 // read and written
	Rate  float64 // per second
}

var (
	measuring sync.Mutex
	measured  = map[int]*Machine{}
)

// Measure returns what the machine can do on a number of threads (0:
// GOMAXPROCS). It takes a fifth of a second, and nothing when it is asked again.
func Measure(threads int) *Machine {
	measuring.Lock()
	defer measuring.Unlock()
	pool := par.New(threads)
	if m := measured[pool.Threads()]; m != nil {
		return m
	}
	m := &Machine{Threads: pool.Threads(), Vectors: cpu.Active().String(), Rates: map[tensor.DType]float64{}}
	m.Rates[tensor.F32] = productRate[float32](pool)
	m.Rates[tensor.F64] = productRate[float64](pool)
	m.Rates[tensor.I8] = byteRate(pool)
	m.Copies = copyRates(pool)
	measured[pool.Threads()] = m
	return m
}

// best returns the shortest time of f in as many calls as take the given time,
// at least three.
func best(span time.Duration, f func()) time.Duration {
	least := time.Duration(math.MaxInt64)
	start := time.Now()
	for i := 0; i < 3 || time.Since(start) < span; i++ {
		t := time.Now()
		f()
		least = min(least, time.Since(t))
	}
	return max(least, 1)
}

// productRate multiplies matrices of which both operands are packed, so that
// hardly anything but the innermost loop is measured.
func productRate[T float32 | float64](pool *par.Pool) float64 {
	const m, n, k = 384, 384, 256
	a, b, c := make([]T, m*k), make([]T, k*n), make([]T, m*n)
	for i := range a {
		a[i] = T(i%7) - 3
	}
	for i := range b {
		b[i] = T(i%5) - 2
	}
	x, y := gemm.PackA(false, m, k, a, k).Operand(), gemm.PackB(false, k, n, b, n).Operand()
	t := best(25*time.Millisecond, func() { gemm.Mul(pool, m, n, k, 1, x, y, 0, c, n) })
	return 2 * m * n * k / t.Seconds()
}

// byteRate multiplies matrices of bytes.
func byteRate(pool *par.Pool) float64 {
	const m, n, k = 384, 384, 512
	a, b := make([]byte, m*k), make([]byte, k*n)
	for i := range a {
		a[i] = byte(i % 7)
	}
	for i := range b {
		b[i] = byte(i % 5)
	}
	p := igemm.Product{
		M: m, N: n, K: k, A: igemm.Matrix{Data: a, Ld: k},
		Packed: igemm.PackB(k, n, igemm.Matrix{Data: b, Signed: true, Ld: n}),
		Out:    &igemm.Ints{C: make([]int32, m*n), Ld: n},
	}
	t := best(25*time.Millisecond, func() { p.Run(pool) })
	return 2 * m * n * k / t.Seconds()
}

// copyRates copies from one slice to another, in sizes that fit the caches and
// one that fits none.
func copyRates(pool *par.Pool) []Copy {
	const most = 64 << 20
	src, dst := make([]byte, most), make([]byte, most)
	pool.For(most, 1<<20, func(lo, hi int) {
		for i := lo; i < hi; i += 4096 { // touch every page
			src[i], dst[i] = 1, 1
		}
	})
	var l []Copy
	for _, n := range []int{8 << 10, 64 << 10, 512 << 10, 4 << 20, most} {
		s, d := src[:n], dst[:n]
		repeat := max(1, 1<<18/n) // so that the clock does not count
		one := best(5*time.Millisecond, func() {
			for range repeat {
				copy(d, s)
			}
		})
		if pool.Threads() > 1 {
			one = min(one, best(5*time.Millisecond, func() {
				for range repeat {
					pool.For(n, 32<<10, func(lo, hi int) { copy(d[lo:hi], s[lo:hi]) })
				}
			}))
		}
		l = append(l, Copy{Bytes: float64(2 * n), Rate: float64(2*n*repeat) / one.Seconds()})
	}
	return l
}

// copyRate returns the rate of a copy that reads and writes so many bytes, on
// the line between the measured ones.
func (m *Machine) copyRate(bytes float64) float64 {
	if len(m.Copies) == 0 {
		return 0
	}
	last := m.Copies[0]
	for _, c := range m.Copies {
		if bytes <= c.Bytes {
			if c == last {
				return c.Rate
			}
			at := math.Log(bytes/last.Bytes) / math.Log(c.Bytes/last.Bytes)
			return last.Rate + at*(c.Rate-last.Rate)
		}
		last = c
	}
	return last.Rate
}

// Memory is the rate of copies that no cache holds.
func (m *Machine) Memory() float64 {
	if len(m.Copies) == 0 {
		return 0
	}
	return m.Copies[len(m.Copies)-1].Rate
}

// bounds returns the seconds that the products of a call take at least on the
// machine, 0 where that is not known, and the bytes.
func (m *Machine) bounds(c Cost) (products, bytes float64) {
	if r := m.Rates[c.Elem]; r > 0 {
		products = c.Ops / r
	}
	if r := m.copyRate(c.Bytes); r > 0 {
		bytes = c.Bytes / r
	}
	return products, bytes
}
