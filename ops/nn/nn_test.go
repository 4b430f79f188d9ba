package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

// counting makes a float32 tensor of the numbers 0, 1, 2 …
func counting(shape ...int) *tensor.Tensor {
	d := make([]float32, tensor.Shape(shape).Len())
	for i := range d {
		d[i] = float32(i)
	}
	return tensor.Of(shape, d...)
}

// noise makes a float32 tensor of numbers in [-1, 1).
func noise(seed uint64, shape ...int) *tensor.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	d := make([]float32, tensor.Shape(shape).Len())
	for i := range d {
		d[i] = r.Float32()*2 - 1
	}
	return tensor.Of(shape, d...)
}

func wantShape(t *testing.T, got *tensor.Tensor, shape ...int) {
	t.Helper()
	if !got.Shape().Equal(shape) {
		t.Fatalf("got %v, want shape %v", got, shape)
	}
}

func wantFloats(t *testing.T, got *tensor.Tensor, want []float32, tol float64) {
	t.Helper()
	g := tensor.Data[float32](got)
	if len(g) != len(want) {
		t.Fatalf("got %d elements, want %d", len(g), len(want))
	}
	for i := range g {
		if !(math.Abs(float64(g[i])-float64(want[i])) <= tol) && g[i] != want[i] {
			t.Fatalf("element %d is %v, want %v (got %v…, want %v…)", i, g[i], want[i], g[:min(len(g), 16)], want[:min(len(g), 16)])
		}
	}
}
