package math_test

import (
	gomath "math"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/tensor"
)

type (
	attrs = optest.Attrs
	shape = tensor.Shape
)

var (
	inf = float32(gomath.Inf(1))
	nan = float32(gomath.NaN())
)

// test is one call of an operator, and its first output or what its error
// says.
type test struct {
	name  string
	opset int // 0 means 21
	attrs attrs
	in    []tensor.Value
	want  *tensor.Tensor
	fails string
}

func in(v ...tensor.Value) []tensor.Value { return v }

func vector[T tensor.Element](v ...T) *tensor.Tensor { return tensor.Of(shape{len(v)}, v...) }

// run checks an operator on each test: the values as told, and the same with
// every type that the names of more list.
func run(t *testing.T, op string, tests []test) {
	t.Helper()
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			opset := c.opset
			if opset == 0 {
				opset = 21
			}
			out, err := optest.Run(math.Defs, optest.Node{Op: op, Opset: opset, Attrs: c.attrs, Threads: 2}, c.in...)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Fatalf("got error %v, want one that says %q", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, out[0].(*tensor.Tensor), c.want)
		})
	}
}

// compare wants equal types, shapes and elements; floats may differ by one unit
// in the last place.
func compare(t *testing.T, got, want *tensor.Tensor) {
	t.Helper()
	if got.DType() != want.DType() || !got.Shape().Equal(want.Shape()) {
		t.Fatalf("got %v, want %v", got, want)
	}
	switch want.DType() {
	case tensor.F32:
		near(t, tensor.Data[float32](got), tensor.Data[float32](want), gomath.Nextafter32)
	case tensor.F64:
		near(t, tensor.Data[float64](got), tensor.Data[float64](want), gomath.Nextafter)
	default:
		if !slices.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("got % x, want % x", got.Bytes(), want.Bytes())
		}
	}
}

func near[T float32 | float64](t *testing.T, got, want []T, next func(a, b T) T) {
	t.Helper()
	for i, w := range want {
		g := got[i]
		same := g == w && gomath.Signbit(float64(g)) == gomath.Signbit(float64(w)) || g != g && w != w
		if !same && (g == 0 || next(g, w) != w) {
			t.Errorf("element %d: got %v, want %v (all: %v)", i, g, w, got)
		}
	}
}
