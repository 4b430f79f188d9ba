package array

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// place is the standard's formula for the input coordinate of x.
func place(mode string, x, in, out int, scale, start, end float64) float64 {
	fx, fi, fo := float64(x), float64(in), float64(out)
	switch mode {
	case "half_pixel":
		return (fx+0.5)/scale - 0.5
	case "half_pixel_symmetric":
		return fi/2*(1-fo/(scale*fi)) + (fx+0.5)/scale - 0.5
	case "pytorch_half_pixel":
		if out > 1 {
			return (fx+0.5)/scale - 0.5
		}
		return 0
	case "align_corners":
		if out == 1 {
			return 0
		}
		return fx * (fi - 1) / (fo - 1)
	case "asymmetric":
		return fx / scale
	case "tf_half_pixel_for_nn":
		return (fx + 0.5) / scale
	}
	if out > 1 {
		return start*(fi-1) + fx*(end-start)*(fi-1)/(fo-1)
	}
	return 0.5 * (start + end) * (fi - 1)
}

// neighbours returns input entries and their weights.
func neighbours(mode, nearest string, at float64, in int) (idx []int, w []float64) {
	base := int(math.Floor(at))
	r := at - float64(base)
	switch mode {
	case "nearest":
		i := base
		switch {
		case nearest == "ceil" && r > 0, nearest == "round_prefer_ceil" && r >= 0.5, nearest == "round_prefer_floor" && r > 0.5:
			i++
		}
		idx, w = []int{i}, []float64{1}
	case "linear":
		idx, w = []int{base, base + 1}, []float64{1 - r, r}
	case "cubic":
		const a = -0.75
		near := func(d float64) float64 { return (a+2)*d*d*d - (a+3)*d*d + 1 }
		far := func(d float64) float64 { return a*d*d*d - 5*a*d*d + 8*a*d - 4*a }
		idx, w = []int{base - 1, base, base + 1, base + 2}, []float64{far(1 + r), near(r), near(1 - r), far(2 - r)}
	}
	for i := range idx {
		idx[i] = min(max(idx[i], 0), in-1)
	}
	return idx, w
}

func TestResizeWeighsTheNeighboursOfEveryPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	modes := []string{"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"}
	for _, shape := range []tensor.Shape{{7}, {3, 4}, {2, 3, 5, 4}, {2, 1, 3, 3, 2}} {
		for _, mode := range []string{"nearest", "linear", "cubic"} {
			for range 120 / (len(shape) * len(shape)) {
				ct := modes[r.IntN(len(modes))]
				nearest := []string{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}[r.IntN(4)]
				attrs := optest.Attrs{"mode": mode, "coordinate_transformation_mode": ct, "nearest_mode": nearest, "extrapolation_value": float32(-7)}
				roi := make([]float64, 2*len(shape))
				sizes := make([]int64, len(shape))
				var out tensor.Shape
				for k, n := range shape {
					sizes[k] = int64(r.IntN(12/len(shape)) + 1)
					if r.IntN(3) == 0 {
						sizes[k] = int64(n)
					}
					out = append(out, int(sizes[k]))
					// Quarters, so that all places are exact.
					roi[k], roi[len(shape)+k] = float64(r.IntN(3)-1)/4, float64(3+r.IntN(3))/4
				}
				data := make([]float64, shape.Len())
				for i := range data {
					data[i] = r.NormFloat64()
				}
				y := optest.MustRun(t, Defs, optest.Node{Op: "Resize", Opset: 19, Attrs: attrs, Threads: 2},
					tensor.Of(shape, data...), tensor.Of(tensor.Shape{len(roi)}, roi...), nil, tensor.Of(tensor.Shape{len(sizes)}, sizes...))[0]
				if !y.Shape().Equal(out) {
					t.Fatalf("got shape %v, want %v", y.Shape(), out)
				}
				got := tensor.Data[float64](y)
				eachIndex(out, func(n int, idx []int) {
					want := 0.0
					outside := false
					at := make([]int, len(shape))
					var sum func(k int, w float64)
					sum = func(k int, w float64) {
						if k == len(shape) {
							want += w * data[offset(shape, at)]
							return
						}
						full := ct != "tf_crop_and_resize" || roi[k] == 0 && roi[len(shape)+k] == 1
						p := place(ct, idx[k], shape[k], out[k], float64(out[k])/float64(shape[k]), roi[k], roi[len(shape)+k])
						if out[k] == shape[k] && full {
							p = float64(idx[k])
						}
						if ct == "tf_crop_and_resize" && (p < 0 || p > float64(shape[k]-1)) {
							outside = true
						}
						p = math.Round(p*1e9) / 1e9
						ids, ws := neighbours(mode, nearest, p, shape[k])
						for j, i := range ids {
							at[k] = i
							sum(k+1, w*ws[j])
						}
					}
					sum(0, 1)
					if outside {
						want = -7
					}
					if math.Abs(got[n]-want) > 1e-6 {
						t.Fatalf("%v of %v to %v, %s, roi %v at %v: got %v, want %v", attrs, shape, out, mode, roi, idx, got[n], want)
					}
				})
			}
		}
	}
}

