package norm

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Softmax computes y = exp(x) / Σ exp(x) along the middle axis of an
// [outer, n, inner] array. y may be x.
//
// The largest element of each row is subtracted first, so that nothing
// overflows. Differences and sums are float64, or float32 in two parts; for W
// float32 an exponential is wrong by little more than its rounding, and a result
// by less than two units in the last place whatever n is.
func Softmax[T Elem, W Float](p *par.Pool, y, x []T, outer, n, inner int) {
	softmaxAxis[T, W](p, y, x, outer, n, inner, false)
}

// LogSoftmax computes y = log(exp(x) / Σ exp(x)) as Softmax does. The term of
// the largest element, 1, is kept apart from the sum of the others, so that
// results near 0 have as many digits as any.
func LogSoftmax[T Elem, W Float](p *par.Pool, y, x []T, outer, n, inner int) {
	softmaxAxis[T, W](p, y, x, outer, n, inner, true)
}

func softmaxAxis[T Elem, W Float](p *par.Pool, y, x []T, outer, n, inner int, log bool) {
	switch {
	case len(x) == 0:
	case inner > 1:
		softmaxColumns[T, W](p, y, x, outer, n, inner, log)
	case outer < 2*p.Threads() && n > 2*grain && p.Threads() > 1:
		for i := range outer {
			softmaxLongRow[T, W](p, y[i*n:(i+1)*n], x[i*n:(i+1)*n], log)
		}
	default:
		par.Each(p, outer, perPart(n), softmaxes[T, W]{y, x, n, log})
	}
}

// softmaxes are rows of n elements that follow each other.
type softmaxes[T Elem, W Float] struct {
	y, x []T
	n    int
	log  bool
}

// Part computes the rows lo to hi-1.
func (s *softmaxes[T, W]) Part(lo, hi int) {
	softmaxRows[T, W](s.y[lo*s.n:hi*s.n], s.x[lo*s.n:hi*s.n], s.n, s.log)
}

func softmaxRows[T Elem, W Float](y, x []T, n int, log bool) {
	if x, ok := any(x).([]float32); ok && n <= block && !log {
		if asm := assembled(); asm != nil && asm.softmax != nil {
			softmaxAssembled(any(y).([]float32), x, n, asm)
			return
		}
	}
	var buf [block]W
	for i := 0; i < len(x); i += n {
		softmaxRow(y[i:i+n], x[i:i+n], log, &buf)
	}
}

func softmaxAssembled(y, x []float32, n int, asm *assembly) {
	y = y[:len(x)]
	group := min(1+2*block/n, 8)
	for len(x) > 0 {
		if at := n * asm.softmax(&y[0], &x[0], len(x)/n, n, group); at < len(x) {
			var buf [block]float32
			softmaxRow(y[at:at+n], x[at:at+n], false, &buf)
			y, x = y[at+n:], x[at+n:]
		} else {
			return
		}
	}
}

func softmaxRow[T Elem, W Float](y, x []T, log bool, buf *[block]W) {
	if len(x) <= block && !log {
		w, dst := wide(x, buf), target(y, buf)
		s := expTo(dst, w, float64(maximum(w)))
		scale(dst, dst, 1/s)
		narrow(y, dst)
		return
	}
	n := blocks(len(x))
	m := math.Inf(-1)
	for i := range n {
		m = max(m, blockMax(x, i, buf)) // NaN makes the sum NaN
	}
	var s expSum
	for i := range n {
		s = s.plus(blockExp(y, x, i, m, log, buf))
	}
	for i := range n {
		blockSoftmax(y, x, i, m, s, log, buf)
	}
}

// softmaxLongRow is softmaxRow for one row that several threads share. It adds
// in the same order, and so gives the same result.
func softmaxLongRow[T Elem, W Float](p *par.Pool, y, x []T, log bool) {
	n := blocks(len(x))
	each := func(f func(i int, buf *[block]W)) {
		p.For(n, grain/block, func(lo, hi int) {
			var buf [block]W
			for i := lo; i < hi; i++ {
				f(i, &buf)
			}
		})
	}
	largest, sums := make([]float64, n), make([]expSum, n)
	each(func(i int, buf *[block]W) { largest[i] = blockMax(x, i, buf) })
	m := math.Inf(-1)
	for _, v := range largest {
		m = max(m, v)
	}
	each(func(i int, buf *[block]W) { sums[i] = blockExp(y, x, i, m, log, buf) })
	var s expSum
	for _, v := range sums {
		s = s.plus(v)
	}
	each(func(i int, buf *[block]W) { blockSoftmax(y, x, i, m, s, log, buf) })
}

