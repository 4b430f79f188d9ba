package normalization

import (
	"math"
	"math/rand"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// random returns a tensor of the type with elements around mean, and the same
// values as float64.
func random(r *rand.Rand, d tensor.DType, mean, std float64, shape ...int) (*tensor.Tensor, []float64) {
	v := make([]float64, tensor.Shape(shape).Len())
	for i := range v {
		v[i] = mean + std*r.NormFloat64()
	}
	return of(d, v, shape...)
}

// of returns a tensor of the values rounded to the type, and what they became.
func of(d tensor.DType, v []float64, shape ...int) (*tensor.Tensor, []float64) {
	t, err := tensor.New(d, shape)
	if err != nil {
		panic(err)
	}
	store(t, v)
	return t, values(t)
}

// values returns the elements as float64.
func values(t *tensor.Tensor) []float64 {
	v := make([]float64, t.Len())
	fill(v, t)
	return v
}

// ulp is the relative spacing of the numbers of a type.
func ulp(d tensor.DType) float64 {
	return map[tensor.DType]float64{tensor.F32: 0x1p-23, tensor.F64: 0x1p-52, tensor.F16: 0x1p-10, tensor.BF16: 0x1p-7}[d]
}

// near compares a result with its expectation. Errors may be n times the
// spacing of the element type at the expected value and at scale.
func near(t *testing.T, what string, got *tensor.Tensor, want []float64, n, scale float64) {
	t.Helper()
	if got.Len() != len(want) {
		t.Fatalf("%s: got %v, want %d elements", what, got, len(want))
	}
	u := n * ulp(got.DType())
	for i, g := range values(got) {
		w := want[i]
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		if d := math.Abs(g - w); !(d <= u*(math.Abs(w)+scale)) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, g, w)
		}
	}
}

// standardized returns (x-mean)/√(variance+eps) of a row, the mean and
// 1/√(variance+eps), by the textbook.
func standardized(x []float64, eps float64, center bool) (y []float64, mean, inv float64) {
	var s, q kahan
	low := 0.0
	if center {
		for _, v := range x {
			s.add(v)
		}
		n := float64(len(x))
		mean = s.sum / n
		low = (math.FMA(-mean, n, s.sum) - s.low) / n // what rounding took from it
	}
	for _, v := range x {
		d := (v - mean) - low
		q.add(d * d)
	}
	inv = 1 / math.Sqrt(q.sum/float64(len(x))+eps)
	for _, v := range x {
		y = append(y, ((v-mean)-low)*inv)
	}
	return y, mean, inv
}

// broadcast repeats v of the given shape to another.
func broadcast(v []float64, from, to tensor.Shape) []float64 {
	st, sf := to.Strides(), from.Strides()
	out := make([]float64, to.Len())
	for i := range out {
		k := 0
		for d := range to {
			if f := d - (len(to) - len(from)); f >= 0 && from[f] > 1 {
				k += i / st[d] % to[d] * sf[f]
			}
		}
		out[i] = v[k]
	}
	return out
}

var floats = []tensor.DType{tensor.F32, tensor.F64, tensor.F16, tensor.BF16}

// kahan adds without losing digits to the number of terms.
type kahan struct{ sum, low float64 }

func (k *kahan) add(v float64) {
	v -= k.low
	s := k.sum + v
	k.low = (s - k.sum) - v
	k.sum = s
}

// smallest is the number below which the spacing of a type is fixed.
func smallest(d tensor.DType) float64 {
	return map[tensor.DType]float64{tensor.F32: 0x1p-126, tensor.F64: 0x1p-1022, tensor.F16: 0x1p-14, tensor.BF16: 0x1p-126}[d]
}
