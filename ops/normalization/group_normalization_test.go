package normalization

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestGroupAndInstanceNormalization(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, c := range []struct {
		op     string
		opset  int
		groups int
		shape  tensor.Shape
	}{
		{"GroupNormalization", 18, 2, tensor.Shape{3, 4, 5, 2}},
		{"GroupNormalization", 20, 4, tensor.Shape{3, 4, 5}},
		{"GroupNormalization", 18, 4, tensor.Shape{3, 4}},
		{"GroupNormalization", 21, 2, tensor.Shape{3, 4, 5, 2}},
		{"GroupNormalization", 21, 1, tensor.Shape{2, 6, 700}},
		{"GroupNormalization", 21, 3, tensor.Shape{2, 6}},
		{"GroupNormalization", 21, 2, tensor.Shape{1, 2, 70000}},
		{"GroupNormalization", 21, 2, tensor.Shape{2, 4, 0}},
		{"InstanceNormalization", 1, 0, tensor.Shape{2, 3, 4, 5}},
		{"InstanceNormalization", 6, 0, tensor.Shape{2, 3, 4}},
		{"InstanceNormalization", 22, 0, tensor.Shape{2, 3, 2, 2, 2}},
		{"InstanceNormalization", 22, 0, tensor.Shape{0, 3, 2}},
		{"InstanceNormalization", 22, 0, tensor.Shape{2, 0, 2}},
	} {
		for _, d := range floats {
			eps := float32(1e-3)
			attrs := optest.Attrs{"epsilon": eps}
			channels, inner := c.shape[1], c.shape.Span(2, len(c.shape))
			groups, params := c.groups, channels
			if groups == 0 {
				groups = channels
			} else {
				attrs["num_groups"] = groups
			}
			switch {
			case c.opset >= 21 && c.groups > 0:
				attrs["stash_type"] = 1
			case c.opset >= 18 && c.groups > 0:
				params = groups
			case c.opset == 1:
				attrs["consumed_inputs"] = []int{0, 0, 0}
			}
			x, xv := random(r, d, 3, 2, c.shape...)
			scale, sv := random(r, d, 1, 1, params)
			bias, bv := random(r, d, 0, 1, params)
			y := optest.MustRun(t, Defs, optest.Node{Op: c.op, Opset: c.opset, Attrs: attrs, Threads: 3}, x, scale, bias)[0]
			if !y.Shape().Equal(c.shape) || y.DType() != d {
				t.Fatalf("got %v for %v", y, x)
			}
			var want []float64
			if n := len(xv) / max(1, c.shape[0]*groups); n > 0 {
				for i := 0; i < len(xv); i += n {
					row, _, _ := standardized(xv[i:i+n], float64(eps), true)
					want = append(want, row...)
				}
			}
			for i := range want {
				p := i / inner % channels * params / channels
				want[i] = want[i]*sv[p] + bv[p]
			}
			near(t, fmt.Sprint(c, d), y, want, 2, 2)
		}
	}
}

func TestGroupNormalizationRefuses(t *testing.T) {
	x, _ := of(tensor.F32, make([]float64, 12), 2, 6)
	six, _ := of(tensor.F32, make([]float64, 6), 6)
	three, _ := of(tensor.F32, make([]float64, 3), 3)
	for _, c := range []struct {
		want  string
		opset int
		attrs optest.Attrs
		in    []tensor.Value
	}{
		{"input 0 (X): got float32[6], want dimensions", 21, optest.Attrs{"num_groups": 1}, []tensor.Value{six, six, six}},
		{"the 6 channels of float32[2 6] do not make 4 groups", 21, optest.Attrs{"num_groups": 4}, []tensor.Value{x, six, six}},
		{"input 1 (scale): got float32[3], want 6 elements", 21, optest.Attrs{"num_groups": 3}, []tensor.Value{x, three, six}},
		{"input 2 (bias): got float32[6], want 3 elements", 18, optest.Attrs{"num_groups": 3}, []tensor.Value{x, three, six}},
		{"attribute num_groups: got 0, want at least 1", 21, optest.Attrs{"num_groups": 0}, []tensor.Value{x, six, six}},
		{"attribute num_groups is missing", 21, nil, []tensor.Value{x, six, six}},
		{"attribute stash_type: got int64", 21, optest.Attrs{"num_groups": 3, "stash_type": int(tensor.I64)}, []tensor.Value{x, six, six}},
		{"attribute stash_type is not one of", 18, optest.Attrs{"num_groups": 3, "stash_type": 1}, []tensor.Value{x, three, three}},
	} {
		_, err := optest.Run(Defs, optest.Node{Op: "GroupNormalization", Opset: c.opset, Attrs: c.attrs}, c.in...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want %s", err, c.want)
		}
	}
}
