package nn

import (
	"math"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// The expectation is the definition, one output after the other.
func TestQLinearConvScalesFeatures(t *testing.T) {
	const channels, features, size = 2, 3, 5
	x, w := make([]uint8, channels*size*size), make([]int8, features*channels*9)
	for i := range x {
		x[i] = uint8(i * 47)
	}
	for i := range w {
		w[i] = int8(i * 83)
	}
	bias := []int32{100, -2000, 7}
	for _, per := range []tensor.Shape{nil, {features}} {
		scale, zero := make([]float32, per.Len()), make([]int8, per.Len())
		for i := range scale {
			scale[i], zero[i] = 0.25+float32(i)/4, int8(5*i)
		}
		const xZero, xScale, yScale, yZero = 120, 0.5, 32, 100
		var want []uint8
		for f := range features {
			for i := range size * size {
				sum := int(bias[f])
				for c := range channels {
					for kernel := range 9 {
						r, q := i/size+kernel/3-1, i%size+kernel%3-1
						if r < 0 || r >= size || q < 0 || q >= size {
							continue
						}
						sum += (int(x[(c*size+r)*size+q]) - xZero) * (int(w[(f*channels+c)*9+kernel]) - int(zero[f%len(zero)]))
					}
				}
				v := math.RoundToEven(float64(sum)*xScale*float64(scale[f%len(scale)])/yScale) + yZero
				want = append(want, uint8(min(max(v, 0), 255)))
			}
		}
		in := []tensor.Value{
			tensor.Of(tensor.Shape{1, channels, size, size}, x...), tensor.Scalar[float32](xScale), tensor.Scalar[uint8](xZero),
			tensor.Of(tensor.Shape{features, channels, 3, 3}, w...), tensor.Of(per, scale...), tensor.Of(per, zero...),
			tensor.Scalar[float32](yScale), tensor.Scalar[uint8](yZero), tensor.Of(tensor.Shape{features}, bias...),
		}
		for _, constants := range []bool{false, true} {
			n := optest.Node{Op: "QLinearConv", Opset: 10, Constants: constants, Attrs: optest.Attrs{"pads": []int{1, 1, 1, 1}}}
			if got := tensor.Data[uint8](optest.MustRun(t, Defs, n, in...)[0]); !slices.Equal(got, want) {
				t.Errorf("scales %v: got %v, want %v", per, got, want)
			}
			for i, v := range map[int]tensor.Value{
				1: tensor.Of[float32](tensor.Shape{0}), 2: tensor.Of[uint8](tensor.Shape{0}), 4: tensor.Of[float32](tensor.Shape{2}, 1, 2),
				5: tensor.Of[int8](tensor.Shape{2}, 1, 2), 7: tensor.Of[uint8](tensor.Shape{2}, 1, 2), 8: tensor.Of[int32](tensor.Shape{2}, 1, 2),
				3: tensor.Scalar[int8](1),
			} {
				wrong := slices.Clone(in)
				wrong[i] = v
				if _, err := optest.Run(Defs, n, wrong...); err == nil {
					t.Errorf("input %d as %v: got no error", i, v)
				}
			}
		}
	}
}
