package norm

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/tensor"
)

// exact returns the mean and the sum of squared distances, added in twice the
// precision of float64.
func exact[T float32 | float64](x []T) (mean, m2 float64) {
	var s, slow float64
	for _, v := range x {
		var e float64
		s, e = twoSum(s, float64(v))
		slow += e
	}
	n := float64(len(x))
	mean = (s + slow) / n
	// What mean·n lacks of the sum.
	low := (math.FMA(-mean, n, s) + slow) / n
	var q, qlow float64
	for _, v := range x {
		d := (float64(v) - mean) - low
		var e float64
		q, e = twoSum(q, d*d)
		qlow += e
	}
	return mean, q + qlow
}

// rows are data on which naive statistics lose their digits.
func rows[T float32 | float64](n int) map[string][]T {
	r := rand.New(rand.NewSource(int64(n)))
	make1 := func(f func(i int) float64) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(f(i))
		}
		return x
	}
	return map[string][]T{
		"normal":         make1(func(int) float64 { return r.NormFloat64() }),
		"mean 1e4":       make1(func(int) float64 { return 1e4 + 1e-2*r.NormFloat64() }),
		"mean -1e6":      make1(func(int) float64 { return -1e6 + r.NormFloat64() }),
		"denormal":       make1(func(int) float64 { return 1e-42 * r.Float64() }),
		"large":          make1(func(int) float64 { return 1e37 * r.NormFloat64() }),
		"zero":           make1(func(i int) float64 { return 0 }),
		"outlier":        make1(func(i int) float64 { return pick(i == 0, 1e15, r.NormFloat64()) }),
		"late outlier":   make1(func(i int) float64 { return pick(i == n-1, 1e15, r.NormFloat64()) }),
		"drifting":       make1(func(i int) float64 { return float64(i) + r.NormFloat64() }),
		"constant":       make1(func(int) float64 { return 0.1 }),
		"two values":     make1(func(i int) float64 { return float64(i&1) + 1e3 }),
		"sample differs": make1(func(i int) float64 { return pick(i%block < sample, 1e8, 1) }),
	}
}

func pick(c bool, a, b float64) float64 {
	if c {
		return a
	}
	return b
}

func TestMomentsDoNotLoseDigitsWithLengthOrMean(t *testing.T) {
	for _, n := range []int{1, 2, 3, 63, 64, 65, 1000, 1024, 1025, 5000, 100_003, 1_000_000} {
		if testing.Short() && n > 10_000 {
			continue
		}
		for name, x := range rows[float32](n) {
			checkMoments(t, fmt.Sprintf("float32 %s %d", name, n), x, RowMoments[float32, float32](x))
		}
		for name, x := range rows[float64](n) {
			checkMoments(t, fmt.Sprintf("float64 %s %d", name, n), x, RowMoments[float64, float64](x))
		}
	}
}

func checkMoments[T float32 | float64](t *testing.T, what string, x []T, got Moments) {
	t.Helper()
	mean, m2 := exact(x)
	biggest := 0.0
	for _, v := range x {
		biggest = max(biggest, math.Abs(float64(v)))
	}
	const u = 0x1p-53
	if d := math.Abs(got.Mean - mean); d > 16*u*biggest {
		t.Errorf("%s: mean %v, want %v: off by %v u of the largest element", what, got.Mean, mean, d/u/biggest)
	}
	// Where the spread is near the last place of float64 itself.
	floor := float64(len(x)) * (4 * u * biggest) * (4 * u * biggest)
	if d := math.Abs(got.M2 - m2); d > 0x1p-40*m2+floor {
		t.Errorf("%s: M2 %v, want %v: relative error %v", what, got.M2, m2, d/m2)
	}
}

func TestConstantRowsHaveNoVariance(t *testing.T) {
	for _, n := range []int{1, 7, 1024, 3000, 100_000} {
		x := make([]float32, n)
		for i := range x {
			x[i] = 12345.678
		}
		if m := RowMoments[float32, float32](x); m.M2 != 0 || m.Mean != float64(x[0]) {
			t.Errorf("%d equal elements: %+v", n, m)
		}
	}
}

func TestHalfRowsHaveTheMomentsOfTheirValues(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, n := range []int{1, 100, 1024, 2500} {
		h, b := make([]tensor.Float16, n), make([]tensor.BFloat16, n)
		hw, bw := make([]float32, n), make([]float32, n)
		for i := range h {
			h[i], b[i] = tensor.ToFloat16(r.Float32()*100), tensor.ToBFloat16(r.Float32()*100)
			hw[i], bw[i] = h[i].Float32(), b[i].Float32()
		}
		if got, want := RowMoments[tensor.Float16, float32](h), RowMoments[float32, float32](hw); got != want {
			t.Errorf("float16: %v, want %v", got, want)
		}
		if got, want := RowMoments[tensor.BFloat16, float32](b), RowMoments[float32, float32](bw); got != want {
			t.Errorf("bfloat16: %v, want %v", got, want)
		}
	}
}

