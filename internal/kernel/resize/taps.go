package resize

import (
	"fmt"
	"math"
)

// Filter interpolates: what stands at distance d from the place that is wanted
// has the weight At(d), which is 0 from Support on.
type Filter struct {
	Support float64
	At      func(d float64) float64
}

// Linear weighs the two neighbours by their distance.
var Linear = Filter{1, func(d float64) float64 { return max(0, 1-math.Abs(d)) }}

// Cubic weighs four neighbours by Keys' cubic convolution with coefficient a
// (R. Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981,
// equation 4).
func Cubic(a float64) Filter {
	return Filter{2, func(d float64) float64 {
		d = math.Abs(d)
		switch {
		case d <= 1:
			return ((a+2)*d-(a+3))*d*d + 1
		case d < 2:
			return ((a*d-5*a)*d+8*a)*d - 4*a
		}
		return 0
	}}
}

// Taps are the weights that make each output entry of an axis from contiguous
// input entries.
type Taps struct {
	Start   []int     // the first input entry, for each output entry
	Offset  []int     // where its weights begin; one more than there are entries
	Weights []float64 // at least one for each output entry
}

// TapOptions are choices of the operator Resize.
type TapOptions struct {
	Antialias      bool // stretch the filter to reduce
	ExcludeOutside bool // weigh only what is within the input
}

// NewTaps returns the weights of an axis, whose In and Out are not 0. Entries
// beyond the edges are the edges.
func (a *Axis) NewTaps(t Transform, f Filter, o TapOptions) (*Taps, error) {
	scale := 1.0
	if o.Antialias {
		// No size of an output makes it reach over more than twice the input.
		scale = max(min(a.Num/a.Den, 1), 0.5/float64(a.In))
	}
	taps := &Taps{Start: make([]int, a.Out), Offset: make([]int, a.Out+1)}
	budget := 64*(a.In+a.Out) + 1<<10
	line := make([]float64, a.In)
	for x := range a.Out {
		at := a.Source(t, x)
		if math.IsNaN(at) {
			at = 0
		}
		at = min(max(at, -float64(a.In)), 2*float64(a.In))
		reach := f.Support / scale
		if budget -= int(2 * reach); budget < 0 {
			return nil, fmt.Errorf("resizing %d entries to %d of scale %g takes too many weights", a.In, a.Out, a.Num/a.Den)
		}
		lo, hi := a.spread(line, at, scale, f, o.ExcludeOutside)
		taps.Start[x] = lo
		taps.Weights = append(taps.Weights, line[lo:hi]...)
		taps.Offset[x+1] = len(taps.Weights)
		clear(line[lo:hi])
	}
	return taps, nil
}

// spread adds the weights for place at to line, which is 0, and returns the
// part that they take.
func (a *Axis) spread(line []float64, at, scale float64, f Filter, exclude bool) (lo, hi int) {
	reach := f.Support / scale
	first, last := int(math.Floor(at-reach))+1, int(math.Ceil(at+reach))-1
	sum := 0.0
	lo, hi = a.In, 0
	for j := first; j <= last; j++ {
		w := f.At((float64(j) - at) * scale)
		i := min(max(j, 0), a.In-1)
		if w == 0 || exclude && i != j {
			continue
		}
		line[i] += w
		sum += w
		lo, hi = min(lo, i), max(hi, i+1)
	}
	switch {
	case lo >= hi || sum == 0:
		// Nothing within reach.
		if lo < hi {
			clear(line[lo:hi])
		}
		lo = int(min(max(math.Round(at), 0), float64(a.In-1)))
		line[lo] = 1
		return lo, lo + 1
	case exclude || scale != 1:
		for i := lo; i < hi; i++ {
			line[i] /= sum
		}
	}
	return lo, hi
}
