package nn

import (
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func filled(v float32, shape ...int) *tensor.Tensor {
	d := make([]float32, tensor.Shape(shape).Len())
	for i := range d {
		d[i] = v
	}
	return tensor.Of(shape, d...)
}

// Without offsets, a deformable convolution is a convolution, in any number of
// dimensions.
func TestDeformConvWithoutOffsetsIsConv(t *testing.T) {
	for _, k := range []struct {
		x, w   []int
		group  int
		offset []int
	}{
		{[]int{2, 4, 6, 7}, []int{6, 2, 3, 2}, 2, []int{2, 2 * 6 * 2, 3, 4}},
		{[]int{1, 2, 9}, []int{3, 2, 3}, 1, []int{1, 2 * 3, 5}},
		{[]int{1, 2, 4, 5, 4}, []int{3, 2, 2, 3, 2}, 1, []int{1, 2 * 12 * 3, 3, 3, 3}},
	} {
		n := len(k.x) - 2
		attrs := optest.Attrs{"group": k.group}
		strides, pads := []int{}, []int{}
		for range n {
			strides, pads = append(strides, 2), append(pads, 1)
		}
		attrs["strides"], attrs["pads"] = strides, append(pads, pads...)
		x, w, b := noise(1, k.x...), noise(2, k.w...), noise(3, k.w[0])
		want := optest.MustRun(t, Defs, optest.Node{Op: "Conv", Opset: 19, Attrs: attrs}, x, w, b)[0]
		attrs["offset_group"] = 2
		y := optest.MustRun(t, Defs, optest.Node{Op: "DeformConv", Opset: 19, Attrs: attrs, Threads: 2}, x, w, filled(0, k.offset...), b)[0]
		wantShape(t, y, want.Shape()...)
		wantFloats(t, y, tensor.Data[float32](want), 1e-5)
		mask := append([]int{}, k.offset...)
		mask[1] /= n
		y = optest.MustRun(t, Defs, optest.Node{Op: "DeformConv", Opset: 19, Attrs: attrs}, x, w, filled(0, k.offset...), nil, filled(0.5, mask...))[0]
		half := append([]float32(nil), tensor.Data[float32](want)...)
		per := len(half) / k.x[0] / k.w[0]
		for i := range half {
			half[i] = (half[i] - tensor.Data[float32](b)[i/per%k.w[0]]) / 2
		}
		wantFloats(t, y, half, 1e-5)
	}
}

func TestDeformConvInterpolates(t *testing.T) {
	x := counting(1, 1, 3, 3)
	w := filled(1, 1, 1, 1, 1)
	for _, k := range []struct{ dy, dx, want float32 }{
		{0, 0, 4}, {1, -1, 6}, {0.5, 0, 5.5}, {0.25, 0.5, 5.25},
		{1.5, 0, 3.5},   // half of 7, half outside
		{-1.75, 0, .25}, // a quarter of 1
		{2, 0, 0}, {0, -3, 0}, {1e30, 0, 0},
	} {
		offset := make([]float32, 2*9)
		offset[4], offset[9+4] = k.dy, k.dx
		y := optest.MustRun(t, Defs, optest.Node{Op: "DeformConv", Opset: 22}, x, w, tensor.Of(tensor.Shape{1, 2, 3, 3}, offset...))[0]
		if got := tensor.Data[float32](y)[4]; got != k.want {
			t.Errorf("offset %v, %v: got %v, want %v", k.dy, k.dx, got, k.want)
		}
	}
}

func TestDeformConvRefusesWhatDoesNotFit(t *testing.T) {
	x, w, offset := counting(1, 2, 3, 3), counting(1, 2, 1, 1), filled(0, 1, 2, 3, 3)
	for _, k := range []struct {
		in    []tensor.Value
		attrs optest.Attrs
		want  string
	}{
		{[]tensor.Value{x, w, filled(0, 1, 4, 3, 3)}, nil, "input 2 (offset)"},
		{[]tensor.Value{x, w, offset, counting(2)}, nil, "input 3 (B)"},
		{[]tensor.Value{x, w, offset, nil, offset}, nil, "input 4 (mask)"},
		{[]tensor.Value{x, w, offset}, optest.Attrs{"offset_group": 3}, "offset_group"},
		{[]tensor.Value{x, w, offset}, optest.Attrs{"offset_group": 0}, "offset_group"},
		{[]tensor.Value{counting(1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1), w, offset}, nil, "spatial dimensions"},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "DeformConv", Opset: 19, Attrs: k.attrs}, k.in...)
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%v: got error %v, want one about %q", k.in, err, k.want)
		}
	}
}