func TestGroupMomentsOfAllLayouts(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for _, c := range []struct {
		dims    []int
		reduced []bool
	}{
		{[]int{4, 3, 50}, []bool{true, false, true}},
		{[]int{4, 3, 1}, []bool{true, false, true}},
		{[]int{700, 3, 2}, []bool{true, false, true}},
		{[]int{2, 3, 5000}, []bool{true, false, true}},
		{[]int{3000, 70}, []bool{true, false}},
		{[]int{5, 70}, []bool{false, true}},
		{[]int{3, 4, 5, 6}, []bool{true, false, true, false}},
		{[]int{3, 4, 5, 6}, []bool{false, true, false, true}},
		{[]int{3, 4, 1, 6}, []bool{true, true, false, false}},
		{[]int{3, 4}, []bool{false, false}},
		{[]int{3, 4}, []bool{true, true}},
		{[]int{1, 1}, []bool{true, false}},
		{[]int{}, []bool{}},
		{[]int{2, 0, 3}, []bool{true, false, true}},
	} {
		n := 1
		for _, d := range c.dims {
			n *= d
		}
		x := make([]float32, n)
		for i := range x {
			x[i] = 100 + r.Float32()
		}
		// The plain way: collect the elements of each group.
		groups := [][]float32{}
		index := map[int]int{}
		key := func(i int) int {
			k, m := 0, 1
			for d := len(c.dims) - 1; d >= 0; d-- {
				if !c.reduced[d] {
					k += i % c.dims[d] * m
					m *= c.dims[d]
				}
				i /= c.dims[d]
			}
			return k
		}
		for i, v := range x {
			k := key(i)
			for len(groups) <= k {
				groups = append(groups, nil)
			}
			groups[k] = append(groups[k], v)
			index[i] = k
		}
		var first []float64
		for _, threads := range []int{1, 4} {
			g := GroupsOf(c.dims, c.reduced)
			if g.Len() != len(groups) {
				t.Fatalf("%v %v: %d groups, want %d", c.dims, c.reduced, g.Len(), len(groups))
			}
			mean, variance := make([]float64, g.Len()), make([]float64, g.Len())
			GroupMoments[float32, float32](par.New(threads), x, &g, mean, variance)
			if all := append(append([]float64(nil), mean...), variance...); threads == 1 {
				first = all
			} else if !slices.Equal(all, first) {
				t.Errorf("%v %v: %d threads compute other bits than one", c.dims, c.reduced, threads)
			}
			scale := make([]float64, g.Len())
			for k := range mean {
				m, m2 := exact(groups[k])
				v := m2 / float64(len(groups[k]))
				if math.Abs(mean[k]-m) > 1e-13*m || math.Abs(variance[k]-v) > 1e-12*v {
					t.Errorf("%v %v group %d: %v, %v, want %v, %v", c.dims, c.reduced, k, mean[k], variance[k], m, v)
				}
				scale[k] = float64(k + 1)
			}
			y := make([]float32, n)
			Standardize[float32, float32](par.New(threads), y, x, &g, mean, scale)
			for i := range y {
				k := index[i]
				want := (float64(x[i]) - mean[k]) * scale[k]
				if math.Abs(float64(y[i])-want) > 1e-6*math.Abs(want)+1e-12 {
					t.Fatalf("%v %v element %d: %v, want %v", c.dims, c.reduced, i, y[i], want)
				}
			}
		}
	}
}

func TestRowsAreTheSameForAnyNumberOfThreads(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	x := make([]float32, 3*100_001)
	for i := range x {
		x[i] = r.Float32()
	}
	one, many := make([]float32, len(x)), make([]float32, len(x))
	for _, n := range []int{100_001, 3 * 100_001, 33_333, 27} {
		rows := Rows[float32]{N: n, Eps: 1e-5, Center: true}
		m := len(x) / n * n
		Normalize(par.New(1), one[:m], x[:m], rows)
		Normalize(par.New(7), many[:m], x[:m], rows)
		for i := range one[:m] {
			if one[i] != many[i] {
				t.Fatalf("rows of %d: element %d is %v with one thread, %v with several", n, i, one[i], many[i])
			}
		}
		Softmax[float32, float32](par.New(1), one[:m], x[:m], m/n, n, 1)
		Softmax[float32, float32](par.New(7), many[:m], x[:m], m/n, n, 1)
		for i := range one[:m] {
			if one[i] != many[i] {
				t.Fatalf("softmax of %d: element %d is %v with one thread, %v with several", n, i, one[i], many[i])
			}
		}
	}
}

func TestResultsMayBeWrittenOverTheInput(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	p := par.New(3)
	for _, shape := range [][3]int{{3, 5, 7}, {40, 3000, 1}, {1, 70_000, 1}, {2, 1100, 3}, {5, 40, 33}} {
		outer, n, inner := shape[0], shape[1], shape[2]
		x := random(r, outer*n*inner, 3, 2)
		a, b := random(r, n*inner, 0, 1), random(r, n*inner, 0, 1)
		mean, scale := make([]float64, n), make([]float64, n)
		for i := range mean {
			mean[i], scale[i] = r.Float64(), r.Float64()
		}
		g := GroupsOf(shape[:], []bool{true, false, true})
		for name, f := range map[string]func(y, x []float32){
			"Normalize": func(y, x []float32) {
				Normalize(p, y, x, Rows[float32]{N: n * inner, Eps: 1, Center: true, Scale: a, Bias: b})
			},
			"RMS":         func(y, x []float32) { Normalize(p, y, x, Rows[float32]{N: n * inner, Eps: 1}) },
			"Channels":    func(y, x []float32) { Channels[float32, float32](p, y, x, inner, mean, scale, mean) },
			"Standardize": func(y, x []float32) { Standardize[float32, float32](p, y, x, &g, mean, scale) },
			"Softmax":     func(y, x []float32) { Softmax[float32, float32](p, y, x, outer, n, inner) },
			"LogSoftmax":  func(y, x []float32) { LogSoftmax[float32, float32](p, y, x, outer, n, inner) },
			"Hardmax":     func(y, x []float32) { Hardmax(p, y, x, outer, n, inner) },
			"Lp":          func(y, x []float32) { Lp[float32, float32](p, y, x, outer, n, inner, true) },
		} {
			want, got := make([]float32, len(x)), append([]float32(nil), x...)
			f(want, x)
			f(got, got)
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s %v: element %d is %v in place, %v elsewhere", name, shape, i, got[i], want[i])
					break
				}
			}
		}
	}
}
