package array

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// eachIndex calls f for all indices of a shape in row-major order; n counts.
func eachIndex(shape tensor.Shape, f func(n int, idx []int)) {
	st := shape.Strides()
	for n := range shape.Len() {
		idx := make([]int, len(shape))
		for k := range shape {
			idx[k] = n / st[k] % shape[k]
		}
		f(n, idx)
	}
}

// offset returns where idx lies in a contiguous tensor.
func offset(shape tensor.Shape, idx []int) int {
	at := 0
	for k, s := range shape.Strides() {
		at += idx[k] * s
	}
	return at
}

// counting returns a tensor of the elements 0, 1, 2, …
func counting[T int8 | int16 | int32 | int64 | uint8 | uint16 | float32 | float64](shape ...int) *tensor.Tensor {
	data := make([]T, tensor.Shape(shape).Len())
	for i := range data {
		data[i] = T(i)
	}
	return tensor.Of(tensor.Shape(shape), data...)
}

// randomIndices returns indices in [-n, n-1].
func randomIndices(r *rand.Rand, n int, shape ...int) *tensor.Tensor {
	data := make([]int64, tensor.Shape(shape).Len())
	for i := range data {
		data[i] = r.Int64N(2*int64(n)) - int64(n)
	}
	return tensor.Of(tensor.Shape(shape), data...)
}

func wrap(i int64, n int) int { return (int(i) + n) % n }

func wantError(t *testing.T, n optest.Node, part string, in ...tensor.Value) {
	t.Helper()
	_, err := optest.Run(Defs, n, in...)
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("%s: got error %v, want one with %q", n.Op, err, part)
	}
}

func TestGatherTakesEntriesAlongAnyAxis(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	shape := tensor.Shape{3, 4, 5, 2}
	for axis := -4; axis < 4; axis++ {
		for _, q := range []tensor.Shape{{}, {1}, {7}, {2, 3}, {0}} {
			ind := randomIndices(r, shape[(axis+4)%4], q...)
			for _, x := range []*tensor.Tensor{counting[uint8](shape...), counting[int16](shape...), counting[float32](shape...), counting[int64](shape...)} {
				y := optest.MustRun(t, Defs, optest.Node{Op: "Gather", Opset: 13, Attrs: optest.Attrs{"axis": axis}, Threads: 2}, x, ind)[0]
				a := (axis + 4) % 4
				want := slices.Concat(shape[:a], q, shape[a+1:])
				if !y.Shape().Equal(want) {
					t.Fatalf("axis %d, indices %v: got shape %v, want %v", axis, q, y.Shape(), want)
				}
				got := floats(t, y)
				eachIndex(want, func(n int, idx []int) {
					i := tensor.Data[int64](ind)[offset(q, idx[a:a+len(q)])]
					from := offset(shape, slices.Concat(idx[:a], []int{wrap(i, shape[a])}, idx[a+len(q):]))
					if got[n] != float64(from) {
						t.Fatalf("axis %d, %v at %v: got %v, want %v", axis, x, idx, got[n], from)
					}
				})
			}
		}
	}
}

