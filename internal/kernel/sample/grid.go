// Package sample takes values out of images of any number of dimensions at
// places that are no pixels: those of a sampling grid, and of regions.
package sample

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/elem"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Mode says how a value is found between pixels.
type Mode uint8

// The modes of the operator GridSample.
const (
	Linear Mode = iota
	Nearest
	Cubic
)

// Padding says what stands outside of the image.
type Padding uint8

// The padding modes of the operator GridSample.
const (
	Zeros Padding = iota
	Border
	Reflection
)

// Grid describes a sampling grid: images [N][C][In…], places [N][Out…][r] and
// results [N][C][Out…], where r is the number of the dimensions In. A place
// lists normalized coordinates, the innermost dimension's first: -1 and 1 are
// the centers of the corner pixels or, without AlignCorners, their outer edges.
type Grid struct {
	N, C    int
	In      []int // none is 0
	Out     int   // places of one image
	Mode    Mode
	Padding Padding

	AlignCorners bool
}

// float is the type of places and of values that are computed.
type float interface{ float32 | float64 }

// chunk is the number of places that go through all channels together.
const chunk = 64

// pixel returns where the normalized coordinate v is along a dimension of n
// pixels, brought back into the image as the padding says.
func pixel[G float](g *Grid, v G, n int) G {
	lo, hi := G(-0.5), G(n)-0.5
	x := ((v+1)*G(n) - 1) / 2
	if g.AlignCorners {
		lo, hi = 0, G(n-1)
		x = (v + 1) / 2 * hi
	}
	if g.Mode == Nearest {
		x = G(math.RoundToEven(float64(x)))
	}
	if x >= lo && x <= hi {
		return x
	}
	switch {
	case g.Padding == Border && g.Mode == Cubic:
		// The weights are those of the place, the border's are the pixels: this
		// is what PyTorch and onnxruntime do.
	case g.Padding == Border:
		x = min(max(x, 0), G(n-1))
	case g.Padding == Reflection:
		x = reflect(x, lo, hi)
	}
	if x != x {
		x = -2 // no place: outside, or at the first pixel
		if g.Padding != Zeros {
			x = 0
		}
	}
	// Far outside is far outside: what is left fits an int.
	return min(max(x, -1<<24), G(n)+1<<24)
}

// reflect mirrors x at lo and hi until it lies between them.
func reflect[G float](x, lo, hi G) G {
	if hi <= lo {
		return lo
	}
	r := float64(hi - lo)
	d := math.Mod(math.Abs(float64(x-lo)), 2*r)
	return lo + G(min(d, 2*r-d))
}

// inside returns the pixel that stands at place i along a dimension of n; ok is
// false where nothing does.
func (g *Grid) inside(i, n int) (at int, ok bool) {
	if uint(i) < uint(n) {
		return i, true
	}
	switch {
	case g.Padding == Zeros:
		return 0, false
	case g.Padding == Border || n == 1:
		return min(max(i, 0), n-1), true
	case g.AlignCorners:
		i %= 2 * (n - 1)
		if i < 0 {
			i = -i
		}
		return min(i, 2*(n-1)-i), true
	}
	i %= 2 * n
	if i < 0 {
		i += 2 * n
	}
	return min(i, 2*n-1-i), true
}

// Taps returns how many pixels make one value at most.
func (g *Grid) Taps() float64 {
	return math.Pow([]float64{Linear: 2, Nearest: 1, Cubic: 4}[g.Mode], float64(len(g.In)))
}

// tap is one pixel and its weight.
type tap struct {
	at int
	w  float64
}

// lists is the memory of one goroutine.
type lists[T any] struct {
	taps, spare []tap
	at          []int
	w           []T
	end         [chunk]int // where the taps of each place end in at and w
}

