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

// A transposed convolution equals the plain loop that adds every input element
// times the kernel to the output.
func TestConvTransposeEqualsThePlainLoop(t *testing.T) {
	for _, k := range []struct {
		x, w                     []int
		group                    int
		strides, dilations, pads []int
		padding, shape           []int
		auto                     string
		out                      []int
	}{
		{x: []int{1, 3, 5}, w: []int{3, 4, 3}, out: []int{4, 7}},
		{x: []int{2, 4, 5}, w: []int{4, 3, 4}, group: 2, strides: []int{3}, pads: []int{1, 2}, padding: []int{1}, out: []int{6, 14}},
		{x: []int{2, 6, 5, 4}, w: []int{6, 5, 3, 2}, strides: []int{2, 1}, dilations: []int{1, 2}, pads: []int{1, 0, 0, 1}, out: []int{5, 10, 5}},
		{x: []int{1, 2, 3, 3}, w: []int{2, 2, 3, 3}, strides: []int{3, 2}, shape: []int{10, 8}, out: []int{2, 10, 8}},
		{x: []int{1, 2, 3, 3}, w: []int{2, 2, 3, 3}, strides: []int{3, 2}, shape: []int{8, 6}, auto: "SAME_UPPER", out: []int{2, 8, 6}},
		{x: []int{1, 2, 3, 3}, w: []int{2, 2, 3, 3}, strides: []int{2, 2}, auto: "SAME_UPPER", out: []int{2, 6, 6}},
		{x: []int{1, 2, 3, 3}, w: []int{2, 2, 3, 3}, strides: []int{2, 2}, auto: "SAME_LOWER", out: []int{2, 6, 6}},
		{x: []int{1, 4, 2, 3, 4}, w: []int{4, 2, 2, 2, 3}, group: 4, strides: []int{1, 2, 2}, out: []int{8, 3, 6, 9}},
		{x: []int{1, 3, 40, 41}, w: []int{3, 7, 9, 9}, strides: []int{2, 2}, pads: []int{4, 4, 4, 4}, out: []int{7, 79, 81}},
		{x: []int{1, 40, 9, 9}, w: []int{40, 30, 2, 2}, strides: []int{2, 2}, out: []int{30, 18, 18}},
		{x: []int{0, 3, 5}, w: []int{3, 4, 3}, out: []int{4, 7}},
	} {
		group := max(k.group, 1)
		attrs := optest.Attrs{"group": group}
		for name, l := range map[string][]int{"strides": k.strides, "dilations": k.dilations, "pads": k.pads, "output_padding": k.padding, "output_shape": k.shape} {
			if l != nil {
				attrs[name] = l
			}
		}
		if k.auto != "" {
			attrs["auto_pad"] = k.auto
		}
		a := window.Attrs{AutoPad: k.auto, Strides: k.strides, Dilations: k.dilations, Pads: k.pads}
		dims, err := a.ResolveTransposed(k.x[2:], k.w[2:], k.padding, k.shape)
		if err != nil {
			t.Fatal(err)
		}
		x, w, b := noise(1, k.x...), noise(2, k.w...), noise(3, k.w[1]*group)
		p := &conv.Params{Batch: k.x[0], Channels: k.x[1], Features: k.w[1] * group, Group: group, Dims: dims}
		for _, bias := range []bool{true, false} {
			in, biases := []tensor.Value{x, w}, []float32(nil)
			if bias {
				in, biases = append(in, b), tensor.Data[float32](b)
			}
			shape := append([]int{k.x[0]}, k.out...)
			want := make([]float32, tensor.Shape(shape).Len())
			conv.TransposedReference(p, tensor.Data[float32](x), tensor.Data[float32](w), biases, want)
			var first []float32
			for _, constant := range []bool{false, true} {
				for _, threads := range []int{1, 2, 40} {
					t.Run(fmt.Sprint(k.x, k.w, bias, constant, threads), func(t *testing.T) {
						y := optest.MustRun(t, Defs, optest.Node{Op: "ConvTranspose", Opset: 11, Attrs: attrs, Constants: constant, Threads: threads}, in...)[0]
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

func TestConvTransposeRefusesWhatDoesNotFit(t *testing.T) {
	for _, k := range []struct {
		x, w  []int
		attrs optest.Attrs
		want  string
	}{
		{x: []int{3, 4}, w: []int{1, 3, 1}, want: "input 0 (X)"},
		{x: []int{1, 4, 4}, w: []int{3, 2, 1}, want: "input 1 (W)"},
		{x: []int{1, 3, 4}, w: []int{3, 2, 1}, attrs: optest.Attrs{"group": 2}, want: "2 groups share"},
		{x: []int{1, 3, 4}, w: []int{3, 2, 1}, attrs: optest.Attrs{"group": -1}, want: "attribute group"},
		{x: []int{1, 0, 4}, w: []int{0, 2, 1}, attrs: optest.Attrs{"group": math.MaxInt}, want: "groups share"},
		{x: []int{1, 3, 4}, w: []int{3, 2, 1}, attrs: optest.Attrs{"output_shape": []int{1, 2}}, want: "output_shape"},
		{x: []int{1, 3, 4}, w: []int{3, 2, 1}, attrs: optest.Attrs{"pads": []int{3, 3}}, want: "size"},
		{x: []int{1, 3, 4}, w: []int{3, 2, 1}, attrs: optest.Attrs{"strides": []int{1 << 30}}, want: "size"},
		{x: []int{1, 3, 4}, w: []int{3, 2, 0}, want: "kernel"},
	} {
		for _, constant := range []bool{false, true} {
			_, err := optest.Run(Defs, optest.Node{Op: "ConvTranspose", Opset: 11, Attrs: k.attrs, Constants: constant}, counting(k.x...), counting(k.w...))
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("x %v w %v %v: got error %v, want one about %q", k.x, k.w, k.attrs, err, k.want)
			}
		}
	}
}
