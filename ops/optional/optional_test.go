package optional

import (
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestOptionalOperators(t *testing.T) {
	x := tensor.Of(tensor.Shape{2}, float32(1), 2)
	s := &tensor.Sequence{Of: tensor.TensorOf(tensor.F32), Elems: []tensor.Value{x}}
	floats := tensor.TensorOf(tensor.F32)
	full, empty := &tensor.Optional{Of: floats, Elem: x}, &tensor.Optional{Of: floats}
	for _, test := range []struct {
		op    string
		attrs optest.Attrs
		in    []tensor.Value
		want  string // or part of the error
	}{
		{"Optional", nil, []tensor.Value{x}, "optional(float32[2])"},
		{"Optional", nil, []tensor.Value{s}, "optional(seq(float32))"},
		{"Optional", optest.Attrs{"type": floats}, nil, "optional(float32)"},
		{"Optional", optest.Attrs{"type": floats}, []tensor.Value{x}, "optional(float32)"},
		{"Optional", optest.Attrs{"type": tensor.TensorOf(tensor.I8)}, []tensor.Value{x}, "want int8 as attribute type says"},
		{"Optional", nil, nil, "neither an input nor attribute type"},
		{"OptionalGetElement", nil, []tensor.Value{full}, "float32[2]"},
		{"OptionalGetElement", nil, []tensor.Value{x}, "float32[2]"},
		{"OptionalGetElement", nil, []tensor.Value{s}, "seq(float32) of 1"},
		{"OptionalGetElement", nil, []tensor.Value{empty}, "got an empty optional(float32)"},
		{"OptionalHasElement", nil, []tensor.Value{full}, "true"},
		{"OptionalHasElement", nil, []tensor.Value{empty}, "false"},
		{"OptionalHasElement", nil, []tensor.Value{s}, "true"},
		{"OptionalHasElement", nil, []tensor.Value{nil}, "false"},
		{"OptionalHasElement", nil, nil, "false"},
	} {
		out, err := optest.Run(Defs, optest.Node{Op: test.op, Opset: 18, Attrs: test.attrs}, test.in...)
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got error %v, want %s", test.op, err, test.want)
			}
			continue
		}
		got := tensor.Describe(out[0])
		if b, ok := out[0].(*tensor.Tensor); ok && b.DType() == tensor.Boolean {
			got = "false"
			if tensor.Data[bool](b)[0] {
				got = "true"
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.op, got, test.want)
		}
	}
}
