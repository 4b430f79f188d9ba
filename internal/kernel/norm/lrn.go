package norm

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// LRN is local response normalization:
//
//	y[c] = x[c] / (Bias + Alpha · Σ x[i]²)^Beta, c-Before ≤ i ≤ c+After
//
// over the channels of an array; channels that do not exist add nothing. All
// is float64.
type LRN struct {
	Before, After     int
	Alpha, Beta, Bias float64
}

// directWindow is the number of channels up to which each window is added up
// anew; larger ones slide.
const directWindow = 16

// LocalResponse computes l on a [batch, channels, inner] array. y must not be
// x.
func LocalResponse[T Elem, W Float](p *par.Pool, y, x []T, batch, channels, inner int, l LRN) {
	if len(x) == 0 {
		return
	}
	l.Before, l.After = min(l.Before, channels-1), min(l.After, channels-1)
	chunks := (inner + lanes - 1) / lanes
	p.For(batch*chunks, perPart(channels*min(inner, lanes)), func(lo, hi int) {
		var w window[T, W]
		for u := lo; u < hi; u++ {
			c := u % chunks * lanes
			at := u/chunks*channels*inner + c
			w.x, w.channels, w.stride, w.width = x[at:], channels, inner, min(lanes, inner-c)
			w.run(y[at:], &l)
		}
	})
}

// window sums the squares of neighbouring channels in up to lanes columns.
type window[T Elem, W Float] struct {
	x                       []T
	channels, stride, width int

	sum   [lanes]float64
	slide [lanes]sliding
	buf   [block]W
}

func (w *window[T, W]) row(c int) []W {
	return wide(w.x[c*w.stride:c*w.stride+w.width], &w.buf)
}

func (w *window[T, W]) run(y []T, l *LRN) {
	direct := l.Before+l.After < directWindow
	for c := range w.channels {
		lo, hi := max(c-l.Before, 0), min(c+l.After, w.channels-1)
		if direct {
			w.add(lo, hi)
		} else {
			w.move(c, lo, hi, l)
		}
		yr := y[c*w.stride : c*w.stride+w.width]
		src, dst := w.row(c), target(yr, &w.buf)
		for k, v := range src {
			dst[k] = W(float64(v) / power(l.Bias+l.Alpha*w.sum[k&(lanes-1)], l.Beta))
		}
		narrow(yr, dst)
	}
}

// power returns t^beta, sooner for the usual ones.
func power(t, beta float64) float64 {
	switch beta {
	case 0.75:
		r := math.Sqrt(t)
		return r * math.Sqrt(r)
	case 0.5:
		return math.Sqrt(t)
	case 1:
		return t
	}
	return math.Pow(t, beta)
}

// add sums the channels lo to hi.
func (w *window[T, W]) add(lo, hi int) {
	w.sum = [lanes]float64{}
	for c := lo; c <= hi; c++ {
		for k, v := range w.row(c) {
			d := float64(v)
			w.sum[k&(lanes-1)] += d * d
		}
	}
}

// move brings the sums from the window of channel c-1 to that of c, lo … hi.
func (w *window[T, W]) move(c, lo, hi int, l *LRN) {
	from := hi // the first channel that enters
	if c == 0 {
		from = lo
		w.slide = [lanes]sliding{}
	} else if c+l.After >= w.channels {
		from = hi + 1
	}
	for i := from; i <= hi; i++ {
		for k, v := range w.row(i) {
			w.slide[k&(lanes-1)].add(square(v), 1)
		}
	}
	if c > l.Before {
		for k, v := range w.row(lo - 1) {
			w.slide[k&(lanes-1)].add(square(v), -1)
		}
	}
	for k := range w.width {
		s := &w.slide[k]
		if s.worn() {
			*s = sliding{}
			for i := lo; i <= hi; i++ {
				s.add(square(w.row(i)[k]), 1)
			}
		}
		w.sum[k] = s.value()
	}
}

// square returns x², rounded before anything is added to it: what leaves a sum
// has to be what has come.
func square[W Float](x W) float64 { return float64(float64(x) * float64(x)) }

// sliding is the sum of what is in a window, to twice the precision of float64.
// What is neither finite is counted, so that it can leave again.
type sliding struct {
	sum, low   float64
	large      float64 // the largest sum since all was added up
	infs, nans int
}

// add adds a square that comes, or with sign -1 takes away one that leaves.
func (s *sliding) add(v, sign float64) {
	switch {
	case v <= math.MaxFloat64:
		t, e := twoSum(s.sum, sign*v)
		s.sum, s.low = twoSum(t, s.low+e)
		s.large = max(s.large, s.sum)
	case v != v:
		s.nans += int(sign)
	default:
		s.infs += int(sign)
	}
}

// worn reports whether so much has left that what is lost of the digits might
// matter. That happens once in the length of a window, but for the few times
// that a sum can shrink by 2⁴⁰ on the way from the largest number to the
// smallest.
func (s *sliding) worn() bool { return s.sum <= s.large*0x1p-40 && s.large > 0 }

func (s *sliding) value() float64 {
	switch {
	case s.nans > 0:
		return math.NaN()
	case s.infs > 0:
		return math.Inf(1)
	}
	return s.sum
}
