package reduce

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/tensor"
)

// groups returns the elements that belong to each result, in the order of the
// array.
func groups(shape []int, reduced []bool) [][]int {
	n, results := 1, 1
	for i, d := range shape {
		n *= d
		if !reduced[i] {
			results *= d
		}
	}
	g := make([][]int, results)
	for i := range n {
		at, stride, rest := 0, 1, i
		for k := len(shape) - 1; k >= 0; k-- {
			if !reduced[k] {
				at += rest % shape[k] * stride
				stride *= shape[k]
			}
			rest /= shape[k]
		}
		g[at] = append(g[at], i)
	}
	return g
}

func TestReductionsOfAnyAxes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		rank := r.IntN(6)
		shape, reduced := make([]int, rank), make([]bool, rank)
		n := 1
		for i := range shape {
			shape[i] = []int{1, 2, 3, 4, 7}[r.IntN(5)]
			if r.IntN(40) == 0 {
				shape[i] = 0
			}
			reduced[i] = r.IntN(2) == 0
			n *= shape[i]
		}
		x := make([]int32, n)
		f := make([]float32, n)
		for i := range x {
			x[i] = int32(r.IntN(2000) - 1000)
			f[i] = float32(x[i])
		}
		l := NewLayout(shape, reduced)
		want := groups(shape, reduced)
		sum, top, low := make([]int32, len(want)), make([]int32, len(want)), make([]float32, len(want))
		s, m, h := SumInt[int32](), Max[int32](), Min[float32]()
		s.Reduce(nil, sum, x, l)
		m.Reduce(par.New(3), top, x, l)
		h.Reduce(nil, low, f, l)
		for i, g := range want {
			ws, wm, wl := int32(0), int32(math.MinInt32), float32(math.Inf(1))
			for _, j := range g {
				ws, wm, wl = ws+x[j], max(wm, x[j]), min(wl, f[j])
			}
			if sum[i] != ws || top[i] != wm || low[i] != wl {
				t.Fatalf("%v along %v, result %d: got sum %d max %d min %v, want %d %d %v", shape, reduced, i, sum[i], top[i], low[i], ws, wm, wl)
			}
		}
	}
}

func TestLargeReductionsInPartsAndThreads(t *testing.T) {
	for _, c := range []struct {
		shape   []int
		reduced []bool
	}{
		{[]int{300_000}, []bool{true}},
		{[]int{3, 100_000}, []bool{false, true}},
		{[]int{100_000, 3}, []bool{true, false}},
		{[]int{40, 3, 5000}, []bool{true, false, true}},
		{[]int{2, 70_000, 3}, []bool{false, true, false}},
		{[]int{150, 2000}, []bool{true, false}},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			want := groups(c.shape, c.reduced)
			n := 0
			for _, g := range want {
				n += len(g)
			}
			r := rand.New(rand.NewPCG(9, 10))
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(r.NormFloat64()) + 100
			}
			l := NewLayout(c.shape, c.reduced)
			op := Sum32()
			one, four := make([]float32, len(want)), make([]float32, len(want))
			op.Reduce(nil, one, x, l)
			op.Reduce(par.New(4), four, x, l)
			if !slices.Equal(one, four) {
				t.Error("another number of threads gives other bits")
			}
			for i, g := range want {
				s := 0.0
				for _, j := range g {
					s += float64(x[j])
				}
				if math.Abs(s-float64(one[i])) > 1e-7*s {
					t.Errorf("result %d: got %v, want %v", i, one[i], s)
				}
			}
		})
	}
}

func TestSumsDoNotLoseSmallTerms(t *testing.T) {
	const n = 1 << 20
	x := make([]float32, n)
	for i := range x {
		x[i] = 0.1
	}
	x[0] = 1 << 24
	var y [1]float32
	op := Sum32()
	op.Reduce(nil, y[:], x, NewLayout([]int{n}, []bool{true}))
	if want := float32(1<<24 + float64(float32(0.1))*(n-1)); y[0] != want {
		t.Errorf("got %v, want %v", y[0], want)
	}

	d := make([]float64, n)
	for i := range d {
		d[i] = 0.1
	}
	d[0], d[n-1] = 1e17, -1e17
	var z [1]float64
	op64 := Sum64()
	op64.Reduce(nil, z[:], d, NewLayout([]int{n}, []bool{true}))
	if want := 0.1 * (n - 2); math.Abs(z[0]-want) > 1e-9*want {
		t.Errorf("float64: got %v, want %v", z[0], want)
	}
}

func TestSumsOfInfinities(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{[]float64{1, inf, 2}, inf},
		{[]float64{-inf, 5}, -inf},
		{[]float64{inf, -inf}, math.NaN()},
		{[]float64{1e308, 1e308}, inf},
	} {
		var y [1]float64
		op := Sum64()
		op.Reduce(nil, y[:], c.x, NewLayout([]int{len(c.x)}, []bool{true}))
		if y[0] != c.want && !(math.IsNaN(y[0]) && math.IsNaN(c.want)) {
			t.Errorf("sum of %v: got %v, want %v", c.x, y[0], c.want)
		}
	}
}

