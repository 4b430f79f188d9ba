package nn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// A convolution equals the plain loop for every number of dimensions, group,
// stride, dilation and padding, with constant weights and without.
func TestConvEqualsThePlainLoop(t *testing.T) {
	for _, k := range []struct {
		x, w                     []int
		group                    int
		strides, dilations, pads []int
		auto                     string
		out                      []int
	}{
		{x: []int{1, 3, 9}, w: []int{4, 3, 3}, out: []int{7}},
		{x: []int{2, 4, 9}, w: []int{6, 2, 4}, group: 2, strides: []int{2}, pads: []int{1, 2}, out: []int{5}},
		{x: []int{2, 3, 8, 9}, w: []int{5, 3, 1, 1}, out: []int{8, 9}},
		{x: []int{2, 3, 8, 9}, w: []int{5, 3, 1, 1}, strides: []int{2, 3}, out: []int{4, 3}},
		{x: []int{1, 3, 40, 37}, w: []int{7, 3, 3, 5}, strides: []int{1, 2}, dilations: []int{2, 1}, pads: []int{2, 1, 0, 3}, out: []int{38, 19}},
		{x: []int{3, 6, 7, 7}, w: []int{6, 1, 3, 3}, group: 6, pads: []int{1, 1, 1, 1}, out: []int{7, 7}},
		{x: []int{1, 6, 7, 9}, w: []int{12, 1, 3, 3}, group: 6, strides: []int{2, 2}, dilations: []int{1, 2}, pads: []int{1, 1, 1, 1}, out: []int{4, 4}},
		{x: []int{1, 1, 12, 12}, w: []int{8, 1, 5, 5}, out: []int{8, 8}},
		{x: []int{2, 8, 5, 6, 7}, w: []int{4, 4, 2, 3, 3}, group: 2, strides: []int{1, 2, 1}, pads: []int{0, 1, 1, 1, 1, 0}, out: []int{5, 3, 6}},
		{x: []int{1, 2, 3, 4, 5, 4}, w: []int{3, 2, 2, 2, 2, 2}, out: []int{2, 3, 4, 3}},
		{x: []int{1, 2, 5, 6}, w: []int{3, 2, 2, 4}, auto: "SAME_UPPER", strides: []int{2, 1}, out: []int{3, 6}},
		{x: []int{1, 2, 5, 6}, w: []int{3, 2, 2, 4}, auto: "SAME_LOWER", strides: []int{2, 1}, out: []int{3, 6}},
		{x: []int{1, 2, 5, 6}, w: []int{3, 2, 2, 4}, auto: "VALID", strides: []int{2, 1}, out: []int{2, 3}},
		{x: []int{1, 70, 20, 20}, w: []int{33, 70, 3, 3}, pads: []int{1, 1, 1, 1}, out: []int{20, 20}},
		{x: []int{0, 2, 5, 6}, w: []int{3, 2, 1, 1}, out: []int{5, 6}},
	} {
		x, w := noise(1, k.x...), noise(2, k.w...)
		b := noise(3, k.w[0])
		attrs := optest.Attrs{}
		a := window.Attrs{AutoPad: k.auto, Strides: k.strides, Dilations: k.dilations, Pads: k.pads}
		group := max(k.group, 1)
		attrs["group"] = group
		if k.auto != "" {
			attrs["auto_pad"] = k.auto
		}
		if k.strides != nil {
			attrs["strides"] = k.strides
		}
		if k.dilations != nil {
			attrs["dilations"] = k.dilations
		}
		if k.pads != nil {
			attrs["pads"] = k.pads
		}
		dims, err := a.Resolve(k.x[2:], k.w[2:])
		if err != nil {
			t.Fatal(err)
		}
		p := &conv.Params{Batch: k.x[0], Channels: k.x[1], Features: k.w[0], Group: group, Dims: dims}
		shape := append([]int{k.x[0], k.w[0]}, k.out...)
		for _, bias := range []bool{true, false} {
			want := make([]float32, tensor.Shape(shape).Len())
			in := []tensor.Value{x, w}
			var biases []float32
			if bias {
				in, biases = append(in, b), tensor.Data[float32](b)
			}
			conv.Reference(p, tensor.Data[float32](x), tensor.Data[float32](w), biases, want)
			for _, constant := range []bool{false, true} {
				var first []float32
				for _, threads := range []int{1, 2, 3} {
					t.Run(fmt.Sprint(k.x, k.w, bias, constant, threads), func(t *testing.T) {
						y := optest.MustRun(t, Defs, optest.Node{Op: "Conv", Opset: 22, Attrs: attrs, Constants: constant, Threads: threads}, in...)[0]
						wantShape(t, y, shape...)
						wantFloats(t, y, want, 1e-4)
						if first == nil {
							first = tensor.Data[float32](y)
						}
						wantFloats(t, y, first, 0)
					})
				}
			}
		}
	}
}

