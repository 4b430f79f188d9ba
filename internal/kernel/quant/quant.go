// Package quant converts between numbers and the narrow types that stand for
// them: integers or small floats with a scale and a zero point, as the
// operators QuantizeLinear and DequantizeLinear define them. It works on
// slices; scales and zero points are given as float32 and int32, one for all
// elements or as a Layout says.
package quant

import (
	"math"

	"github.com/onnxrun/onnxrun/tensor"
)

// Layout says which scale and zero point an element has. The elements are seen
// as Outer × Axis × Inner, row-major. Where Block is 0, there is one pair for
// each index on the axis; else one for each block of so many neighbours along
// the axis, in the order Outer × blocks × Inner.
type Layout struct {
	Outer, Axis, Inner int
	Block              int
}

// Whole is the layout of n elements with one scale.
func Whole(n int) Layout { return Layout{Outer: 1, Axis: 1, Inner: n} }

// run is a stretch of elements whose parameters lie at param, or at param and
// after if each has its own.
type run struct {
	at, n, param int
	each         bool
}

// next returns the run that starts at element i, of at most max elements.
func (l Layout) next(i, max int) run {
	r := run{at: i}
	in := i % l.Inner
	d := i / l.Inner % l.Axis
	switch {
	case l.Block == 0 && l.Inner == 1 && l.Axis > 1:
		r.param, r.n, r.each = d, l.Axis-d, true
	case l.Block == 0:
		r.param, r.n = d, l.Inner-in
	default:
		blocks := (l.Axis-1)/l.Block + 1
		r.param = (i/l.Inner/l.Axis*blocks+d/l.Block)*l.Inner + in
		if l.Inner == 1 {
			r.n = min((d/l.Block+1)*l.Block, l.Axis) - d
		} else {
			r.n, r.each = l.Inner-in, true
		}
	}
	r.n = min(r.n, max)
	return r
}

// Integer is a type of quantized elements; types narrower than a byte are
// those of a byte with other bounds.
type Integer interface{ int8 | uint8 | int16 | uint16 }

// roundMagic added to a float32 of magnitude below 2^22 leaves that number,
// rounded half to even, in the low bits of the sum.
const roundMagic = 3 << 22

// Round returns v, of magnitude below 2^22, rounded to the nearest integer,
// ties to even.
func Round(v float32) int32 {
	return int32(math.Float32bits(v+roundMagic)) - int32(math.Float32bits(roundMagic))
}

// Saturate writes saturate(round(v) + zero): ties go to even, what is out of
// the bounds lo and hi of the type to the nearer bound, NaN to lo. Bounds and
// zero points are of 16 bits or less.
func Saturate[T Integer](dst []T, v []float32, zero, lo, hi int32) {
	low, high := float32(lo-zero), float32(hi-zero)
	v = v[:len(dst)]
	if b := asBytes(dst); b != nil {
		n := saturate(b, v, zero, low, high)
		dst, v = dst[n:], v[n:]
	}
	for i, f := range v {
		if !(f > low) {
			f = low
		}
		if f > high {
			f = high
		}
		dst[i] = T(Round(f) + zero)
	}
}

// saturateEach is Saturate with a zero point for each element.
func saturateEach[T Integer](dst []T, v []float32, zeros []int32, lo, hi int32) {
	v, zeros = v[:len(dst)], zeros[:len(dst)]
	for i, f := range v {
		zero := zeros[i]
		low, high := float32(lo-zero), float32(hi-zero)
		if !(f > low) {
			f = low
		}
		if f > high {
			f = high
		}
		dst[i] = T(Round(f) + zero)
	}
}

// blockLen is how many elements pass through a buffer at a time.
const blockLen = 512

// quotients writes x/scale for the elements of x, which are those from lo on
// of a tensor laid out as l, in float32. round, if not nil, rounds them to a
// type of fewer bits.
func quotients(v, x, scales []float32, r run, round func([]float32)) {
	x = x[:len(v)]
	if r.each {
		s := scales[r.param:][:len(v)]
		for i := divide(v, x, s); i < len(x); i++ {
			v[i] = x[i] / s[i]
		}
	} else {
		s := scales[r.param : r.param+1]
		for i := divide(v, x, s); i < len(x); i++ {
			v[i] = x[i] / s[0]
		}
	}
	if round != nil {
		round(v)
	}
}

