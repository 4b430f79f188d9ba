package conformance

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/onnxrun/onnxrun/tensor"
)

// difference is what compare finds between two values.
type difference struct {
	maxAbs, maxRel float64
	maxULP         uint64
	message        string // the worst element, empty where the values are equal
}

func (d *difference) add(o difference, where string) {
	d.maxAbs, d.maxRel, d.maxULP = max(d.maxAbs, o.maxAbs), max(d.maxRel, o.maxRel), max(d.maxULP, o.maxULP)
	if d.message == "" && o.message != "" {
		d.message = where + o.message
	}
}

func mismatch(got, want tensor.Value) difference {
	return difference{message: fmt.Sprintf("got %s, want %s", tensor.Describe(got), tensor.Describe(want))}
}

// compare finds how two values differ. Kinds, element types and shapes must
// match; floats are equal within the tolerances, NaN equals NaN; everything
// else is equal or not.
func compare(got, want tensor.Value, o Options) difference {
	switch w := want.(type) {
	case *tensor.Tensor:
		if g, ok := got.(*tensor.Tensor); ok && g.DType() == w.DType() && g.Shape().Equal(w.Shape()) {
			return compareTensors(g, w, o)
		}
	case *tensor.Sequence:
		if g, ok := got.(*tensor.Sequence); ok && len(g.Elems) == len(w.Elems) {
			return compareAll(g.Elems, w.Elems, o)
		}
	case *tensor.Optional:
		g, ok := got.(*tensor.Optional)
		switch {
		case !ok && w.Elem != nil:
			return compare(got, w.Elem, o)
		case ok && (g.Elem == nil) == (w.Elem == nil):
			if w.Elem == nil {
				return difference{}
			}
			return compare(g.Elem, w.Elem, o)
		}
	case *tensor.Map:
		if g, ok := got.(*tensor.Map); ok && len(g.Values) == len(w.Values) {
			d := compare(g.Keys, w.Keys, o)
			d.add(compareAll(g.Values, w.Values, o), "")
			return d
		}
	case *tensor.Sparse:
		if g, ok := got.(*tensor.Sparse); ok && g.Shape.Equal(w.Shape) {
			d := compare(g.Indices, w.Indices, o)
			d.add(compare(g.Values, w.Values, o), "")
			return d
		}
	}
	return mismatch(got, want)
}

func compareAll(got, want []tensor.Value, o Options) difference {
	var d difference
	for i := range want {
		d.add(compare(got[i], want[i], o), fmt.Sprintf("element %d: ", i))
	}
	return d
}

func compareTensors(got, want *tensor.Tensor, o Options) difference {
	switch want.DType() {
	case tensor.F32:
		return compareFloats[float32](got, want, o, func(v float32) float64 { return float64(v) })
	case tensor.F64:
		return compareFloats[float64](got, want, o, func(v float64) float64 { return v })
	case tensor.F16:
		return compareFloats[tensor.Float16](got, want, o, func(v tensor.Float16) float64 { return float64(v.Float32()) })
	case tensor.BF16:
		o.RTol = max(o.RTol, BFloat16RTol)
		return compareFloats[tensor.BFloat16](got, want, o, func(v tensor.BFloat16) float64 { return float64(v.Float32()) })
	case tensor.C64:
		return compareFloats[float32](halves[float32](got), halves[float32](want), o, func(v float32) float64 { return float64(v) })
	case tensor.C128:
		return compareFloats[float64](halves[float64](got), halves[float64](want), o, func(v float64) float64 { return v })
	case tensor.Str:
		g, w := tensor.Data[string](got), tensor.Data[string](want)
		for i := range w {
			if g[i] != w[i] {
				return difference{message: fmt.Sprintf("at %s: got %q, want %q", index(i, want.Shape()), g[i], w[i])}
			}
		}
		return difference{}
	}
	return compareBytes(got, want)
}