// resized runs Resize of version 18 with scales.
func resized(t *testing.T, x *tensor.Tensor, attrs optest.Attrs, scales ...float32) *tensor.Tensor {
	t.Helper()
	return optest.MustRun(t, Defs, optest.Node{Op: "Resize", Opset: 18, Attrs: attrs, Threads: 2}, x, nil, tensor.Of(tensor.Shape{len(scales)}, scales...))[0]
}

func TestResizeMovesEveryTypeToTheNearest(t *testing.T) {
	want := []float64{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}
	for _, d := range numericTypes {
		if got := floats(t, resized(t, as(t, d, counting[float32](2, 2)), nil, 2, 2)); !slices.Equal(got, want) {
			t.Errorf("%v: got %v", d, got)
		}
	}
	if got := tensor.Data[string](resized(t, tensor.Of(tensor.Shape{2}, "a", "b"), nil, 2)); !slices.Equal(got, []string{"a", "a", "b", "b"}) {
		t.Errorf("got %q", got)
	}
	if got := tensor.Data[complex128](resized(t, tensor.Of(tensor.Shape{2}, 1i, 2), nil, 4)); !slices.Equal(got, []complex128{1i, 1i, 1i, 1i, 2, 2, 2, 2}) {
		t.Errorf("got %v", got)
	}
	// Channels last: blocks of 3 stay together.
	y := resized(t, counting[uint8](1, 2, 3), nil, 1, 3, 1)
	if got := tensor.Data[uint8](y); !slices.Equal(got, []uint8{0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5, 3, 4, 5}) {
		t.Errorf("got %v", got)
	}
}

func TestResizeInterpolatesEveryNumber(t *testing.T) {
	linear := optest.Attrs{"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
	for _, d := range numericTypes {
		want := []float64{10, 15.5, 21, 21} // rounded to even where there are no halves
		if d != tensor.F32 && d != tensor.F64 && d != tensor.F16 && d != tensor.BF16 {
			want[1] = 16
		}
		if got := floats(t, resized(t, as(t, d, tensor.Of(tensor.Shape{2}, 10.0, 21)), linear, 2)); !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", d, got, want)
		}
	}
	y := resized(t, tensor.Of(tensor.Shape{2}, complex64(2), 4i), linear, 2)
	if got := tensor.Data[complex64](y); !slices.Equal(got, []complex64{2, 1 + 2i, 4i, 4i}) {
		t.Errorf("got %v", got)
	}
	// Cubic interpolation overshoots: integers stay in their range.
	cubic := optest.Attrs{"mode": "cubic"}
	got := tensor.Data[uint8](resized(t, tensor.Of(tensor.Shape{6}, uint8(0), 0, 0, 255, 255, 255), cubic, 2))
	if slices.Max(got[6:]) != 255 || slices.Min(got[6:]) < 128 || slices.Min(got[:6]) != 0 || slices.Max(got[:6]) > 127 {
		t.Errorf("got %v", got)
	}
	i64 := tensor.Data[int64](resized(t, tensor.Of(tensor.Shape{4}, 0, 0, math.MaxInt64, int64(math.MaxInt64)), cubic, 2))
	if slices.Min(i64[4:]) < 0 {
		t.Errorf("got %v", i64)
	}
	wantError(t, optest.Node{Op: "Resize", Opset: 18, Attrs: linear}, "does not take", tensor.Of(tensor.Shape{1}, "a"), nil, tensor.Of(tensor.Shape{1}, float32(2)))
}

