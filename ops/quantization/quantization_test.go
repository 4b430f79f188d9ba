package quantization

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func run(t *testing.T, op string, opset int, a optest.Attrs, in ...tensor.Value) []*tensor.Tensor {
	t.Helper()
	n := 1
	if op == "DynamicQuantizeLinear" {
		n = 3
	}
	return optest.MustRun(t, Defs, optest.Node{Op: op, Opset: opset, Attrs: a, Outputs: n, Threads: 2}, in...)
}

func expect[T tensor.Element](t *testing.T, what string, got *tensor.Tensor, want ...T) {
	t.Helper()
	if v, err := tensor.Values[T](got); err != nil || !slices.Equal(v, want) {
		t.Errorf("%s: got %v %v (%v), want %v", what, got, v, err, want)
	}
}

func vec[T tensor.Element](v ...T) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }

var nan, inf = float32(math.NaN()), float32(math.Inf(1))

func TestQuantizeRoundsHalfToEvenAndSaturates(t *testing.T) {
	x := vec(0, 1, 3, 5, -1, -3, 1000, -1000, inf, -inf, nan, 2.000001, 253, 255)
	s := tensor.Scalar[float32](2)
	expect(t, "uint8", run(t, "QuantizeLinear", 10, nil, x, s)[0], []uint8{0, 0, 2, 2, 0, 0, 255, 0, 255, 0, 0, 1, 126, 128}...)
	expect(t, "int8", run(t, "QuantizeLinear", 13, nil, x, s, tensor.Scalar[int8](1))[0],
		[]int8{1, 1, 3, 3, 1, -1, 127, -128, 127, -128, -128, 2, 127, 127}...)
	expect(t, "uint16", run(t, "QuantizeLinear", 21, nil, vec[float32](1e6, -1e6, 3), s, tensor.Scalar[uint16](32768))[0], []uint16{65535, 0, 32770}...)
	expect(t, "int4", run(t, "QuantizeLinear", 21, optest.Attrs{"output_dtype": int(tensor.I4)}, x, s)[0],
		[]tensor.Int4{0, 0, 2, 2, 0, -2, 7, -8, 7, -8, -8, 1, 7, 7}...)
	expect(t, "uint2", run(t, "QuantizeLinear", 25, nil, vec[float32](-9, 1, 3, 9), s, tensor.Scalar[tensor.Uint2](1))[0], []tensor.Uint2{0, 1, 3, 3}...)
	expect(t, "a bound", run(t, "QuantizeLinear", 21, nil, vec[float32](-65535, 65535), tensor.Scalar[float32](1), tensor.Scalar[int16](32767))[0], []int16{-32768, 32767}...)
}

// The expectation is a plain loop over the definition.
func TestQuantizeGranularities(t *testing.T) {
	shape := tensor.Shape{3, 10, 7}
	x := make([]float32, shape.Len())
	for i := range x {
		x[i] = float32(i*37%211)*0.37 - 40
	}
	for _, g := range []struct{ axis, block int }{{0, 0}, {1, 0}, {-1, 0}, {0, 2}, {1, 4}, {1, 10}, {2, 3}, {2, 20}} {
		axis := (g.axis + 3) % 3
		scaleShape := tensor.Shape{shape[axis]}
		if g.block > 0 {
			scaleShape = shape.Clone()
			scaleShape[axis] = (shape[axis] + g.block - 1) / g.block
		}
		scale, zero := make([]float32, scaleShape.Len()), make([]int8, scaleShape.Len())
		for i := range scale {
			scale[i], zero[i] = 0.3+float32(i%11)*0.05, int8(i%7-3)
		}
		param := func(i int) int {
			at := []int{i / 70, i / 7 % 10, i % 7}
			if g.block == 0 {
				return at[axis]
			}
			at[axis] /= g.block
			return (at[0]*scaleShape[1]+at[1])*scaleShape[2] + at[2]
		}
		want, back := make([]int8, len(x)), make([]float32, len(x))
		for i, v := range x {
			p := param(i)
			q := math.RoundToEven(float64(v/scale[p])) + float64(zero[p])
			want[i] = int8(min(max(q, -128), 127))
			back[i] = (float32(want[i]) - float32(zero[p])) * scale[p]
		}
		a := optest.Attrs{"axis": g.axis, "block_size": g.block}
		s, z := tensor.Of(scaleShape, scale...), tensor.Of(scaleShape, zero...)
		y := run(t, "QuantizeLinear", 21, a, tensor.Of(shape, x...), s, z)[0]
		expect(t, "quantized", y, want...)
		expect(t, "dequantized", run(t, "DequantizeLinear", 21, a, y, s, z)[0], back...)

		wide, wideZero := make([]int32, len(want)), make([]int32, len(zero))
		for i, v := range want {
			wide[i] = int32(v)
		}
		for i, v := range zero {
			wideZero[i] = int32(v)
		}
		expect(t, "int32", run(t, "DequantizeLinear", 21, a, tensor.Of(shape, wide...), s, tensor.Of(scaleShape, wideZero...))[0], back...)
	}
}

func TestQuantizeManyElementsWithOneScale(t *testing.T) {
	n := 100003
	x, want := make([]float32, n), make([]uint8, n)
	for i := range x {
		x[i] = float32(i%997) * 0.25
		want[i] = uint8(min(math.RoundToEven(float64(x[i])), 252) + 3)
	}
	s, z := tensor.Scalar[float32](1), tensor.Scalar[uint8](3)
	y := run(t, "QuantizeLinear", 13, nil, vec(x...), s, z)[0]
	expect(t, "quantized", y, want...)
	back := tensor.Data[float32](run(t, "DequantizeLinear", 13, nil, y, s, z)[0])
	for i, v := range want {
		if back[i] != float32(v)-3 {
			t.Fatalf("element %d: got %v of %d", i, back[i], v)
		}
	}
}

