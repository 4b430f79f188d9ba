package detection

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

func wantError(t *testing.T, n optest.Node, part string, in ...tensor.Value) {
	t.Helper()
	_, err := optest.Run(Defs, n, in...)
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("%s: got error %v, want one with %q", n.Op, err, part)
	}
}

// overlap is the intersection over union of two boxes y1, x1, y2, x2.
func overlap(a, b []float32) float64 {
	span := func(a1, a2, b1, b2 float32) float64 {
		return math.Max(0, float64(min(max(a1, a2), max(b1, b2))-max(min(a1, a2), min(b1, b2))))
	}
	both := span(a[0], a[2], b[0], b[2]) * span(a[1], a[3], b[1], b[3])
	area := func(v []float32) float64 { return math.Abs(float64((v[2] - v[0]) * (v[3] - v[1]))) }
	if both == 0 {
		return 0
	}
	return both / (area(a) + area(b) - both)
}

func TestNonMaxSuppressionSelectsByScoreAndOverlap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const batches, classes, n, limit = 2, 3, 60, 9
	boxes, scores := make([]float32, batches*n*4), make([]float32, batches*classes*n)
	for i := range boxes {
		boxes[i] = float32(r.IntN(64)) / 4
	}
	for i := range scores {
		scores[i] = float32(r.IntN(16)) / 16 // many are equal
	}
	scores[5] = float32(math.NaN())
	y := optest.MustRun(t, Defs, optest.Node{Op: "NonMaxSuppression", Opset: 11, Threads: 2},
		tensor.Of(tensor.Shape{batches, n, 4}, boxes...), tensor.Of(tensor.Shape{batches, classes, n}, scores...),
		tensor.Scalar(int64(limit)), tensor.Of(tensor.Shape{1}, float32(0.3)), tensor.Scalar(float32(0.25)))[0]
	var want []int64
	for b := range batches {
		for c := range classes {
			line := scores[(b*classes+c)*n:][:n]
			var kept []int
			for len(kept) < limit {
				best := -1
				for i, s := range line {
					ok := s > 0.25 && !slices.Contains(kept, i) && (best < 0 || s > line[best])
					for _, k := range kept {
						ok = ok && overlap(boxes[(b*n+i)*4:][:4], boxes[(b*n+k)*4:][:4]) <= 0.3
					}
					if ok {
						best = i
					}
				}
				if best < 0 {
					break
				}
				kept = append(kept, best)
				want = append(want, int64(b), int64(c), int64(best))
			}
		}
	}
	if got := tensor.Data[int64](y); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNonMaxSuppressionDefaults(t *testing.T) {
	boxes := tensor.Of(tensor.Shape{1, 2, 4}, 0.5, 0.5, 1, 1, 0.6, 0.5, 1, float32(1))
	scores := tensor.Of(tensor.Shape{1, 1, 2}, 0.1, float32(0.2))
	for _, c := range []struct {
		max      int64
		centered int
		want     int
	}{{0, 1, 0}, {-1, 1, 0}, {math.MaxInt64, 1, 1}, {9, 0, 1}} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "NonMaxSuppression", Opset: 10, Attrs: optest.Attrs{"center_point_box": c.centered}}, boxes, scores, tensor.Scalar(c.max))[0]
		if !y.Shape().Equal(tensor.Shape{c.want, 3}) {
			t.Errorf("%v: got %v", c, y)
		}
	}
	if y := optest.MustRun(t, Defs, optest.Node{Op: "NonMaxSuppression", Opset: 11}, boxes, scores)[0]; y.Len() != 0 {
		t.Errorf("got %v, want nothing", y)
	}
	node := optest.Node{Op: "NonMaxSuppression", Opset: 11}
	wantError(t, node, "input 0 (boxes)", scores, scores)
	wantError(t, node, "input 1 (scores)", boxes, boxes)
	wantError(t, node, "one number", boxes, scores, tensor.Of(tensor.Shape{2}, int64(1), 2))
}

// bilinear is the value at a place between the pixels of an image.
func bilinear(img []float64, h, w int, y, x float64) float64 {
	if y < -1 || x < -1 || y > float64(h) || x > float64(w) {
		return 0
	}
	y, x = math.Min(math.Max(y, 0), float64(h-1)), math.Min(math.Max(x, 0), float64(w-1))
	s := 0.0
	for i := range h {
		for j := range w {
			s += img[i*w+j] * math.Max(0, 1-math.Abs(y-float64(i))) * math.Max(0, 1-math.Abs(x-float64(j)))
		}
	}
	return s
}

