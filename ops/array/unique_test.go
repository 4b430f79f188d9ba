package array

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestUniqueListsFirstOccurrencesInversesAndCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, d := range numericTypes {
		for sorted := range 2 {
			x := smallNumbers(t, r, d, 5, 20)
			out := optest.MustRun(t, Defs, optest.Node{Op: "Unique", Opset: 11, Outputs: 4, Attrs: optest.Attrs{"sorted": sorted}}, x)
			in := floats(t, x)
			var want []float64
			for _, v := range in {
				if !slices.Contains(want, v) {
					want = append(want, v)
				}
			}
			if sorted == 1 {
				slices.Sort(want)
			}
			got := floats(t, out[0])
			if !slices.Equal(got, want) || out[0].DType() != d {
				t.Fatalf("%v, sorted %d: got %v, want %v", d, sorted, got, want)
			}
			counts := make([]int64, len(want))
			for i, g := range tensor.Data[int64](out[2]) {
				if got[g] != in[i] {
					t.Fatalf("%v: inverse index of element %d leads to %v, want %v", d, i, got[g], in[i])
				}
				counts[g]++
			}
			for g, i := range tensor.Data[int64](out[1]) {
				if slices.Index(in, got[g]) != int(i) {
					t.Fatalf("%v: got first index %d of %v, want %d", d, i, got[g], slices.Index(in, got[g]))
				}
			}
			if !slices.Equal(counts, tensor.Data[int64](out[3])) {
				t.Fatalf("%v: got counts %v, want %v", d, tensor.Data[int64](out[3]), counts)
			}
		}
	}
}

func TestUniqueComparesEntriesAlongAnAxis(t *testing.T) {
	// Columns 0 and 2 are equal, and 1 comes before them in order.
	x := tensor.Of(tensor.Shape{2, 4}, int8(1), 0, 1, 1, 2, 5, 2, 3)
	out := optest.MustRun(t, Defs, optest.Node{Op: "Unique", Opset: 11, Outputs: 4, Attrs: optest.Attrs{"axis": -1}}, x)
	if got := tensor.Data[int8](out[0]); !out[0].Shape().Equal(tensor.Shape{2, 3}) || !slices.Equal(got, []int8{0, 1, 1, 5, 2, 3}) {
		t.Errorf("got %v %v", out[0], got)
	}
	for i, want := range [][]int64{1: {1, 0, 3}, 2: {1, 0, 1, 2}, 3: {1, 2, 1}} {
		if got := tensor.Data[int64](out[max(i, 1)]); i > 0 && !slices.Equal(got, want) {
			t.Errorf("output %d: got %v, want %v", i, got, want)
		}
	}
}

func TestUniqueServesStringsBoolsComplexAndNaN(t *testing.T) {
	node := optest.Node{Op: "Unique", Opset: 11, Outputs: 1}
	if got := tensor.Data[string](optest.MustRun(t, Defs, node, tensor.Of(tensor.Shape{3}, "b", "a", "b"))[0]); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q", got)
	}
	if got := tensor.Data[bool](optest.MustRun(t, Defs, node, tensor.Of(tensor.Shape{3}, true, false, true))[0]); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("got %v", got)
	}
	if got := tensor.Data[complex64](optest.MustRun(t, Defs, node, tensor.Of(tensor.Shape{4}, complex64(1), -1i, 1i, 1))[0]); !slices.Equal(got, []complex64{-1i, 1i, 1}) {
		t.Errorf("got %v", got)
	}
	nan := math.NaN()
	if got := tensor.Data[float64](optest.MustRun(t, Defs, node, tensor.Of(tensor.Shape{4}, nan, 1, nan, 2))[0]); len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] == got[2] {
		t.Errorf("got %v", got)
	}
}

