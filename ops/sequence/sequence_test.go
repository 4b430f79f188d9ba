package sequence

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func vec[T tensor.Element](v ...T) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }

func seq(of tensor.DType, elems ...tensor.Value) *tensor.Sequence {
	return &tensor.Sequence{Of: tensor.TensorOf(of), Elems: elems}
}

// show prints a value with its elements.
func show(v tensor.Value) string {
	switch v := v.(type) {
	case *tensor.Sequence:
		parts := make([]string, len(v.Elems))
		for i, e := range v.Elems {
			parts[i] = show(e)
		}
		return v.Type().String() + "{" + strings.Join(parts, " ") + "}"
	case *tensor.Tensor:
		switch v.DType() {
		case tensor.I64:
			return fmt.Sprint(v.Shape(), tensor.Data[int64](v))
		case tensor.U8:
			return fmt.Sprint(v.Shape(), tensor.Data[uint8](v))
		case tensor.Str:
			return fmt.Sprint(v.Shape(), tensor.Data[string](v))
		}
	}
	return tensor.Describe(v)
}

func TestSequenceOperators(t *testing.T) {
	a, b, c := vec[int64](1), vec[int64](2, 3), vec[int64](4)
	s := seq(tensor.I64, a, b)
	strs := tensor.Of(tensor.Shape{2, 2}, "a", "b", "c", "d")
	m := tensor.Of(tensor.Shape{2, 3}, uint8(0), 1, 2, 3, 4, 5)
	for _, test := range []struct {
		op    string
		attrs optest.Attrs
		in    []tensor.Value
		want  string // or part of the error
	}{
		{"SequenceConstruct", nil, []tensor.Value{a, b}, "seq(int64){[1] [1] [2] [2 3]}"},
		{"SequenceEmpty", nil, nil, "seq(float32){}"},
		{"SequenceEmpty", optest.Attrs{"dtype": 8}, nil, "seq(string){}"},
		{"SequenceLength", nil, []tensor.Value{s}, "[] [2]"},
		{"SequenceLength", nil, []tensor.Value{seq(tensor.F32)}, "[] [0]"},
		{"SequenceAt", nil, []tensor.Value{s, tensor.Scalar(int64(-1))}, "[2] [2 3]"},
		{"SequenceAt", nil, []tensor.Value{s, tensor.Scalar(int32(0))}, "[1] [1]"},
		{"SequenceAt", nil, []tensor.Value{s, tensor.Scalar(int64(2))}, "input 1 (position): 2 is outside of [-2, 1]"},
		{"SequenceAt", nil, []tensor.Value{seq(tensor.I64), tensor.Scalar(int64(0))}, "outside"},
		{"SequenceErase", nil, []tensor.Value{s}, "seq(int64){[1] [1]}"},
		{"SequenceErase", nil, []tensor.Value{s, tensor.Scalar(int64(-2))}, "seq(int64){[2] [2 3]}"},
		{"SequenceErase", nil, []tensor.Value{seq(tensor.I64)}, "is empty"},
		{"SequenceInsert", nil, []tensor.Value{s, c}, "seq(int64){[1] [1] [2] [2 3] [1] [4]}"},
		{"SequenceInsert", nil, []tensor.Value{s, c, tensor.Scalar(int64(-1))}, "seq(int64){[1] [1] [1] [4] [2] [2 3]}"},
		{"SequenceInsert", nil, []tensor.Value{s, c, tensor.Scalar(int64(2))}, "seq(int64){[1] [1] [2] [2 3] [1] [4]}"},
		{"SequenceInsert", nil, []tensor.Value{s, c, tensor.Scalar(int64(3))}, "outside of [-2, 2]"},
		{"SequenceInsert", nil, []tensor.Value{seq(tensor.F32), c}, "input 1 (tensor): got int64[1]"},
		{"ConcatFromSequence", optest.Attrs{"axis": 0}, []tensor.Value{s}, "[3] [1 2 3]"},
		{"ConcatFromSequence", optest.Attrs{"axis": -1, "new_axis": 1}, []tensor.Value{seq(tensor.I64, b, b)}, "[2 2] [2 2 3 3]"},
		{"ConcatFromSequence", optest.Attrs{"axis": 0, "new_axis": 1}, []tensor.Value{seq(tensor.I64, b, b)}, "[2 2] [2 3 2 3]"},
		{"ConcatFromSequence", optest.Attrs{"axis": 1}, []tensor.Value{seq(tensor.Str, strs, strs)}, "[2 4] [a b a b c d c d]"},
		{"ConcatFromSequence", optest.Attrs{"axis": 0, "new_axis": 1}, []tensor.Value{s}, "element 1 is int64[2]"},
		{"ConcatFromSequence", optest.Attrs{"axis": 1}, []tensor.Value{s}, "axis 1 is outside"},
		{"ConcatFromSequence", optest.Attrs{"axis": 0}, []tensor.Value{seq(tensor.I64)}, "is empty"},
		{"ConcatFromSequence", optest.Attrs{"axis": 0}, []tensor.Value{seq(tensor.I64, a, vec[int32](1))}, "element 1 is int32[1]"},
		{"SplitToSequence", nil, []tensor.Value{m}, "seq(uint8){[1 3] [0 1 2] [1 3] [3 4 5]}"},
		{"SplitToSequence", optest.Attrs{"axis": 1, "keepdims": 0}, []tensor.Value{m}, "seq(uint8){[2] [0 3] [2] [1 4] [2] [2 5]}"},
		{"SplitToSequence", optest.Attrs{"axis": 1, "keepdims": 0}, []tensor.Value{m, tensor.Scalar(int32(2))}, "seq(uint8){[2 2] [0 1 3 4] [2 1] [2 5]}"},
		{"SplitToSequence", optest.Attrs{"axis": -1}, []tensor.Value{m, vec[int64](1, 0, 2)}, "seq(uint8){[2 1] [0 3] [2 0] [] [2 2] [1 2 4 5]}"},
		{"SplitToSequence", nil, []tensor.Value{m, vec[int64](1)}, "do not add up to 2"},
		{"SplitToSequence", nil, []tensor.Value{m, vec[int64](3, -1)}, "do not add up to 2"},
		{"SplitToSequence", nil, []tensor.Value{m, tensor.Scalar(int64(0))}, "above 0"},
		{"SplitToSequence", nil, []tensor.Value{strs, tensor.Scalar(int64(1 << 62))}, "seq(string){[2 2] [a b c d]}"},
		{"SplitToSequence", optest.Attrs{"axis": 1}, []tensor.Value{tensor.Of[uint8](tensor.Shape{0, 1 << 30})}, "empty parts"},
	} {
		out, err := optest.Run(Defs, optest.Node{Op: test.op, Opset: 17, Attrs: test.attrs}, test.in...)
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s %v: got error %v, want %s", test.op, test.attrs, err, test.want)
			}
			continue
		}
		if got := show(out[0]); got != test.want {
			t.Errorf("%s %v: got %s, want %s", test.op, test.attrs, got, test.want)
		}
	}
}

func TestSequencesStayAsTheyAre(t *testing.T) {
	a, b := vec[int64](1), vec[int64](2)
	s := seq(tensor.I64, a, b)
	s.Elems = slices.Grow(s.Elems, 4)
	for _, n := range []string{"SequenceErase", "SequenceInsert"} {
		in := []tensor.Value{s, b, tensor.Scalar(int64(0))}
		if n == "SequenceErase" {
			in = []tensor.Value{s, tensor.Scalar(int64(0))}
		}
		if _, err := optest.Run(Defs, optest.Node{Op: n, Opset: 11}, in...); err != nil {
			t.Fatal(err)
		}
		if got := show(s); got != "seq(int64){[1] [1] [1] [2]}" {
			t.Errorf("after %s: got %s", n, got)
		}
	}
}
