package array

import (
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// ramp returns the values 0 to n-1.
func ramp[T int8 | int32 | int64 | uint16 | float32 | float64](n int) []T {
	l := make([]T, n)
	for i := range l {
		l[i] = T(i)
	}
	return l
}

// is compares a tensor with a shape and elements.
func is[T tensor.Element](t *testing.T, got *tensor.Tensor, shape tensor.Shape, want ...T) {
	t.Helper()
	if got == nil {
		t.Fatal("got no tensor")
	}
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