func TestResizeKeepsInfinitiesWhereTheyAre(t *testing.T) {
	x := tensor.Of(tensor.Shape{3}, 1, float32(math.Inf(1)), 3)
	got := tensor.Data[float32](resized(t, x, optest.Attrs{"mode": "linear", "coordinate_transformation_mode": "asymmetric"}, 2))
	if got[0] != 1 || got[4] != 3 || got[5] != 3 {
		t.Errorf("got %v", got)
	}
}

func TestResizeAntialiasingAveragesWhatIsLeftOut(t *testing.T) {
	// A triangle of twice the width, normalized, at 0.5, 2.5, …; what is
	// beyond the edges are the edges.
	got := floats(t, resized(t, tensor.Of(tensor.Shape{6}, 8.0, 0, 16, 0, 0, 8), optest.Attrs{"mode": "linear", "antialias": 1}, 0.5))
	want := []float64{(8 + 3*8 + 3*0 + 16) / 8.0, (0 + 3*16 + 0 + 0) / 8.0, (0 + 0 + 3*8 + 8) / 8.0}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestResizeExcludesWhatIsOutside(t *testing.T) {
	got := floats(t, resized(t, tensor.Of(tensor.Shape{2}, 1.0, 1), optest.Attrs{"mode": "cubic", "exclude_outside": 1}, 3))
	for _, v := range got {
		if math.Abs(v-1) > 1e-12 {
			t.Errorf("got %v", got)
		}
	}
}

func TestResizeKeepsTheAspectRatio(t *testing.T) {
	for policy, want := range map[string]tensor.Shape{"stretch": {1, 7, 8}, "not_larger": {1, 7, 4}, "not_smaller": {1, 16, 8}} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "Resize", Opset: 18, Attrs: optest.Attrs{"keep_aspect_ratio_policy": policy, "axes": []int{-1, 1}}},
			counting[float32](1, 4, 2), nil, nil, tensor.Of(tensor.Shape{2}, int64(8), 7))[0]
		if !y.Shape().Equal(want) {
			t.Errorf("%s: got %v, want %v", policy, y.Shape(), want)
		}
	}
}