func TestLogSumExpNeitherOverflowsNorForgetsNaN(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{[]float64{1000, 1000}, 1000 + math.Ln2},
		{[]float64{-1000, -1000, -1000}, -1000 + math.Log(3)},
		{[]float64{0, 1, 2}, math.Log(1 + math.E + math.E*math.E)},
		{[]float64{2, 1, 0}, math.Log(1 + math.E + math.E*math.E)},
		{[]float64{-inf, -inf}, -inf},
		{[]float64{-inf, 3}, 3},
		{[]float64{inf, 3}, inf},
		{[]float64{nan, inf}, nan},
		{[]float64{inf, nan, 3}, nan},
		{[]float64{3, nan}, nan},
		{nil, -inf},
	} {
		op := LogSumExp[float64]()
		var row, col [1]float64
		op.Reduce(nil, row[:], c.x, NewLayout([]int{len(c.x)}, []bool{true}))
		// The same as a column: every element is folded by itself.
		two := make([]float64, 0, 2*len(c.x))
		for _, v := range c.x {
			two = append(two, v, 0)
		}
		both := make([]float64, 2)
		op.Reduce(nil, both, two, NewLayout([]int{len(c.x), 2}, []bool{true, false}))
		col[0] = both[0]
		for _, got := range []float64{row[0], col[0]} {
			if !(math.Abs(got-c.want) <= 1e-12*math.Abs(c.want) || got == c.want || math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("%v: got %v, want %v", c.x, got, c.want)
			}
		}
	}
}

func TestHalfReductionsAccumulateInFloat32(t *testing.T) {
	const n = 5000
	x := make([]tensor.Float16, n)
	for i := range x {
		x[i] = tensor.ToFloat16(0.5)
	}
	var y [1]tensor.Float16
	op := Half[tensor.Float16](Sum32())
	op.Reduce(nil, y[:], x, NewLayout([]int{n}, []bool{true}))
	if got := y[0].Float32(); got != n/2 {
		t.Errorf("got %v, want %v", got, n/2)
	}
	z := make([]tensor.Float16, n)
	one := Half[tensor.Float16](L1Norm32())
	one.Reduce(nil, z, x, NewLayout([]int{2, n / 4, 2}, []bool{false, false, false}))
	if !slices.Equal(z, x) {
		t.Error("reducing nothing changes elements")
	}
}

func TestArgOfEqualsAndNaN(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		x                               []float32
		max, maxLast, minFirst, minLast int64
	}{
		{[]float32{1, 3, 3, 0, 0}, 1, 2, 3, 4},
		{[]float32{2, 2, 2}, 0, 2, 0, 2},
		{[]float32{1, nan, 5, nan}, 1, 3, 1, 3},
		{[]float32{nan, 1}, 0, 0, 0, 0},
		{[]float32{7}, 0, 0, 0, 0},
	} {
		// As a row, and as the second of three columns.
		cols := make([]float32, 3*len(c.x))
		for i, v := range c.x {
			cols[3*i+1] = v
		}
		for _, k := range []struct {
			name string
			f    func(*par.Pool, []int64, []float32, int, int, int, bool)
			last bool
			want int64
		}{
			{"max", ArgMax[float32], false, c.max}, {"last max", ArgMax[float32], true, c.maxLast},
			{"min", ArgMin[float32], false, c.minFirst}, {"last min", ArgMin[float32], true, c.minLast},
		} {
			var row [1]int64
			var col [3]int64
			k.f(nil, row[:], c.x, 1, len(c.x), 1, k.last)
			k.f(nil, col[:], cols, 1, len(c.x), 3, k.last)
			if row[0] != k.want || col[1] != k.want {
				t.Errorf("%s of %v: got %d, as a column %d, want %d", k.name, c.x, row[0], col[1], k.want)
			}
		}
	}
}

func TestScansInBothDirections(t *testing.T) {
	x := []int64{1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		s         Scan
		sum, prod []int64
	}{
		{Scan{Outer: 1, N: 6, Inner: 1}, []int64{1, 3, 6, 10, 15, 21}, []int64{1, 2, 6, 24, 120, 720}},
		{Scan{Outer: 2, N: 3, Inner: 1, Exclusive: true}, []int64{0, 1, 3, 0, 4, 9}, []int64{1, 1, 2, 1, 4, 20}},
		{Scan{Outer: 2, N: 3, Inner: 1, Reverse: true}, []int64{6, 5, 3, 15, 11, 6}, []int64{6, 6, 3, 120, 30, 6}},
		{Scan{Outer: 1, N: 3, Inner: 2, Reverse: true, Exclusive: true}, []int64{8, 10, 5, 6, 0, 0}, []int64{15, 24, 5, 6, 1, 1}},
		{Scan{Outer: 1, N: 3, Inner: 2}, []int64{1, 2, 4, 6, 9, 12}, []int64{1, 2, 3, 8, 15, 48}},
	} {
		y := slices.Clone(x)
		CumSum[int64, int64](par.New(2), y, y, c.s)
		if !slices.Equal(y, c.sum) {
			t.Errorf("%+v: sums %v, want %v", c.s, y, c.sum)
		}
		CumProd[int64, int64](nil, y, x, c.s)
		if !slices.Equal(y, c.prod) {
			t.Errorf("%+v: products %v, want %v", c.s, y, c.prod)
		}
	}
}
