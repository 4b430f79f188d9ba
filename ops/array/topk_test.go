package array

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// smallNumbers returns random values of any numeric type, with many equal ones.
func smallNumbers(t *testing.T, r *rand.Rand, d tensor.DType, shape ...int) *tensor.Tensor {
	data := make([]float64, tensor.Shape(shape).Len())
	for i := range data {
		data[i] = float64(r.IntN(21))
		if d != tensor.U8 && d != tensor.U16 && d != tensor.U32 && d != tensor.U64 {
			data[i] -= 10
		}
	}
	return as(t, d, tensor.Of(tensor.Shape(shape), data...))
}

var numericTypes = []tensor.DType{tensor.F32, tensor.F64, tensor.F16, tensor.BF16, tensor.I8, tensor.I16, tensor.I32, tensor.I64, tensor.U8, tensor.U16, tensor.U32, tensor.U64}

func TestTopKPrefersLowerIndicesOfEqualValues(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	shape := tensor.Shape{3, 200, 2}
	for _, d := range numericTypes {
		for _, k := range []int{0, 1, 3, 20, 150, 200} {
			for _, largest := range []int{0, 1} {
				x := smallNumbers(t, r, d, shape...)
				out := optest.MustRun(t, Defs, optest.Node{Op: "TopK", Opset: 24, Outputs: 2, Threads: 3, Attrs: optest.Attrs{"axis": 1, "largest": largest}},
					x, tensor.Of(tensor.Shape{1}, int64(k)))
				in, val, ind := floats(t, x), floats(t, out[0]), tensor.Data[int64](out[1])
				if out[0].DType() != d || !out[0].Shape().Equal(tensor.Shape{3, k, 2}) {
					t.Fatalf("got %v", out[0])
				}
				for line := range 6 {
					o, i := line/2, line%2
					order := make([]int, 200)
					for j := range order {
						order[j] = j
					}
					slices.SortStableFunc(order, func(a, b int) int {
						va, vb := in[(o*200+a)*2+i], in[(o*200+b)*2+i]
						if largest == 1 {
							va, vb = vb, va
						}
						return int(va - vb)
					})
					for j := range k {
						at := (o*k+j)*2 + i
						if int(ind[at]) != order[j] || val[at] != in[(o*200+order[j])*2+i] {
							t.Fatalf("%v, k %d, largest %d, place %d: got element %d (%v), want %d", d, k, largest, j, ind[at], val[at], order[j])
						}
					}
				}
			}
		}
	}
}

func TestTopKPutsNaNAboveAllNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, d := range []tensor.DType{tensor.F32, tensor.F64} {
		x := as(t, d, tensor.Of(tensor.Shape{8}, 1, nan, -inf, math.Copysign(0, -1), 0, inf, -nan, -2))
		k := tensor.Of(tensor.Shape{1}, int64(8))
		for largest, want := range map[int][]int64{1: {1, 6, 5, 0, 3, 4, 7, 2}, 0: {2, 7, 3, 4, 0, 5, 1, 6}} {
			out := optest.MustRun(t, Defs, optest.Node{Op: "TopK", Opset: 11, Outputs: 2, Attrs: optest.Attrs{"largest": largest, "sorted": 0}}, x, k)
			if got := tensor.Data[int64](out[1]); !slices.Equal(got, want) {
				t.Errorf("%v, largest %d: got %v, want %v", d, largest, got, want)
			}
		}
	}
}

func TestTopKOrdersExtremeIntegers(t *testing.T) {
	x := tensor.Of(tensor.Shape{4}, math.MaxInt64, math.MinInt64, 0, int64(-1))
	out := optest.MustRun(t, Defs, optest.Node{Op: "TopK", Opset: 11, Outputs: 2}, x, tensor.Of(tensor.Shape{1}, int64(4)))
	if got := tensor.Data[int64](out[1]); !slices.Equal(got, []int64{0, 2, 3, 1}) {
		t.Errorf("got %v", got)
	}
	u := tensor.Of(tensor.Shape{3}, uint64(1), math.MaxUint64, 1<<63)
	out = optest.MustRun(t, Defs, optest.Node{Op: "TopK", Opset: 11, Outputs: 2}, u, tensor.Of(tensor.Shape{1}, int64(3)))
	if got := tensor.Data[int64](out[1]); !slices.Equal(got, []int64{1, 2, 0}) {
		t.Errorf("got %v", got)
	}
}

func TestTopKTakesKFromItsVersionsPlace(t *testing.T) {
	out := optest.MustRun(t, Defs, optest.Node{Op: "TopK", Opset: 1, Outputs: 2, Attrs: optest.Attrs{"k": 2, "axis": 0}}, counting[float32](4))
	if got := tensor.Data[float32](out[0]); !slices.Equal(got, []float32{3, 2}) {
		t.Errorf("got %v", got)
	}
	x := counting[float32](4)
	wantError(t, optest.Node{Op: "TopK", Opset: 10, Outputs: 2}, "k is 5", x, tensor.Of(tensor.Shape{1}, int64(5)))
	wantError(t, optest.Node{Op: "TopK", Opset: 10, Outputs: 2}, "0 or more", x, tensor.Of(tensor.Shape{1}, int64(-1)))
	wantError(t, optest.Node{Op: "TopK", Opset: 10, Outputs: 2}, "one number", x, tensor.Of(tensor.Shape{2}, int64(1), 1))
	wantError(t, optest.Node{Op: "TopK", Opset: 10, Outputs: 2}, "axis -1", tensor.Scalar(float32(1)), tensor.Of(tensor.Shape{1}, int64(1)))
}