func TestResizeTakesScalesAsExactAsFloat32(t *testing.T) {
	third := float32(1) / 3
	y := resized(t, counting[float32](9), optest.Attrs{"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, third)
	if got := tensor.Data[float32](y); !slices.Equal(got, []float32{0, 3, 6}) {
		t.Errorf("got %v", got)
	}
	if y := resized(t, counting[float32](10), nil, 0.7); y.Len() != 7 {
		t.Errorf("got %v, want 7 elements", y)
	}
}

func TestUpsampleAndFirstResizeBeginAtTheEdge(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 1, 2, 2}, 1, 2, 3, float32(4))
	scales := tensor.Of(tensor.Shape{4}, 1, 1, 1, float32(2))
	nearest, linear := []float32{1, 1, 2, 2, 3, 3, 4, 4}, []float32{1, 1.5, 2, 2, 3, 3.5, 4, 4}
	for _, c := range []struct {
		op    string
		opset int
		attrs optest.Attrs
		mode  string
		in    []tensor.Value
	}{
		{"Upsample", 1, optest.Attrs{"height_scale": float32(1), "width_scale": float32(2)}, "bilinear", []tensor.Value{x}},
		{"Upsample", 7, optest.Attrs{"scales": []float32{1, 1, 1, 2}}, "linear", []tensor.Value{x}},
		{"Upsample", 9, optest.Attrs{}, "linear", []tensor.Value{x, scales}},
		{"Upsample", 10, optest.Attrs{}, "linear", []tensor.Value{x, scales}},
		{"Resize", 10, optest.Attrs{}, "linear", []tensor.Value{x, scales}},
	} {
		for _, mode := range []string{"nearest", c.mode} {
			c.attrs["mode"] = mode
			want := linear
			if mode == "nearest" {
				want = nearest
			}
			y := optest.MustRun(t, Defs, optest.Node{Op: c.op, Opset: c.opset, Attrs: c.attrs}, c.in...)[0]
			if got := tensor.Data[float32](y); !slices.Equal(got, want) {
				t.Errorf("%s %d, %s: got %v, want %v", c.op, c.opset, mode, got, want)
			}
		}
	}
	// Version 10 rounds up to reduce.
	y := optest.MustRun(t, Defs, optest.Node{Op: "Resize", Opset: 10}, counting[float32](4), tensor.Of(tensor.Shape{1}, float32(0.6)))[0]
	if got := tensor.Data[float32](y); !slices.Equal(got, []float32{0, 2}) {
		t.Errorf("got %v", got)
	}
}

func TestResizeRefusesWhatCannotBe(t *testing.T) {
	x := counting[float32](2, 3)
	f := func(v ...float32) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }
	n := func(v ...int64) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }
	node := optest.Node{Op: "Resize", Opset: 19}
	wantError(t, node, "neither scales nor sizes", x)
	wantError(t, node, "got scales and sizes", x, nil, f(1, 1), n(1, 1))
	wantError(t, node, "got 1 scales for 2 axes", x, nil, f(2))
	wantError(t, node, "got 3 for 2 axes", x, nil, nil, n(1, 1, 1))
	for _, s := range []float32{0, -1, float32(math.NaN()), float32(math.Inf(1)), 1e30} {
		wantError(t, node, "out of range", x, nil, f(1, s))
	}
	wantError(t, node, "out of range", x, nil, nil, n(1, -1))
	wantError(t, node, "nothing to make 2 entries of", counting[float32](0), nil, nil, n(2))
	wantError(t, node, "memory limit", x, nil, nil, n(1<<20, 1<<20))
	crop := optest.Node{Op: "Resize", Opset: 19, Attrs: optest.Attrs{"coordinate_transformation_mode": "tf_crop_and_resize"}}
	wantError(t, crop, "input 1 (roi) is missing", x, nil, f(1, 1))
	wantError(t, crop, "starts and ends of 2 axes", x, f(0, 1), f(1, 1))
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), 1e38, -1e38} {
		for _, mode := range []string{"nearest", "linear", "cubic"} {
			for _, antialias := range []int{0, 1} {
				crop.Attrs["mode"], crop.Attrs["antialias"] = mode, antialias
				if _, err := optest.Run(Defs, crop, x, f(0, v, 1, v), nil, n(3, 4)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	wantError(t, optest.Node{Op: "Resize", Opset: 18, Attrs: optest.Attrs{"coordinate_transformation_mode": "half_pixel_symmetric"}}, "attribute coordinate_transformation_mode", x)
	wantError(t, optest.Node{Op: "Resize", Opset: 18, Attrs: optest.Attrs{"axes": []int{0, -2}}}, "given twice", x, nil, f(1, 1))
	if y := optest.MustRun(t, Defs, node, counting[float32](0, 3), nil, nil, n(0, 5))[0]; fmt.Sprint(y) != "float32[0 5]" {
		t.Errorf("got %v", y)
	}
}