func TestQuantizePrecision(t *testing.T) {
	// 10.5/0.0999755859375 is 105.0256 and 1e5/0.1 beyond float16; 2.5 is a tie
	// in bfloat16 after rounding: 2.504 becomes 2.5.
	h := func(v float32) tensor.Float16 { return tensor.ToFloat16(v) }
	expect(t, "float16 overflows", run(t, "QuantizeLinear", 21, nil, vec(h(10.5), h(60000)), tensor.Scalar(h(0.1)), tensor.Scalar[int16](0))[0], []int16{105, 32767}...)
	x, s := vec[float32](2.504), tensor.Scalar[float32](1)
	expect(t, "float32", run(t, "QuantizeLinear", 23, nil, x, s)[0], uint8(3))
	expect(t, "bfloat16", run(t, "QuantizeLinear", 23, optest.Attrs{"precision": int(tensor.BF16)}, x, s)[0], uint8(2))
	expect(t, "int32", run(t, "QuantizeLinear", 19, nil, vec[int32](7, 9, -1, math.MaxInt32), tensor.Scalar[int32](2), tensor.Scalar[uint8](1))[0], []uint8{5, 5, 1, 255}...)
	expect(t, "power of two", run(t, "QuantizeLinear", 25, nil, vec[float32](8), tensor.Scalar[tensor.Float8E8M0](128))[0], uint8(4))
}

func TestQuantizeToSmallFloats(t *testing.T) {
	x, s := vec(1, -3, 2000, -inf, nan), tensor.Scalar[float32](2)
	expect(t, "e4m3fn", run(t, "QuantizeLinear", 19, nil, x, s, tensor.Scalar[tensor.Float8E4M3FN](0))[0],
		[]tensor.Float8E4M3FN{0x30, 0xBC, 0x7E, 0xFE, 0x7F}...)
	expect(t, "not saturated", run(t, "QuantizeLinear", 19, optest.Attrs{"saturate": 0}, x, s, tensor.Scalar[tensor.Float8E5M2](0))[0],
		[]tensor.Float8E5M2{0x38, 0xBE, 0x64, 0xFC, 0x7E}...)
	expect(t, "e2m1", run(t, "QuantizeLinear", 23, nil, vec[float32](1, -3, 100), s, tensor.Scalar[tensor.Float4E2M1](0))[0],
		[]tensor.Float4E2M1{1, 11, 7}...)
	expect(t, "back", run(t, "DequantizeLinear", 23, nil, vec[tensor.Float4E2M1](1, 11, 7), s)[0], []float32{1, -3, 12}...)
	expect(t, "as float16", run(t, "DequantizeLinear", 25, optest.Attrs{"output_dtype": int(tensor.F16)}, vec[tensor.Int2](-2, 1), tensor.Scalar[tensor.Float8E8M0](126))[0],
		tensor.ToFloat16(-1), tensor.ToFloat16(0.5))
}

func TestDynamicQuantizeCoversZero(t *testing.T) {
	y := run(t, "DynamicQuantizeLinear", 11, nil, vec[float32](0, 2, -3, -2.5, 1.34, 0.5))
	expect(t, "y", y[0], []uint8{153, 255, 0, 26, 221, 179}...)
	expect(t, "scale", y[1], float32(5)/255)
	expect(t, "zero point", y[2], uint8(153))
	y = run(t, "DynamicQuantizeLinear", 11, nil, vec[float32](0, 0))
	expect(t, "zeros", y[0], 0, uint8(0))
	expect(t, "scale of zeros", y[1], float32(1))
	run(t, "DynamicQuantizeLinear", 11, nil, tensor.Of[float32](tensor.Shape{0, 3}))
}

func TestEmptyAndWrongShapes(t *testing.T) {
	empty := tensor.Of[float32](tensor.Shape{2, 0, 3})
	y := run(t, "QuantizeLinear", 13, nil, empty, tensor.Of[float32](tensor.Shape{0}))[0]
	if !y.Shape().Equal(empty.Shape()) {
		t.Errorf("got %v", y)
	}
	x, m := tensor.Of[float32](tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6), vec[float32](1, 2)
	for _, c := range []struct {
		want  string
		attrs optest.Attrs
		in    []tensor.Value
	}{
		{"input 1 (y_scale): got float32[2], want one element or one for each of 3", nil, []tensor.Value{x, m}},
		{"want shape [1 3]", optest.Attrs{"block_size": 2, "axis": 0}, []tensor.Value{x, m}},
		{"attribute block_size", optest.Attrs{"block_size": -1}, []tensor.Value{x, m}},
		{"attribute axis", optest.Attrs{"axis": 2}, []tensor.Value{x, m}},
		{"input 2 (y_zero_point): got int8[1], want the shape [2]", optest.Attrs{"axis": 0}, []tensor.Value{x, m, vec[int8](1)}},
		{"output_dtype says uint8", optest.Attrs{"axis": 0, "output_dtype": 2}, []tensor.Value{x, m, vec[int8](1, 2)}},
		{"attribute output_dtype: got float32", optest.Attrs{"output_dtype": 1}, []tensor.Value{x, m}},
		{"attribute precision: got int8", optest.Attrs{"precision": 3}, []tensor.Value{x, m}},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "QuantizeLinear", Opset: 25, Attrs: c.attrs}, c.in...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := optest.Run(Defs, optest.Node{Op: "DequantizeLinear", Opset: 25}, vec[int8](1), tensor.Scalar[tensor.Float8E8M0](1)); err == nil {
		t.Error("a power of two as scale says nothing about the output")
	}
}