// Quantizer is the quantization of one tensor.
type Quantizer struct {
	Layout Layout
	Scales []float32
	Zeros  []int32 // nil: all are 0
	Lo, Hi int32
	// Round, if not nil, rounds the quotients to the precision in which they
	// are to be computed.
	Round func([]float32)
}

// Run quantizes the elements from lo to lo+len(dst)-1 of a tensor, given by
// load, which copies elements from an index on to a buffer or returns them
// where they lie.
func Run[T Integer](q *Quantizer, dst []T, lo int, load func(buf []float32, at int) []float32) {
	var in, v [blockLen]float32
	for done := 0; done < len(dst); {
		r := q.Layout.next(lo+done, min(blockLen, len(dst)-done))
		out := dst[done : done+r.n]
		x := load(in[:r.n], r.at)
		if q.atOnce(asBytes(out), x, r) {
			done += r.n
			continue
		}
		quotients(v[:r.n], x, q.Scales, r, q.Round)
		switch {
		case q.Zeros == nil:
			Saturate(out, v[:r.n], 0, q.Lo, q.Hi)
		case r.each:
			saturateEach(out, v[:r.n], q.Zeros[r.param:], q.Lo, q.Hi)
		default:
			Saturate(out, v[:r.n], q.Zeros[r.param], q.Lo, q.Hi)
		}
		done += r.n
	}
}

// atOnce quantizes numbers of one scale to bytes, if that is one loop, and
// reports whether it has.
func (q *Quantizer) atOnce(dst []byte, x []float32, r run) bool {
	if dst == nil || r.each || q.Round != nil {
		return false
	}
	zero := int32(0)
	if q.Zeros != nil {
		zero = q.Zeros[r.param]
	}
	return quantize(dst, x, q.Scales[r.param], zero, float32(q.Lo-zero), float32(q.Hi-zero)) > 0
}

// Quotients writes what the elements from lo on are before they are rounded to
// a small float: x/scale + zero. Zero points may be nil.
func Quotients(q *Quantizer, zeros []float32, dst []float32, lo int, load func(buf []float32, at int) []float32) {
	var in [blockLen]float32
	for done := 0; done < len(dst); {
		r := q.Layout.next(lo+done, min(blockLen, len(dst)-done))
		out := dst[done : done+r.n]
		quotients(out, load(in[:r.n], r.at), q.Scales, r, q.Round)
		for i := range out {
			switch {
			case zeros == nil:
			case r.each:
				out[i] += zeros[r.param+i]
			default:
				out[i] += zeros[r.param]
			}
		}
		done += r.n
	}
}

// Int32 quantizes integers by integer scales: the quotients are rounded from
// float64, in which they are exact enough.
func Int32[T Integer](q *Quantizer, scales []int32, dst []T, x []int32, lo int) {
	for done := 0; done < len(dst); {
		r := q.Layout.next(lo+done, len(dst)-done)
		for i := range r.n {
			p := r.param
			if r.each {
				p += i
			}
			zero := 0.0
			if q.Zeros != nil {
				zero = float64(q.Zeros[p])
			}
			v := math.RoundToEven(float64(x[r.at+i])/float64(scales[p])) + zero
			if !(v > float64(q.Lo)) {
				v = float64(q.Lo)
			}
			dst[done+i] = T(int32(min(v, float64(q.Hi))))
		}
		done += r.n
	}
}

// Bounds returns the least and the largest value of a quantized integer type;
// ok is false for other types.
func Bounds(d tensor.DType) (lo, hi int32, ok bool) {
	switch d {
	case tensor.I8:
		return math.MinInt8, math.MaxInt8, true
	case tensor.U8:
		return 0, math.MaxUint8, true
	case tensor.I16:
		return math.MinInt16, math.MaxInt16, true
	case tensor.U16:
		return 0, math.MaxUint16, true
	case tensor.I4:
		return -8, 7, true
	case tensor.U4:
		return 0, 15, true
	case tensor.I2:
		return -2, 1, true
	case tensor.U2:
		return 0, 3, true
	}
	return 0, 0, false
}
