package norm

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
)

// The innermost loops. The functions here choose between those in assembly,
// for float32, and those in Go, which say in loops_generic.go what each
// computes. Slices that belong together have at least the length of x.

// assembly are the loops in assembly for one level of instructions. They add
// in another order than those in Go and fuse multiplications with additions,
// but compute every element alike wherever it stands.
type assembly struct {
	distances func(x *float32, n int, pivot float64) (s, q float64)
	maximum   func(x *float32, n int) float32 // of at least 16 elements
	maximumN  func(m, x *float32, n int)      // for a multiple of 8 elements
	sums      func(x *float32, n int) (s, q float64)
	affine1   func(y, x *float32, n int, mean, a, b float64)
	affineN   func(y, x *float32, n int, mean, a, b *float64) // for a multiple of 8 elements
	normA     func(y, x *float32, n int, mean, inv, low, add float32, a *float32)
	normAB    func(y, x *float32, n int, mean, inv, low, add float32, a, b *float32)
	expTo     func(y, x *float32, n int, m float64) float64
	expN      func(y, x *float32, n int, m, less, zeros *float64) // for a multiple of 8 elements
	expSums   func(x *float32, n int, m float64) (less, zeros float64)

	// These are nil where they would not be faster. They are for shifts within
	// maxShift of 0.
	expTo32   func(y, x *float32, n int, f float64, least, k float32) float64
	expSums32 func(x *float32, n int, f float64, least, k, m float32) (less float64, zeros int)
	scale     func(y, x *float32, n int, a, low float32)
	softmax   func(y, x *float32, rows, n, group int) (done int) // nil where Go puts it together

	// These write past the cache, whole vectors of float32s at multiples of
	// align bytes.
	affine1Stream func(y, x *float32, n int, mean, a, b float64)
	normAStream   func(y, x *float32, n int, mean, inv, low, add float32, a *float32)
	normABStream  func(y, x *float32, n int, mean, inv, low, add float32, a, b *float32)
	align         int
	fence         func()
}

// vectors returns x as float32s and the assembly for it, nil where Go serves.
func vectors[W Float](x []W) ([]float32, *assembly) {
	if x, ok := any(x).([]float32); ok && len(x) >= 4 {
		return x, assembled()
	}
	return nil, nil
}

// anyVectors is vectors for loops that do not round as those in Go do, so that
// the result must not depend on how much there is.
func anyVectors[W Float](x []W) ([]float32, *assembly) {
	if x, ok := any(x).([]float32); ok && len(x) > 0 {
		return x, assembled()
	}
	return nil, nil
}

// f32 returns the address of the first of n elements that are known to be
// float32s.
func f32[W Float](x []W, n int) *float32 { return &any(x[:n]).([]float32)[0] }

// stat is what the elements of a row are normalized with.
type stat struct {
	mean, low float64 // their sum is subtracted
	inv       float64
}

func distances[W Float](x []W, pivot float64) (s, q float64) {
	if x, asm := vectors(x); asm != nil {
		return asm.distances(&x[0], len(x), pivot)
	}
	return distancesGo(x, pivot)
}

// sums returns Σ x[i] and Σ x[i]² of float32s, and false where nothing is
// faster than distances.
func sums[W Float](x []W) (s, q float64, ok bool) {
	if x, asm := vectors(x); asm != nil {
		s, q = asm.sums(&x[0], len(x))
		return s, q, true
	}
	return 0, 0, false
}

func squares[W Float](x []W) float64 {
	if x, ok := any(x).([]float32); ok {
		return vec.SumSquare32(x)
	}
	return squaresGo(x)
}

func maximum[W Float](x []W) W {
	if x, asm := vectors(x); asm != nil && len(x) >= 16 {
		return W(asm.maximum(&x[0], len(x)))
	}
	return maximumGo(x)
}

func maximumN[W Float](m, x []W) {
	if v, asm := vectors(x); asm != nil && len(v) >= 8 {
		n := len(v) &^ 7
		asm.maximumN(f32(m, n), &v[0], n)
		m, x = m[n:], x[n:]
	}
	maximumNGo(m, x)
}

func affine1[W Float](y, x []W, mean, low, a, b float64) {
	if x, asm := anyVectors(x); asm != nil {
		asm.affine1(f32(y, len(x)), &x[0], len(x), mean, a, b-low*a)
		return
	}
	affine1Go(y, x, mean, low, a, b)
}

