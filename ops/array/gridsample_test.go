package array

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

// gridLine is a line of pixels that goes on beyond its ends as a padding says.
func gridLine(padding string, align bool, n, i int) (at int, ok bool) {
	for i < 0 || i >= n {
		switch {
		case padding == "zeros":
			return 0, false
		case padding == "border" || n == 1:
			return min(max(i, 0), n-1), true
		case align && i < 0:
			i = -i
		case align:
			i = 2*(n-1) - i
		case i < 0:
			i = -1 - i
		default:
			i = 2*n - 1 - i
		}
	}
	return i, true
}

func TestGridSampleWeighsThePixelsAroundEveryPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 10))
	for _, spatial := range []tensor.Shape{{5}, {4, 3}, {3, 2, 4}} {
		rank := len(spatial)
		shape := append(tensor.Shape{2, 3}, spatial...)
		places := append(append(tensor.Shape{2}, []int{70, 2, 1}[:rank]...), rank)
		for _, mode := range []string{"linear", "nearest", "cubic"} {
			for _, padding := range []string{"zeros", "border", "reflection"} {
				for _, align := range []int{0, 1} {
					x, grid := make([]float64, shape.Len()), make([]float64, places.Len())
					for i := range x {
						x[i] = r.NormFloat64()
					}
					for i := range grid {
						grid[i] = r.Float64()*2.6 - 1.3
						if mode != "linear" && padding != "zeros" {
							grid[i] = max(-1, min(grid[i], 1)) // beyond, the place itself moves first
						}
					}
					attrs := optest.Attrs{"mode": mode, "padding_mode": padding, "align_corners": align}
					y := optest.MustRun(t, Defs, optest.Node{Op: "GridSample", Opset: 20, Attrs: attrs, Threads: 2}, tensor.Of(shape, x...), tensor.Of(places, grid...))[0]
					eachIndex(y.Shape(), func(n int, idx []int) {
						want := 0.0
						at := slices.Clone(idx[:2])
						var sum func(k int, w float64)
						sum = func(k int, w float64) {
							if k == rank {
								want += w * x[offset(shape, at)]
								return
							}
							d := spatial[k]
							v := grid[offset(places, slices.Concat(idx[:1], idx[2:], []int{rank - 1 - k}))]
							p := (v+1)*float64(d)/2 - 0.5
							if align == 1 {
								p = (v + 1) / 2 * float64(d-1)
							}
							nearest, m := "floor", mode
							if mode == "nearest" {
								p, nearest = math.RoundToEven(p), "floor"
							}
							// The neighbours in a line so long that nothing is clamped.
							ids, ws := neighbours(m, nearest, p+100, 1000)
							for j, i := range ids {
								if a, ok := gridLine(padding, align == 1, d, i-100); ok {
									at = append(at[:2+k], a)
									sum(k+1, w*ws[j])
								}
							}
						}
						sum(0, 1)
						if got := tensor.Data[float64](y)[n]; math.Abs(got-want) > 1e-9 {
							t.Fatalf("%v, %v at %v: got %v, want %v", attrs, spatial, idx, got, want)
						}
					})
				}
			}
		}
	}
}

func TestGridSampleServesEveryType(t *testing.T) {
	grid := tensor.Of(tensor.Shape{1, 1, 3, 2}, -1, -1, 0, 0, float32(9), 9)
	nearest := optest.Node{Op: "GridSample", Opset: 16, Attrs: optest.Attrs{"mode": "nearest", "align_corners": 1}}
	y := optest.MustRun(t, Defs, nearest, tensor.Of(tensor.Shape{1, 1, 1, 3}, "a", "b", "c"), grid)[0]
	if got := tensor.Data[string](y); !slices.Equal(got, []string{"a", "b", ""}) {
		t.Errorf("got %q", got)
	}
	linear := optest.Node{Op: "GridSample", Opset: 16, Attrs: optest.Attrs{"align_corners": 1}}
	half := tensor.Of(tensor.Shape{1, 1, 2, 2}, 0, 0, 0.5, float32(0))
	for _, d := range numericTypes {
		x := as(t, d, tensor.Of(tensor.Shape{1, 1, 1, 3}, 0.0, 20, 41))
		want := []float64{20, 30.5}
		if d != tensor.F32 && d != tensor.F64 && d != tensor.F16 && d != tensor.BF16 {
			want[1] = 30
		}
		if got := floats(t, optest.MustRun(t, Defs, linear, x, half)[0]); !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", d, got, want)
		}
		if got := floats(t, optest.MustRun(t, Defs, nearest, x, as(t, tensor.F16, grid))[0]); !slices.Equal(got, []float64{0, 20, 0}) {
			t.Errorf("nearest, %v: got %v", d, got)
		}
	}
	y = optest.MustRun(t, Defs, linear, tensor.Of(tensor.Shape{1, 1, 1, 3}, 0, 2i, complex64(4)), half)[0]
	if got := tensor.Data[complex64](y); !slices.Equal(got, []complex64{2i, 2 + 1i}) {
		t.Errorf("got %v", got)
	}
}