// expSum is a sum of exponentials of numbers that are not positive.
type expSum struct {
	less  float64 // of the numbers below 0
	zeros float64 // how many are 0
}

func (s expSum) plus(o expSum) expSum { return expSum{s.less + o.less, s.zeros + o.zeros} }

func (s expSum) log() float64 { return math.Log1p(s.less + (s.zeros - 1)) }

// blockOf returns block i of x.
func blockOf[T any](x []T, i int) []T { return x[i*block : min((i+1)*block, len(x))] }

func blockMax[T Elem, W Float](x []T, i int, buf *[block]W) float64 {
	return float64(maximum(wide(blockOf(x, i), buf)))
}

// blockExp returns the sum of exp(x-m) over a block. The terms stay in y where
// they are of use and its type keeps their precision.
func blockExp[T Elem, W Float](y, x []T, i int, m float64, log bool, buf *[block]W) expSum {
	w := wide(blockOf(x, i), buf)
	if log {
		return expSums(w, m)
	}
	if y, ok := any(blockOf(y, i)).([]W); ok {
		return expSum{less: expTo(y, w, m)}
	}
	return expSum{less: expTo(w, w, m)} // w is buf
}

// blockSoftmax writes the results of a block of which blockExp has been called;
// m and s are the row's.
func blockSoftmax[T Elem, W Float](y, x []T, i int, m float64, s expSum, log bool, buf *[block]W) {
	y, x = blockOf(y, i), blockOf(x, i)
	dst := target(y, buf)
	switch _, stored := any(y).([]W); {
	case log:
		affine1(dst, wide(x, buf), m, 0, 1, -s.log())
	case stored:
		scale(dst, dst, 1/s.less)
	default:
		expTo(dst, wide(x, buf), m)
		scale(dst, dst, 1/s.less)
	}
	narrow(y, dst)
}

// softmaxColumns is Softmax for an axis that is not the last.
func softmaxColumns[T Elem, W Float](p *par.Pool, y, x []T, outer, n, inner int, log bool) {
	chunks := (inner + lanes - 1) / lanes
	p.For(outer*chunks, perPart(n*lanes), func(lo, hi int) {
		var buf [block]W
		for u := lo; u < hi; u++ {
			c := u % chunks * lanes
			at := u/chunks*n*inner + c
			softmaxChunk(y[at:], x[at:], n, inner, min(lanes, inner-c), log, &buf)
		}
	})
}

// softmaxChunk computes width columns, at most lanes, of n rows.
func softmaxChunk[T Elem, W Float](y, x []T, n, stride, width int, log bool, buf *[block]W) {
	row := func(a []T, r int) []T { return a[r*stride : r*stride+width] }
	var largest [lanes]W
	for k := range largest {
		largest[k] = W(math.Inf(-1))
	}
	for r := range n {
		maximumN(largest[:width], wide(row(x, r), buf))
	}
	var m, less, zeros, none, a, b [lanes]float64
	for k, v := range largest {
		m[k] = float64(v) // NaN makes the sum NaN
	}
	// The terms stay in y where they are of use and its type keeps their
	// precision.
	_, exact := any(y).([]W)
	stored := exact && !log
	for r := range n {
		src, dst := wide(row(x, r), buf), buf[:width]
		if stored {
			dst = any(row(y, r)).([]W)
		}
		expN(dst, src, m[:], less[:], zeros[:])
	}
	for k := range width {
		s := expSum{less[k], zeros[k]}
		if a[k] = 1 / (s.less + s.zeros); log {
			a[k], b[k] = 1, -s.log()
		}
	}
	for r := range n {
		dst := target(row(y, r), buf)
		switch {
		case log:
			affineN(dst, wide(row(x, r), buf), m[:], a[:], b[:])
		case stored:
			affineN(dst, dst, none[:], a[:], b[:])
		default:
			var less, zeros [lanes]float64
			expN(dst, wide(row(x, r), buf), m[:], less[:], zeros[:])
			affineN(dst, dst, none[:], a[:], b[:])
		}
		narrow(row(y, r), dst)
	}
}
