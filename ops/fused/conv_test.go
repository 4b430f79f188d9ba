package fused

import (
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// A residual joins a convolution whichever way that goes, and where it is the
// convolution's own input, or has another shape, too.
func TestConvAddIsConvThenAdd(t *testing.T) {
	ramp := func(shape ...int) *tensor.Tensor {
		d := make([]float64, tensor.Shape(shape).Len())
		for i := range d {
			d[i] = math.Sin(float64(i * i))
		}
		return f32(shape, d)
	}
	x := ramp(1, 32, 6, 6)
	for name, c := range map[string]struct {
		w, z  *tensor.Tensor
		group int
	}{
		"product":   {ramp(32, 32, 1, 1), ramp(1, 32, 6, 6), 1},
		"itself":    {ramp(32, 32, 1, 1), x, 1},
		"depthwise": {ramp(32, 1, 3, 3), ramp(1, 32, 4, 4), 32},
		"Winograd":  {ramp(32, 32, 3, 3), ramp(1, 32, 4, 4), 1},
		"broadcast": {ramp(32, 32, 1, 1), ramp(1, 32, 1, 1), 1},
	} {
		attrs := optest.Attrs{"group": c.group}
		y := optest.MustRun(t, Defs, optest.Node{Op: "ConvAdd", Domain: Domain, Opset: 1, Attrs: optest.Attrs{"group": c.group, "lo": float32(0), "hi": float32(2)}}, x, c.w, nil, c.z)[0]
		sum := optest.MustRun(t, Defs, optest.Node{Op: "ConvAdd", Domain: Domain, Opset: 1, Attrs: attrs}, x, c.w, nil, f32(tensor.Shape{1}, []float64{0}))[0]
		z, got := tensor.Data[float32](c.z), tensor.Data[float32](y)
		for i, v := range tensor.Data[float32](sum) {
			if want := min(max(v+z[i*len(z)/len(got)], 0), 2); math.Abs(float64(got[i]-want)) > 1e-4 {
				t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], want)
			}
		}
	}
}