// halves reads a complex tensor as one of floats with a last dimension of 2.
func halves[T float32 | float64](t *tensor.Tensor) *tensor.Tensor {
	d := tensor.DTypeOf[T]()
	v, err := tensor.FromBytes(d, append(t.Shape().Clone(), 2), t.Bytes(), nil)
	if err != nil {
		panic(err)
	}
	return v
}

// compareBytes compares integers, bools and the narrow floats, which must be
// the same.
func compareBytes(got, want *tensor.Tensor) difference {
	g, w := got.Bytes(), want.Bytes()
	if bytes.Equal(g, w) {
		return difference{}
	}
	size := want.DType().Size()
	first, differ := -1, 0
	for i := range want.Len() {
		if !bytes.Equal(g[i*size:(i+1)*size], w[i*size:(i+1)*size]) {
			differ++
			if first < 0 {
				first = i
			}
		}
	}
	return difference{message: fmt.Sprintf("at %s: got %s, want %s; %d of %d elements differ",
		index(first, want.Shape()), tensor.FormatElement(got, first), tensor.FormatElement(want, first), differ, want.Len())}
}

func compareFloats[T tensor.Element](got, want *tensor.Tensor, o Options, value func(T) float64) difference {
	g, w := tensor.Data[T](got), tensor.Data[T](want)
	var d difference
	worst, worstBy, differ := -1, 0.0, 0
	for i := range w {
		a, b := value(g[i]), value(w[i])
		if a == b || math.IsNaN(a) && math.IsNaN(b) {
			continue
		}
		diff := math.Abs(a - b)
		if math.IsNaN(diff) || math.IsInf(diff, 0) {
			diff = math.MaxFloat64
		}
		d.maxAbs = max(d.maxAbs, diff)
		if b != 0 {
			d.maxRel = max(d.maxRel, min(diff/math.Abs(b), math.MaxFloat64))
		}
		d.maxULP = max(d.maxULP, ulps(a, b, want.DType()))
		if allowed := o.ATol + o.RTol*math.Abs(b); !(diff <= allowed) {
			differ++
			if by := diff / max(allowed, math.SmallestNonzeroFloat64); worst < 0 || by > worstBy {
				worst, worstBy = i, by
			}
		}
	}
	if worst >= 0 {
		a, b := value(g[worst]), value(w[worst])
		d.message = fmt.Sprintf("at %s: got %.9g, want %.9g, %d ULP apart; %d of %d elements differ",
			index(worst, want.Shape()), a, b, ulps(a, b, want.DType()), differ, len(w))
	}
	return d
}

// ulps returns how many floats of the type lie between two values; the largest
// number where one is not finite.
func ulps(a, b float64, d tensor.DType) uint64 {
	if math.IsNaN(a) || math.IsNaN(b) || math.IsInf(a, 0) != math.IsInf(b, 0) {
		return math.MaxUint64
	}
	var x, y int64
	switch d {
	case tensor.F64, tensor.C128:
		x, y = ordered(math.Float64bits(a), 64), ordered(math.Float64bits(b), 64)
	case tensor.F16:
		x, y = ordered(uint64(tensor.ToFloat16(float32(a))), 16), ordered(uint64(tensor.ToFloat16(float32(b))), 16)
	case tensor.BF16:
		x, y = ordered(uint64(tensor.ToBFloat16(float32(a))), 16), ordered(uint64(tensor.ToBFloat16(float32(b))), 16)
	default:
		x, y = ordered(uint64(math.Float32bits(float32(a))), 32), ordered(uint64(math.Float32bits(float32(b))), 32)
	}
	return uint64(max(x-y, y-x))
}

// ordered maps the bits of a float to integers in the order of the values.
func ordered(bits uint64, width int) int64 {
	sign := uint64(1) << (width - 1)
	if bits&sign != 0 {
		return -int64(bits &^ sign)
	}
	return int64(bits)
}

// index prints the coordinates of element i: [0 3 1].
func index(i int, shape tensor.Shape) string {
	at := make([]string, len(shape))
	for k := len(shape) - 1; k >= 0; k-- {
		at[k] = fmt.Sprint(i % shape[k])
		i /= shape[k]
	}
	return "[" + strings.Join(at, " ") + "]"
}