// taps returns the pixels that make the value at a place, in memory of l.
func taps[T any, G float](g *Grid, place []G, l *lists[T]) []tap {
	list, scratch := append(l.taps[:0], tap{0, 1}), l.spare
	for k, n := range g.In {
		x := float64(pixel(g, place[len(place)-1-k], n))
		base := math.Floor(x)
		r, i := x-base, int(base)
		var w [4]float64
		count := 2
		switch g.Mode {
		case Nearest:
			w[0], count = 1, 1
		case Linear:
			w[0], w[1] = 1-r, r
		case Cubic:
			w, count, i = cubic(r), 4, i-1
		}
		scratch = scratch[:0]
		for j := range count {
			at, ok := g.inside(i+j, n)
			if !ok || w[j] == 0 {
				continue
			}
			for _, t := range list {
				scratch = append(scratch, tap{t.at*n + at, t.w * w[j]})
			}
		}
		list, scratch = scratch, list
	}
	l.taps, l.spare = list, scratch
	return list
}

// cubic returns the weights of Keys' cubic convolution (a = -0.75) for the
// pixels around a place at distance r after the second.
func cubic(r float64) [4]float64 {
	const a = -0.75
	near := func(d float64) float64 { return ((a+2)*d-(a+3))*d*d + 1 }
	far := func(d float64) float64 { return ((a*d-5*a)*d+8*a)*d - 4*a }
	return [4]float64{far(1 + r), near(r), near(1 - r), far(2 - r)}
}

// walk calls body for chunks of the places, number from to to-1 of image n.
func walk[T any](p *par.Pool, g *Grid, body func(l *lists[T], n, from, to int)) {
	chunks := (g.Out + chunk - 1) / chunk
	p.For(g.N*chunks, 1, func(lo, hi int) {
		var l lists[T]
		for u := lo; u < hi; u++ {
			from := u % chunks * chunk
			body(&l, u/chunks, from, min(from+chunk, g.Out))
		}
	})
}

// Sample interpolates x at the places to y.
func Sample[T, G float](p *par.Pool, y, x []T, places []G, g *Grid) {
	rank, size := len(g.In), product(g.In)
	walk(p, g, func(l *lists[T], n, from, to int) {
		at, w := l.at[:0], l.w[:0]
		for i := from; i < to; i++ {
			q := (n*g.Out + i) * rank
			for _, t := range taps(g, places[q:q+rank], l) {
				at, w = append(at, t.at), append(w, T(t.w))
			}
			l.end[i-from] = len(at)
		}
		l.at, l.w = at, w
		for c := range g.C {
			in := x[(n*g.C+c)*size:][:size]
			out := y[(n*g.C+c)*g.Out+from:][:to-from]
			k := 0
			for i := range out {
				var s T
				for ; k < l.end[i]; k++ {
					s += w[k] * in[at[k]]
				}
				out[i] = s
			}
		}
	})
}

// Pick takes the nearest elements of x to y, zero where there is none.
func Pick[E move.Elem, G float](p *par.Pool, y, x []E, places []G, g *Grid) {
	rank, size := len(g.In), product(g.In)
	walk(p, g, func(l *lists[E], n, from, to int) {
		var at [chunk]int
		for i := from; i < to; i++ {
			q := (n*g.Out + i) * rank
			at[i-from] = -1
			if t := taps(g, places[q:q+rank], l); len(t) > 0 {
				at[i-from] = t[0].at
			}
		}
		for c := range g.C {
			in := x[(n*g.C+c)*size:][:size]
			out := y[(n*g.C+c)*g.Out+from:][:to-from]
			for i := range out {
				var v E
				if a := at[i]; a >= 0 {
					v = in[a]
				}
				out[i] = v
			}
		}
	})
}

// PickBytes is Pick for elements of size bytes: 1, 2, 4, 8 or 16.
func PickBytes[G float](p *par.Pool, y, x []byte, size int, places []G, g *Grid) {
	switch size {
	case 1:
		Pick(p, y, x, places, g)
	case 2:
		Pick(p, elem.Words[uint16](y), elem.Words[uint16](x), places, g)
	case 4:
		Pick(p, elem.Words[uint32](y), elem.Words[uint32](x), places, g)
	case 8:
		Pick(p, elem.Words[uint64](y), elem.Words[uint64](x), places, g)
	case 16:
		Pick(p, elem.Words[[2]uint64](y), elem.Words[[2]uint64](x), places, g)
	}
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