func affineN[W Float](y, x []W, mean, a, b []float64) {
	if v, asm := vectors(x); asm != nil && len(v) >= 8 {
		n := len(v) &^ 7
		_, _, _ = mean[n-1], a[n-1], b[n-1]
		asm.affineN(f32(y, n), &v[0], n, &mean[0], &a[0], &b[0])
		y, x, mean, a, b = y[n:], x[n:], mean[n:], a[n:], b[n:]
	}
	affineNGo(y, x, mean, a, b)
}

func normA[W Float](y, x []W, s stat, a []W) {
	if x, asm := anyVectors(x); asm != nil {
		if t, ok := s.short(); ok {
			asm.normA(f32(y, len(x)), &x[0], len(x), t.mean, t.inv, t.low, t.add, f32(a, len(x)))
			return
		}
	}
	normAGo(y, x, s, a)
}

func normAB[W Float](y, x []W, s stat, a, b []W) {
	if x, asm := anyVectors(x); asm != nil {
		if t, ok := s.short(); ok {
			n := len(x)
			asm.normAB(f32(y, n), &x[0], n, t.mean, t.inv, t.low, t.add, f32(a, n), f32(b, n))
			return
		}
	}
	normABGo(y, x, s, a, b)
}

// shortStat is a stat in float32: an element x becomes
// (x-mean)·(inv+low) + add.
type shortStat struct{ mean, inv, low, add float32 }

// short returns s in float32, and false where its numbers are too large or too
// small for it. A mean that is small beside the deviation is no more than what
// is added: then no difference is rounded.
func (s stat) short() (t shortStat, ok bool) {
	const limit = 1 << 60
	if !(s.inv < limit && s.inv > 1./limit && math.Abs(s.mean) < limit) {
		return t, false
	}
	t.inv = float32(s.inv)
	t.low = float32(s.inv - float64(t.inv))
	if math.Abs(s.mean)*s.inv > 1./8 {
		t.mean = float32(s.mean)
	}
	t.add = float32(-((s.mean - float64(t.mean)) + s.low) * s.inv)
	return t, true
}

func expTo[W Float](y, x []W, m float64) float64 {
	if x, asm := anyVectors(x); asm != nil {
		if asm.expTo32 != nil && math.Abs(m) < maxShift {
			f, k := shift(m)
			return asm.expTo32(f32(y, len(x)), &x[0], len(x), f, float32(m-200), k)
		}
		return asm.expTo(f32(y, len(x)), &x[0], len(x), m)
	}
	return expToGo(y, x, m)
}

// maxShift bounds shifts of exponentials in float32, so that the whole powers of
// two in them leave room for digits.
const maxShift = 1 << 15

// shift returns f and k such that e^-m is f·2^-k, ½ < f ≤ 1.
func shift(m float64) (f float64, k float32) {
	n := math.Floor(m * (1 / math.Ln2))
	return exp32(n*math.Ln2 - m), float32(n)
}

// scale computes y[i] = x[i]·a.
func scale[W Float](y, x []W, a float64) {
	if x, asm := anyVectors(x); asm != nil && a > 1e-30 && a < 1e30 {
		high := float32(a)
		asm.scale(f32(y, len(x)), &x[0], len(x), high, float32(a-float64(high)))
		return
	}
	affine1(y, x, 0, 0, a, 0)
}

func expN[W Float](y, x []W, m, less, zeros []float64) {
	if v, asm := vectors(x); asm != nil && len(v) >= 8 {
		n := len(v) &^ 7
		_, _, _ = m[n-1], less[n-1], zeros[n-1]
		asm.expN(f32(y, n), &v[0], n, &m[0], &less[0], &zeros[0])
		y, x, m, less, zeros = y[n:], x[n:], m[n:], less[n:], zeros[n:]
	}
	expNGo(y, x, m, less, zeros)
}

func expSums[W Float](x []W, m float64) expSum {
	if x, asm := anyVectors(x); asm != nil {
		if asm.expSums32 != nil && math.Abs(m) < maxShift {
			f, k := shift(m)
			less, zeros := asm.expSums32(&x[0], len(x), f, float32(m-200), k, float32(m))
			return expSum{less, float64(zeros)}
		}
		less, zeros := asm.expSums(&x[0], len(x), m)
		return expSum{less, zeros}
	}
	return expSumsGo(x, m)
}