func TestConvInHalfAndDouble(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 1, 3}, 1.0, 2, 3)
	w := tensor.Of(tensor.Shape{1, 1, 2}, 10.0, 1)
	for _, constant := range []bool{false, true} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "Conv", Opset: 11, Constants: constant}, x, w)[0]
		if d := tensor.Data[float64](y); d[0] != 12 || d[1] != 23 {
			t.Fatalf("float64: got %v, want 12, 23", d)
		}
		half := func(t *tensor.Tensor) *tensor.Tensor {
			var l []tensor.Float16
			for _, v := range tensor.Data[float64](t) {
				l = append(l, tensor.ToFloat16(float32(v)))
			}
			return tensor.Of(t.Shape(), l...)
		}
		y = optest.MustRun(t, Defs, optest.Node{Op: "Conv", Opset: 11, Constants: constant}, half(x), half(w))[0]
		if d := tensor.Data[tensor.Float16](y); d[0].Float32() != 12 || d[1].Float32() != 23 {
			t.Fatalf("float16: got %v, want 12, 23", d)
		}
	}
}

func TestConvRefusesWhatDoesNotFit(t *testing.T) {
	for _, k := range []struct {
		x, w  []int
		bias  int
		attrs optest.Attrs
		want  string
	}{
		{x: []int{3, 4}, w: []int{1, 3, 1}, want: "input 0 (X)"},
		{x: []int{1, 3, 4}, w: []int{1, 3, 1, 1}, want: "input 1 (W)"},
		{x: []int{1, 4, 4}, w: []int{1, 3, 1}, want: "4 channels in 1 groups"},
		{x: []int{1, 4, 4}, w: []int{3, 2, 1}, attrs: optest.Attrs{"group": 2}, want: "2 groups share"},
		{x: []int{1, 4, 4}, w: []int{3, 2, 1}, attrs: optest.Attrs{"group": 0}, want: "attribute group"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 5}, want: "does not fit"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 2}, attrs: optest.Attrs{"kernel_shape": []int{3}}, want: "kernel_shape"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 2}, attrs: optest.Attrs{"strides": []int{0}}, want: "strides"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 2}, attrs: optest.Attrs{"pads": []int{1}}, want: "pads"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 2}, attrs: optest.Attrs{"pads": []int{-1, 1}}, want: "pads"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 2}, attrs: optest.Attrs{"pads": []int{1 << 30, 1 << 30}}, want: "memory"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 2}, attrs: optest.Attrs{"dilations": []int{math.MaxInt}}, want: "dilations"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 2}, attrs: optest.Attrs{"auto_pad": "SAME"}, want: "auto_pad"},
		{x: []int{1, 1, 4}, w: []int{1, 1, 0}, want: "kernel"},
		{x: []int{1, 1, 4}, w: []int{2, 1, 2}, bias: 3, want: "input 2 (B)"},
	} {
		in := []tensor.Value{counting(k.x...), counting(k.w...)}
		if k.bias > 0 {
			in = append(in, counting(k.bias))
		}
		for _, constant := range []bool{false, true} {
			_, err := optest.Run(Defs, optest.Node{Op: "Conv", Opset: 11, Attrs: k.attrs, Constants: constant}, in...)
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("x %v w %v %v: got error %v, want one about %q", k.x, k.w, k.attrs, err, k.want)
			}
		}
	}
}