func TestUniqueOfNothing(t *testing.T) {
	out := optest.MustRun(t, Defs, optest.Node{Op: "Unique", Opset: 11, Outputs: 4}, counting[int64](0))
	for i, y := range out {
		if y.Len() != 0 {
			t.Errorf("output %d: got %v", i, y)
		}
	}
	out = optest.MustRun(t, Defs, optest.Node{Op: "Unique", Opset: 11, Outputs: 4, Attrs: optest.Attrs{"axis": 0}}, counting[int64](3, 0))
	if !out[0].Shape().Equal(tensor.Shape{1, 0}) || tensor.Data[int64](out[3])[0] != 3 {
		t.Errorf("got %v", out)
	}
	wantError(t, optest.Node{Op: "Unique", Opset: 11, Attrs: optest.Attrs{"axis": 0}}, "empty entries", counting[int64](1<<30, 0))
}

func TestReverseSequenceReversesEachBatchEntry(t *testing.T) {
	x := counting[uint16](3, 4, 2)
	for batch := range 2 {
		time := 1 - batch
		lens := tensor.Of(tensor.Shape{x.Dim(batch)}, []int64{2, 0, 3, 1}[:x.Dim(batch)]...)
		y := optest.MustRun(t, Defs, optest.Node{Op: "ReverseSequence", Opset: 10, Attrs: optest.Attrs{"batch_axis": batch, "time_axis": time}}, x, lens)[0]
		eachIndex(x.Shape(), func(n int, idx []int) {
			if l := int(tensor.Data[int64](lens)[idx[batch]]); idx[time] < l {
				idx[time] = l - 1 - idx[time]
			}
			if got := tensor.Data[uint16](y)[n]; int(got) != offset(x.Shape(), idx) {
				t.Errorf("batch axis %d, element %d: got %d, want %d", batch, n, got, offset(x.Shape(), idx))
			}
		})
	}
	node := optest.Node{Op: "ReverseSequence", Opset: 10}
	wantError(t, node, "length 4 of batch entry 0 is outside of [0, 3]", x, tensor.Of(tensor.Shape{4}, int64(4), 0, 0, 0))
	wantError(t, node, "one length for each of 4", x, tensor.Of(tensor.Shape{3}, int64(0), 0, 0))
	wantError(t, node, "two dimensions", counting[uint16](3), tensor.Of(tensor.Shape{3}, int64(0), 0, 0))
	wantError(t, optest.Node{Op: "ReverseSequence", Opset: 10, Attrs: optest.Attrs{"time_axis": 1}}, "want 0 and 1", x, counting[int64](4))
}

func TestTensorScatterWritesFromAnIndexPerBatch(t *testing.T) {
	cache := tensor.Shape{2, 2, 4, 3}
	upd := tensor.Shape{2, 2, 2, 3}
	for _, mode := range []string{"linear", "circular"} {
		starts := []int64{2, 1}
		if mode == "circular" {
			starts = []int64{7, -2}
		}
		u := counting[int32](upd...)
		x := as(t, tensor.I32, tensor.Of(cache, slices.Repeat([]float64{-1}, cache.Len())...))
		y := optest.MustRun(t, Defs, optest.Node{Op: "TensorScatter", Opset: 24, Attrs: optest.Attrs{"mode": mode}}, x, u, tensor.Of(tensor.Shape{2}, starts...))[0]
		want := slices.Repeat([]int32{-1}, cache.Len())
		eachIndex(upd, func(n int, idx []int) {
			idx[2] = (idx[2] + int(starts[idx[0]]) + 8) % 4
			want[offset(cache, idx)] = int32(n)
		})
		if got := tensor.Data[int32](y); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", mode, got, want)
		}
	}
	node := optest.Node{Op: "TensorScatter", Opset: 24}
	x, u := counting[int32](cache...), counting[int32](upd...)
	wantError(t, node, "2 entries from index 3 on", x, u, tensor.Of(tensor.Shape{2}, int64(3), 0))
	wantError(t, node, "one index for each", x, u, tensor.Of(tensor.Shape{1}, int64(0)))
	wantError(t, node, "want the shape", x, counting[int32](2, 2, 5, 3))
	wantError(t, optest.Node{Op: "TensorScatter", Opset: 24, Attrs: optest.Attrs{"axis": 0}}, "cannot be 0", x, u)
}