func TestGridSampleBearsPlacesThatAreNone(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	grid := tensor.Of(tensor.Shape{1, 1, 5, 2}, nan, nan, inf, -inf, 1e30, 1e30, -1e9, 1e9, nan, 0)
	for _, mode := range []string{"linear", "nearest", "cubic"} {
		for _, padding := range []string{"zeros", "border", "reflection"} {
			for align := range 2 {
				y := optest.MustRun(t, Defs, optest.Node{Op: "GridSample", Opset: 22, Attrs: optest.Attrs{"mode": mode, "padding_mode": padding, "align_corners": align}},
					counting[float32](1, 1, 1, 4), grid)[0]
				for i, v := range tensor.Data[float32](y) {
					if v != v || v < -1 || v > 4 || padding == "zeros" && i < 4 && v != 0 {
						t.Errorf("%s %s %d, place %d: got %v", mode, padding, align, i, v)
					}
				}
			}
		}
	}
	node := optest.Node{Op: "GridSample", Opset: 22}
	wantError(t, node, "last 2", counting[float32](1, 1, 2, 2), counting[float32](1, 1, 1, 3))
	wantError(t, node, "no values", counting[float32](1, 1, 0, 2), grid)
	wantError(t, node, "spatial dimension", counting[float32](1, 1), counting[float32](1, 0))
	wantError(t, node, "which mode nearest alone takes", tensor.Of(tensor.Shape{1, 1, 1, 1}, "a"), grid)
	wantError(t, node, "unsupported: sampling in 13 dimensions", counting[float32](1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), counting[float32](1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 13))
}

func TestAffineGridMapsPixelPositions(t *testing.T) {
	theta := tensor.Of(tensor.Shape{1, 2, 3}, 2.0, 0, 1, 0, 0.5, -1)
	size := tensor.Of(tensor.Shape{4}, int64(1), 7, 2, 3)
	for align, want := range [][]float64{
		{2*-2/3. + 1, -1.25, 1, -1.25, 2*2/3. + 1, -1.25, 2*-2/3. + 1, -0.75, 1, -0.75, 2*2/3. + 1, -0.75},
		{-1, -1.5, 1, -1.5, 3, -1.5, -1, -0.5, 1, -0.5, 3, -0.5},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "AffineGrid", Opset: 20, Attrs: optest.Attrs{"align_corners": align}}, theta, size)[0]
		for i, v := range tensor.Data[float64](y) {
			if math.Abs(v-want[i]) > 1e-12 {
				t.Errorf("align_corners %d: got %v, want %v", align, tensor.Data[float64](y), want)
				break
			}
		}
		if !y.Shape().Equal(tensor.Shape{1, 2, 3, 2}) {
			t.Errorf("got shape %v", y.Shape())
		}
	}
	one := optest.MustRun(t, Defs, optest.Node{Op: "AffineGrid", Opset: 20, Attrs: optest.Attrs{"align_corners": 1}}, as(t, tensor.F16, theta), tensor.Of(tensor.Shape{4}, int64(1), 1, 1, 1))[0]
	if got := floats(t, one); !slices.Equal(got, []float64{1, -1}) {
		t.Errorf("got %v", got)
	}
	wantError(t, optest.Node{Op: "AffineGrid", Opset: 20}, "want shape [1 3 4]", theta, tensor.Of(tensor.Shape{5}, int64(1), 1, 2, 3, 4))
	wantError(t, optest.Node{Op: "AffineGrid", Opset: 20}, "two or three spatial", theta, tensor.Of(tensor.Shape{3}, int64(1), 1, 2))
	wantError(t, optest.Node{Op: "AffineGrid", Opset: 20}, "negative", theta, tensor.Of(tensor.Shape{4}, int64(1), 1, -2, 3))
}
