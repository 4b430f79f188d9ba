package accuracy

import (
	"hash/fnv"
	"math"

	"github.com/onnxrun/onnxrun/tensor"
)

// Input describes an input: its shape and how its values are drawn, each from
// the numbers u0, u1 … in [0, 1) that it takes in turn. accuracy_onnxruntime.py
// draws the same, so every step is exact or rounded once.
//
//	uniform  A + (B-A)·u0
//	bell     A + B·(u0+u1+u2+u3-2), whose deviation is B/√3
//	bits     ±(1+u1)·2^e, e a whole number from A to B chosen by u0, the sign by u2
//	bits+    the same without signs
//	denormal whole multiples of 2^-149 below 2^-126, with signs
//	whole    the numbers from A to B-1, int64
//	value    A
type Input struct {
	Kind  string  `json:"kind"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
	Shape []int   `json:"shape"`
}

// seedOf is FNV-1a of 64 bits over the name of a case, a slash and the digit
// of the input.
func seedOf(name string, input int) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name + "/" + string(rune('0'+input))))
	return h.Sum64()
}

// source is SplitMix64: the state grows by the golden ratio, the output is the
// state mixed (G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom Number
// Generators, 2014).
type source uint64

// next returns 53 random bits as a number in [0, 1).
func (s *source) next() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) * 0x1p-53
}

// values draws an input, and returns it as a tensor and in float64. Conversions
// keep compilers from fusing products and sums.
func (in Input) values(seed uint64) (*tensor.Tensor, []float64) {
	n := 1
	for _, d := range in.Shape {
		n *= d
	}
	src, values := source(seed), make([]float64, n)
	for i := range values {
		var v float64
		switch in.Kind {
		case "uniform":
			v = in.A + float64((in.B-in.A)*src.next())
		case "bell":
			u := src.next() + src.next()
			u += src.next()
			u += src.next()
			v = in.A + float64(in.B*(u-2))
		case "bits", "bits+":
			e := in.A + math.Floor(float64((in.B-in.A+1)*src.next()))
			v = math.Ldexp(1+src.next(), int(e))
			if negative := src.next() < 0.5; negative && in.Kind == "bits" {
				v = -v
			}
		case "denormal":
			v = math.Ldexp(math.Floor(src.next()*(1<<23)), -149)
			if src.next() < 0.5 {
				v = -v
			}
		case "whole":
			v = in.A + math.Floor((in.B-in.A)*src.next())
		case "value":
			v = in.A
		default:
			panic("no kind of input " + in.Kind)
		}
		values[i] = v
	}
	shape := tensor.Shape(in.Shape)
	if in.Kind == "whole" {
		whole := make([]int64, n)
		for i, v := range values {
			whole[i] = int64(v)
		}
		return tensor.Of(shape, whole...), values
	}
	single := make([]float32, n)
	for i, v := range values {
		single[i] = float32(v)
		values[i] = float64(single[i])
	}
	return tensor.Of(shape, single...), values
}

func uniform(a, b float64, shape ...int) Input { return Input{"uniform", a, b, shape} }
func bell(a, b float64, shape ...int) Input    { return Input{"bell", a, b, shape} }
func bits(a, b float64, shape ...int) Input    { return Input{"bits", a, b, shape} }
func plus(a, b float64, shape ...int) Input    { return Input{"bits+", a, b, shape} }
func denormal(shape ...int) Input              { return Input{"denormal", 0, 0, shape} }
func whole(a, b float64, shape ...int) Input   { return Input{"whole", a, b, shape} }
func value(a float64, shape ...int) Input      { return Input{"value", a, 0, shape} }