func TestCol2ImAddsBlocks(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 4, 3}, int32(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	at := func(v ...int64) tensor.Value { return tensor.Of(tensor.Shape{len(v)}, v...) }
	y := optest.MustRun(t, Defs, optest.Node{Op: "Col2Im", Opset: 18}, x, at(4), at(2))[0]
	wantShape(t, y, 1, 2, 4)
	// Each channel: element k of block b is added at b+k.
	want := []int32{1, 2 + 4, 3 + 5, 6, 7, 8 + 10, 9 + 11, 12}
	for i, v := range tensor.Data[int32](y) {
		if v != want[i] {
			t.Fatalf("got %v, want %v", tensor.Data[int32](y), want)
		}
	}
	for _, in := range [][]tensor.Value{
		{x, at(5), at(2)}, {x, at(4), at(3)}, {x, at(4, 4), at(2)}, {x, at(), at()}, {x, at(-1), at(2)}, {x, at(4), at(0)},
		{x, at(1<<31-1, 1<<31-1, 1<<31-1), at(1, 1, 1)}, {x, at(1<<20, 1<<20, 1<<20), at(1<<20, 1<<20, 1<<20)},
		{counting(4, 3), at(4), at(2)},
	} {
		if _, err := optest.Run(Defs, optest.Node{Op: "Col2Im", Opset: 18}, in...); err == nil {
			t.Errorf("%v: got no error", in)
		}
	}
}

func TestCol2ImAddsBoolsStringsAndComplexNumbers(t *testing.T) {
	at := func(v int64) tensor.Value { return tensor.Of(tensor.Shape{1}, v) }
	run := func(x *tensor.Tensor) *tensor.Tensor {
		return optest.MustRun(t, Defs, optest.Node{Op: "Col2Im", Opset: 18}, x, at(4), at(2))[0]
	}
	// Element k of block b is added at b+k.
	shape := tensor.Shape{1, 2, 3}
	if got, want := tensor.Data[bool](run(tensor.Of(shape, false, true, false, true, false, false))), []bool{false, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("bools: got %v, want %v", got, want)
	}
	if got, want := tensor.Data[bool](run(tensor.Of(shape, false, true, false, true, true, false))), []bool{false, true, true, false}; !slices.Equal(got, want) {
		t.Errorf("bools: got %v, want %v", got, want)
	}
	if got, want := tensor.Data[string](run(tensor.Of(shape, "a", "b", "c", "x", "y", "z"))), []string{"a", "bx", "cy", "z"}; !slices.Equal(got, want) {
		t.Errorf("strings: got %v, want %v", got, want)
	}
	if got, want := tensor.Data[complex64](run(tensor.Of(shape, complex64(1), 2i, 3, 4i, 5, 6i))), []complex64{1, 6i, 8, 6i}; !slices.Equal(got, want) {
		t.Errorf("complex64: got %v, want %v", got, want)
	}
	if got, want := tensor.Data[complex128](run(tensor.Of(shape, complex128(1), 2i, 3, 4i, 5, 6i))), []complex128{1, 6i, 8, 6i}; !slices.Equal(got, want) {
		t.Errorf("complex128: got %v, want %v", got, want)
	}
}