func TestRoiAlignAveragesPlacesInEachBin(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const c, h, w = 2, 5, 6
	img := make([]float64, 2*c*h*w)
	for i := range img {
		img[i] = r.NormFloat64()
	}
	rois := []float64{0, 0, 9, 7, 2, 1, 6.5, 8.25, -4, -3, 30, 4, 5, 5, 5.5, 5.25}
	batch := []int64{1, 0, 1, 0}
	for _, mode := range []string{"half_pixel", "output_half_pixel", ""} {
		for ratio := range 3 {
			attrs := optest.Attrs{"output_height": 2, "output_width": 3, "sampling_ratio": ratio, "spatial_scale": float32(0.5)}
			opset, shift := 10, 0.0
			if mode != "" {
				attrs["coordinate_transformation_mode"], opset = mode, 16
			}
			if mode == "half_pixel" {
				shift = 0.5
			}
			y := optest.MustRun(t, Defs, optest.Node{Op: "RoiAlign", Opset: opset, Attrs: attrs, Threads: 2},
				tensor.Of(tensor.Shape{2, c, h, w}, img...), tensor.Of(tensor.Shape{4, 4}, rois...), tensor.Of(tensor.Shape{4}, batch...))[0]
			for n := range tensor.Data[float64](y) {
				i, ch, ph, pw := n/12, n/6%2, n/3%2, n%3
				x1, y1, x2, y2 := rois[4*i]/2-shift, rois[4*i+1]/2-shift, rois[4*i+2]/2-shift, rois[4*i+3]/2-shift
				bw, bh := (x2-x1)/3, (y2-y1)/2
				if shift == 0 {
					bw, bh = math.Max(x2-x1, 1)/3, math.Max(y2-y1, 1)/2
				}
				nx, ny := ratio, ratio
				if ratio == 0 {
					nx, ny = int(math.Ceil(bw)), int(math.Ceil(bh))
				}
				want := 0.0
				for iy := range ny {
					for ix := range nx {
						want += bilinear(img[(int(batch[i])*c+ch)*h*w:], h, w,
							y1+(float64(ph)+(float64(iy)+0.5)/float64(ny))*bh, x1+(float64(pw)+(float64(ix)+0.5)/float64(nx))*bw)
					}
				}
				want /= float64(nx * ny)
				if got := tensor.Data[float64](y)[n]; math.Abs(got-want) > 1e-9 {
					t.Fatalf("%s, ratio %d, region %d, bin %d %d: got %v, want %v", mode, ratio, i, ph, pw, got, want)
				}
			}
		}
	}
}

func TestRoiAlignRefusesWhatCannotBe(t *testing.T) {
	img := tensor.Of(tensor.Shape{1, 1, 2, 2}, 1, 2, 3, float32(4))
	roi := func(v ...float32) *tensor.Tensor { return tensor.Of(tensor.Shape{1, 4}, v...) }
	node := optest.Node{Op: "RoiAlign", Opset: 22}
	zero := tensor.Of(tensor.Shape{1}, int64(0))
	wantError(t, node, "index 1 at position 0 is outside of [0, 0]", img, roi(0, 0, 1, 1), tensor.Of(tensor.Shape{1}, int64(1)))
	wantError(t, node, ops.ErrUnsupported.Error(), img, roi(0, 0, 1e30, 1), zero)
	wantError(t, node, ops.ErrUnsupported.Error(), img, roi(0, float32(math.NaN()), 1, 1), zero)
	wantError(t, node, "regions of 4", img, img, zero)
	wantError(t, optest.Node{Op: "RoiAlign", Opset: 22, Attrs: optest.Attrs{"output_height": 0}}, "output_height", img, roi(0, 0, 1, 1), zero)
}

func TestMaxRoiPoolTakesWholePixels(t *testing.T) {
	data := make([]float32, 36)
	for i := range data {
		data[i] = float32(i)
	}
	x := tensor.Of(tensor.Shape{1, 1, 6, 6}, data...)
	for _, test := range []struct{ roi, want []float32 }{
		// Rows 1 to 4 and columns 0 to 2 in bins that share a column.
		{[]float32{0, 0, 2, 4.4, 8}, []float32{13, 14, 25, 26}},
		// Beyond the edge there is nothing.
		{[]float32{0, 20, 20, 22, 22}, []float32{0, 0, 0, 0}},
		// So far that the bins are no pixels any more: nothing breaks.
		{[]float32{0, -1e30, -1e30, -1e29, -1e29}, []float32{0, 0, 0, 0}},
	} {
		y := optest.MustRun(t, Defs, optest.Node{Op: "MaxRoiPool", Opset: 1, Attrs: optest.Attrs{"pooled_shape": []int{2, 2}, "spatial_scale": float32(0.5)}}, x, tensor.Of(tensor.Shape{1, 5}, test.roi...))[0]
		if got := tensor.Data[float32](y); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.roi, got, test.want)
		}
	}
	wantError(t, optest.Node{Op: "MaxRoiPool", Opset: 1, Attrs: optest.Attrs{"pooled_shape": []int{2, 2}}}, "image 1 of region 0", x, tensor.Of(tensor.Shape{1, 5}, 1, 0, 0, 1, float32(1)))
	wantError(t, optest.Node{Op: "MaxRoiPool", Opset: 1}, "pooled_shape", x, tensor.Of(tensor.Shape{1, 5}, 1, 0, 0, 1, float32(1)))
}