// floats returns the elements of a numeric tensor.
func floats(t *testing.T, x *tensor.Tensor) []float64 {
	t.Helper()
	y, err := tensor.New(tensor.F64, x.Shape())
	if err == nil {
		err = tensor.Convert(y, x, tensor.Conversion{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return tensor.Data[float64](y)
}

func TestGatherMovesStringsAndWideElements(t *testing.T) {
	ind := tensor.Of(tensor.Shape{2}, int32(-1), 0)
	y := optest.MustRun(t, Defs, optest.Node{Op: "Gather", Opset: 11, Attrs: optest.Attrs{"axis": 1}}, tensor.Of(tensor.Shape{2, 2}, "a", "b", "c", "d"), ind)[0]
	if got := tensor.Data[string](y); !slices.Equal(got, []string{"b", "a", "d", "c"}) {
		t.Errorf("got %q", got)
	}
	y = optest.MustRun(t, Defs, optest.Node{Op: "Gather", Opset: 11}, tensor.Of(tensor.Shape{3}, complex128(1), 2, 3i), ind)[0]
	if got := tensor.Data[complex128](y); !slices.Equal(got, []complex128{3i, 1}) {
		t.Errorf("got %v", got)
	}
}

func TestGatherRefusesIndicesOutsideOfTheDimension(t *testing.T) {
	x := counting[float32](2, 3)
	node := optest.Node{Op: "Gather", Opset: 13, Attrs: optest.Attrs{"axis": 1}}
	wantError(t, node, "input 1 (indices): index 3 at position 1 is outside of [-3, 2]", x, tensor.Of(tensor.Shape{2}, int64(0), 3))
	wantError(t, node, "index -4 at position 0", x, tensor.Of(tensor.Shape{2}, int32(-4), 3))
	wantError(t, optest.Node{Op: "Gather", Opset: 13, Attrs: optest.Attrs{"axis": 2}}, "axis 2 is outside", x, tensor.Scalar(int64(0)))
	wantError(t, optest.Node{Op: "Gather", Opset: 13}, "axis 0 is outside", tensor.Scalar(float32(1)), tensor.Scalar(int64(0)))
	wantError(t, optest.Node{Op: "Gather", Opset: 13}, "index 0 at position 0", counting[float32](0, 3), tensor.Scalar(int64(0)))
}

func TestGatherElementsReplacesOneCoordinate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	data := tensor.Shape{4, 3, 5}
	for axis := range 3 {
		shape := tensor.Shape{2, 3, 4}
		shape[axis] = 6
		ind := randomIndices(r, data[axis], shape...)
		y := optest.MustRun(t, Defs, optest.Node{Op: "GatherElements", Opset: 13, Attrs: optest.Attrs{"axis": axis}}, counting[int32](data...), ind)[0]
		got := tensor.Data[int32](y)
		eachIndex(shape, func(n int, idx []int) {
			idx[axis] = wrap(tensor.Data[int64](ind)[n], data[axis])
			if want := offset(data, idx); int(got[n]) != want {
				t.Fatalf("axis %d, element %d: got %d, want %d", axis, n, got[n], want)
			}
		})
	}
	node := optest.Node{Op: "GatherElements", Opset: 11}
	wantError(t, node, "as many dimensions", counting[int32](2, 2), tensor.Of(tensor.Shape{1}, int64(0)))
	wantError(t, node, "at most 2 as dimension 1", counting[int32](2, 2), counting[int64](1, 3))
	wantError(t, node, "index 2 at position 1", counting[int32](2, 2), tensor.Of(tensor.Shape{2, 1}, int64(0), 2))
}

func TestGatherNDTakesSlicesByTuples(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	data := tensor.Shape{2, 3, 4, 5}
	for b := range 3 {
		for tuple := 1; tuple <= 4-b; tuple++ {
			shape := slices.Concat(data[:b], tensor.Shape{7, tuple})
			ind := randomIndices(r, 2, shape...) // within all dimensions
			y := optest.MustRun(t, Defs, optest.Node{Op: "GatherND", Opset: 13, Attrs: optest.Attrs{"batch_dims": b}, Threads: 2}, counting[float64](data...), ind)[0]
			want := slices.Concat(data[:b], tensor.Shape{7}, data[b+tuple:])
			if !y.Shape().Equal(want) {
				t.Fatalf("got shape %v, want %v", y.Shape(), want)
			}
			eachIndex(want, func(n int, idx []int) {
				at := slices.Clone(idx[:b])
				for j := range tuple {
					i := tensor.Data[int64](ind)[offset(shape, slices.Concat(idx[:b+1], []int{j}))]
					at = append(at, wrap(i, data[b+j]))
				}
				at = append(at, idx[b+1:]...)
				if got := tensor.Data[float64](y)[n]; int(got) != offset(data, at) {
					t.Fatalf("batch_dims %d, tuples of %d, at %v: got %v, want element %v", b, tuple, idx, got, at)
				}
			})
		}
	}
	node := optest.Node{Op: "GatherND", Opset: 12, Attrs: optest.Attrs{"batch_dims": 1}}
	wantError(t, node, "the first 1 dimensions", counting[float32](2, 2), counting[int64](1, 1))
	wantError(t, node, "too many", counting[float32](2, 2), counting[int64](2))
	wantError(t, node, "too long", counting[float32](2, 2), counting[int64](2, 2))
	wantError(t, node, "index 2 at position 1 is outside of [-2, 1]", counting[float32](2, 2), tensor.Of(tensor.Shape{2, 1}, int64(0), 2))
}
