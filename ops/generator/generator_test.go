package generator

import (
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// is compares a tensor with a shape and elements.
func is[T tensor.Element](t *testing.T, got *tensor.Tensor, shape tensor.Shape, want ...T) {
	t.Helper()
	v, err := tensor.Values[T](got)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Shape().Equal(shape) || !slices.Equal(v, want) {
		t.Fatalf("got %v %v, want %v %v", got.Shape(), v, shape, want)
	}
}

// fails checks that a node is refused with a message that has the given part.
func fails(t *testing.T, part string, n optest.Node, in ...tensor.Value) {
	t.Helper()
	if _, err := optest.Run(Defs, n, in...); err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("%s %d %v: got error %v, want one with %q", n.Op, n.Opset, n.Attrs, err, part)
	}
}

func ints(v ...int64) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }

func TestConstantReturnsItsAttribute(t *testing.T) {
	run := func(name string, v any) *tensor.Tensor {
		return optest.MustRun(t, Defs, optest.Node{Op: "Constant", Opset: 13, Attrs: optest.Attrs{name: v}})[0]
	}
	is[int8](t, run("value", tensor.Of[int8](tensor.Shape{2}, 3, 4)), tensor.Shape{2}, 3, 4)
	is[float32](t, run("value_float", float32(1.5)), tensor.Shape{}, 1.5)
	is[float32](t, run("value_floats", []float32{1, 2}), tensor.Shape{2}, 1, 2)
	is[int64](t, run("value_int", 7), tensor.Shape{}, 7)
	is[int64](t, run("value_ints", []int{7, 8}), tensor.Shape{2}, 7, 8)
	is[int64](t, run("value_ints", []int{}), tensor.Shape{0})
	is(t, run("value_string", "s"), tensor.Shape{}, "s")
	is(t, run("value_strings", []string{"a", "b"}), tensor.Shape{2}, "a", "b")

	fails(t, "exactly one value", optest.Node{Op: "Constant", Opset: 13})
	fails(t, "exactly one value", optest.Node{Op: "Constant", Opset: 13, Attrs: optest.Attrs{"value_int": 1, "value_float": float32(1)}})
	fails(t, "attribute other", optest.Node{Op: "Constant", Opset: 13, Attrs: optest.Attrs{"other": 1}})
}

func TestConstantMakesSparseValuesDense(t *testing.T) {
	run := func(s *tensor.Sparse) (*tensor.Tensor, error) {
		node := &onnx.Node{OpType: "Constant", Opset: 13, Outputs: []*onnx.Value{{Name: "y"}},
			Attrs: []*onnx.Attr{{Name: "sparse_value", Kind: onnx.AttrSparseTensor, Sparse: s}}}
		_, k, err := ops.NewRegistry(Defs).Build(node, nil)
		if err != nil {
			return nil, err
		}
		c := &ops.Call{Outputs: make([]tensor.Value, 1), Arena: &tensor.Arena{}}
		if err := k.Run(c); err != nil {
			return nil, err
		}
		return c.Outputs[0].(*tensor.Tensor), nil
	}
	y, err := run(&tensor.Sparse{Shape: tensor.Shape{2, 3}, Values: tensor.Of[float32](tensor.Shape{2}, 5, 6), Indices: ints(1, 5)})
	if err != nil {
		t.Fatal(err)
	}
	is[float32](t, y, tensor.Shape{2, 3}, 0, 5, 0, 0, 0, 6)
	_, err = run(&tensor.Sparse{Shape: tensor.Shape{2, 3}, Values: tensor.Of[float32](tensor.Shape{1}, 5), Indices: ints(6)})
	if err == nil || !strings.Contains(err.Error(), "attribute sparse_value: indices: 6 is outside") {
		t.Errorf("got %v", err)
	}
}

func TestConstantOfShapeFills(t *testing.T) {
	n := optest.Node{Op: "ConstantOfShape", Opset: 9}
	is[float32](t, optest.MustRun(t, Defs, n, ints(2, 2))[0], tensor.Shape{2, 2}, 0, 0, 0, 0)
	is[float32](t, optest.MustRun(t, Defs, n, ints())[0], tensor.Shape{}, 0)
	is[float32](t, optest.MustRun(t, Defs, n, ints(0, 3))[0], tensor.Shape{0, 3})
	fails(t, "dimension 1 is negative", n, ints(1, -1))
	fails(t, "memory limit", n, ints(1<<50))
	n.Attrs = optest.Attrs{"value": tensor.Of(tensor.Shape{1}, "x")}
	is(t, optest.MustRun(t, Defs, n, ints(3))[0], tensor.Shape{3}, "x", "x", "x")
	n.Attrs = optest.Attrs{"value": ints(1, 2)}
	fails(t, "want one element", n, ints(1))
}
