// Package resize changes the size of arrays along their dimensions: each
// output coordinate maps to a place in the input (Axis), from which the nearest
// element is taken (Nearest) or neighbours are interpolated (Taps, Plan).
package resize

import "math"

// Transform says how output coordinates map to input coordinates.
type Transform uint8

// The coordinate transformations of the operator Resize.
const (
	HalfPixel          Transform = iota // (x + 0.5) / scale - 0.5
	HalfPixelSymmetric                  // the same around the centers of both
	PytorchHalfPixel                    // the same, but 0 for an output of size 1
	AlignCorners                        // x · (in - 1) / (out - 1)
	Asymmetric                          // x / scale
	TFHalfPixelForNN                    // (x + 0.5) / scale
	TFCropAndResize                     // from Start · (in - 1) to End · (in - 1)
)

// Axis is one dimension to be resized.
type Axis struct {
	In, Out int
	// The scale is Num / Den. That is Out / In where sizes were asked for, and
	// Num / 1 where a scale was: then Out is the integer part of In · Num.
	Num, Den   float64
	Start, End float64 // the part of the input to crop, in relation to its size
}

// Identity reports whether every coordinate maps to itself.
func (a *Axis) Identity(t Transform) bool {
	return a.In == a.Out && a.Num == a.Den && (t != TFCropAndResize || a.Start == 0 && a.End == 1)
}

// width is the size of the output before it is cut to an integer.
func (a *Axis) width() float64 { return float64(a.In) * a.Num / a.Den }

// Source returns the input coordinate of output coordinate x.
func (a *Axis) Source(t Transform, x int) float64 {
	in := float64(a.In)
	switch t {
	case HalfPixel:
		return a.divide(float64(x)+0.5) - 0.5
	case HalfPixelSymmetric:
		offset := in / 2 * (1 - float64(a.Out)/a.width())
		return offset + a.divide(float64(x)+0.5) - 0.5
	case PytorchHalfPixel:
		if a.Out == 1 {
			return 0
		}
		return a.divide(float64(x)+0.5) - 0.5
	case AlignCorners:
		if a.width() == 1 || a.Out == 1 {
			return 0
		}
		return float64(x) * (in - 1) / (a.width() - 1)
	case Asymmetric:
		return a.divide(float64(x))
	case TFHalfPixelForNN:
		return a.divide(float64(x) + 0.5)
	}
	if a.Out == 1 {
		return 0.5 * (a.Start + a.End) * (in - 1)
	}
	return a.Start*(in-1) + float64(x)*(a.End-a.Start)*(in-1)/float64(a.Out-1)
}

// divide returns v / scale. A scale that was given is a float32, which may
// stand for a number that no float32 is, 1/3 for example. How much that matters
// is known, and so a quotient so close to an integer or half of one is taken to
// be that: nearest elements would be others else.
func (a *Axis) divide(v float64) float64 {
	q := v * a.Den / a.Num
	if a.Den != 1 {
		return q
	}
	if r := math.Round(2*q) / 2; math.Abs(q-r) <= math.Abs(q)*0x1p-24 {
		return r
	}
	return q
}

// Outside marks the output coordinates whose place lies outside of the input,
// nil if there are none.
func (a *Axis) Outside(t Transform) []bool {
	var out []bool
	for x := range a.Out {
		if v := a.Source(t, x); !(v >= 0 && v <= float64(a.In-1)) {
			if out == nil {
				out = make([]bool, a.Out)
			}
			out[x] = true
		}
	}
	return out
}

// Rounding says which element is the nearest.
type Rounding uint8

// The nearest modes of the operator Resize, and that of version 10, which
// rounds down to enlarge and up to reduce.
const (
	RoundPreferFloor Rounding = iota
	RoundPreferCeil
	Floor
	Ceil
	Simple
)

// Table returns the input coordinate that is nearest to each output coordinate.
func (a *Axis) Table(t Transform, r Rounding) []int32 {
	if r == Simple {
		r = Floor
		if a.Num < a.Den {
			r = Ceil
		}
	}
	table := make([]int32, a.Out)
	for x := range table {
		v := a.Source(t, x)
		switch r {
		case RoundPreferFloor:
			v = math.Ceil(v - 0.5)
		case RoundPreferCeil:
			v = math.Floor(v + 0.5)
		case Floor:
			v = math.Floor(v)
		case Ceil:
			v = math.Ceil(v)
		}
		// NaN becomes 0.
		table[x] = int32(math.Max(0, math.Min(v, float64(a.In-1))))
		if v != v {
			table[x] = 0
		}
	}
	return table
}
