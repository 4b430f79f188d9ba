package array

import (
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// padSource is the entry of a line of n that a mode puts at place i; -1 is the
// constant. It walks: one step at a time, turning at the ends.
func padSource(mode string, i, n int) int {
	if i >= 0 && i < n {
		return i
	}
	if mode == "constant" {
		return -1
	}
	at, dir := 0, 1
	if i < 0 {
		dir = -1
	}
	for range max(i, -i) {
		at += dir
		if at < 0 || at >= n {
			switch mode {
			case "edge":
				at -= dir
			case "wrap":
				at = (at + n) % n
			case "reflect":
				dir = -dir
				at += dir
				if n > 1 {
					at += dir
				}
			}
		}
	}
	return at
}

func TestPadFollowsItsModeBeyondEveryEdge(t *testing.T) {
	shape := tensor.Shape{2, 3, 1, 4}
	for _, pads := range [][]int64{
		{0, 0, 0, 0, 0, 0, 0, 0},
		{1, 2, 0, 3, 0, 1, 2, 1},
		{0, 0, 0, 9, 0, 0, 0, 11},
		{5, 7, 2, 0, 4, 8, 1, 0},
		{-1, -1, 0, 2, 3, 2, 0, -2},
		{0, 1, 0, -3, 0, -1, 0, 6},
	} {
		for _, mode := range []string{"constant", "reflect", "edge", "wrap"} {
			before, after := pads[:4], pads[4:]
			var out, kept tensor.Shape
			for k, n := range shape {
				out = append(out, n+int(before[k]+after[k]))
				kept = append(kept, n+int(min(before[k], 0)+min(after[k], 0)))
			}
			check := func(x *tensor.Tensor, constant *tensor.Tensor) {
				y := optest.MustRun(t, Defs, optest.Node{Op: "Pad", Opset: 19, Attrs: optest.Attrs{"mode": mode}, Threads: 2}, x, tensor.Of(tensor.Shape{8}, pads...), constant)[0]
				if !y.Shape().Equal(out) {
					t.Fatalf("got shape %v, want %v", y.Shape(), out)
				}
				got := floats(t, y)
				eachIndex(out, func(n int, idx []int) {
					want, from := 77.0, make([]int, 4)
					inside := true
					for k, i := range idx {
						j := padSource(mode, i-max(int(before[k]), 0), kept[k])
						inside = inside && j >= 0
						from[k] = j + max(-int(before[k]), 0)
					}
					if inside {
						want = float64(offset(shape, from))
					}
					if got[n] != want {
						t.Fatalf("%v, pads %v, %s, at %v: got %v, want %v", x, pads, mode, idx, got[n], want)
					}
				})
			}
			check(counting[uint8](shape...), tensor.Scalar(uint8(77)))
			check(counting[int16](shape...), tensor.Scalar(int16(77)))
			check(counting[float32](shape...), tensor.Scalar(float32(77)))
			check(counting[float64](shape...), tensor.Of(tensor.Shape{1}, 77.0))
		}
	}
}

func TestPadTakesAxes(t *testing.T) {
	y := optest.MustRun(t, Defs, optest.Node{Op: "Pad", Opset: 18}, counting[int32](2, 2),
		tensor.Of(tensor.Shape{2}, int64(1), 0), nil, tensor.Of(tensor.Shape{1}, int32(-1)))[0]
	if got := tensor.Data[int32](y); !slices.Equal(got, []int32{0, 0, 1, 0, 2, 3}) {
		t.Errorf("got %v", got)
	}
}

func TestPadReadsAttributesOfOldVersions(t *testing.T) {
	want := []float32{7, 0, 1}
	for opset, name := range map[int]string{1: "paddings", 2: "pads"} {
		node := optest.Node{Op: "Pad", Opset: opset, Attrs: optest.Attrs{name: []int{0, 1, 0, 0}, "value": float32(7)}}
		y := optest.MustRun(t, Defs, node, counting[float32](1, 2))[0]
		if got := tensor.Data[float32](y); !slices.Equal(got, want) {
			t.Errorf("version %d: got %v", opset, got)
		}
		h := optest.MustRun(t, Defs, node, as(t, tensor.F16, counting[float32](1, 2)))[0]
		if got := floats(t, h); !slices.Equal(got, []float64{7, 0, 1}) {
			t.Errorf("version %d, float16: got %v", opset, got)
		}
	}
}

func TestPadFillsStrings(t *testing.T) {
	y := optest.MustRun(t, Defs, optest.Node{Op: "Pad", Opset: 21}, tensor.Of(tensor.Shape{1}, "a"), tensor.Of(tensor.Shape{2}, int64(1), 1), tensor.Scalar("-"))[0]
	if got := tensor.Data[string](y); !slices.Equal(got, []string{"-", "a", "-"}) {
		t.Errorf("got %q", got)
	}
	y = optest.MustRun(t, Defs, optest.Node{Op: "Pad", Opset: 21}, tensor.Of(tensor.Shape{0}, []string{}...), tensor.Of(tensor.Shape{2}, int64(1), 1))[0]
	if got := tensor.Data[string](y); !slices.Equal(got, []string{"", ""}) {
		t.Errorf("got %q", got)
	}
}

func TestPadRefusesWhatCannotBe(t *testing.T) {
	x := counting[float32](2, 3)
	pads := func(v ...int64) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }
	node := optest.Node{Op: "Pad", Opset: 19}
	wantError(t, node, "want two for each of 2 axes", x, pads(1, 1))
	wantError(t, node, "cut off more", x, pads(-2, 0, -1, 0))
	wantError(t, node, "out of range", x, pads(1<<62, 0, 0, 0))
	wantError(t, node, "out of range", x, pads(-1<<63, 0, 0, 0))
	wantError(t, node, "given twice", x, pads(0, 0, 0, 0), nil, tensor.Of(tensor.Shape{2}, int64(1), -1))
	wantError(t, node, "one element", x, pads(0, 0, 0, 0), counting[float32](2))
	wantError(t, optest.Node{Op: "Pad", Opset: 19, Attrs: optest.Attrs{"mode": "edge"}}, "nothing to extend it with", counting[float32](0, 3), pads(1, 0, 0, 0))
	wantError(t, optest.Node{Op: "Pad", Opset: 18, Attrs: optest.Attrs{"mode": "wrap"}}, "want one of constant, reflect, edge", x, pads(1, 0, 0, 0))
	wantError(t, node, "memory limit", x, pads(1<<35, 0, 0, 0))
}

func TestCenterCropPadKeepsTheCenter(t *testing.T) {
	y := optest.MustRun(t, Defs, optest.Node{Op: "CenterCropPad", Opset: 18, Attrs: optest.Attrs{"axes": []int{-1, 0}}}, counting[int32](1, 5), tensor.Of(tensor.Shape{2}, int32(2), 4))[0]
	if got := tensor.Data[int32](y); !y.Shape().Equal(tensor.Shape{4, 2}) || !slices.Equal(got, []int32{0, 0, 1, 2, 0, 0, 0, 0}) {
		t.Errorf("got %v %v", y.Shape(), got)
	}
	wantError(t, optest.Node{Op: "CenterCropPad", Opset: 18}, "one for each of 2 axes", counting[int32](1, 5), tensor.Of(tensor.Shape{1}, int64(2)))
	wantError(t, optest.Node{Op: "CenterCropPad", Opset: 18}, "out of range", counting[int32](5), tensor.Of(tensor.Shape{1}, int64(-2)))
}
