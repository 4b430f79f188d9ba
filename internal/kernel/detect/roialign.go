package detect

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Float is the type of the elements that are pooled.
type Float interface{ float32 | float64 }

// RoiAlign pools regions of images [N][C][H][W] to [regions][C][OutH][OutW]:
// each region is divided into OutH × OutW bins, in each of which values are
// interpolated at Ratio × Ratio places or, where Ratio is 0, about one for each
// pixel (He and others, Mask R-CNN, 2017).
type RoiAlign struct {
	C, H, W    int
	OutH, OutW int
	Ratio      int
	Scale      float64 // of the regions' coordinates
	HalfPixel  bool    // whether coordinates are those of pixels' edges, not centers
	Max        bool    // take the largest weighted pixel in a bin, not the mean
}

// region is where a region's bins lie.
type region struct {
	x, y       float64 // of its corner
	binW, binH float64
	nx, ny     int // places in a bin
}

// maxPlaces bounds the number of places in one region, maxBin that in one bin,
// and group is how many go through all channels together where a bin has less.
const (
	maxPlaces = 1 << 26
	maxBin    = 1 << 20
	group     = 1 << 14
)

// regionOf reads x1, y1, x2, y2; ok is false where there are too many places.
func regionOf[T Float](a *RoiAlign, roi []T) (r region, ok bool) {
	shift := 0.0
	if a.HalfPixel {
		shift = 0.5
	}
	r.x, r.y = float64(roi[0])*a.Scale-shift, float64(roi[1])*a.Scale-shift
	w, h := float64(roi[2])*a.Scale-shift-r.x, float64(roi[3])*a.Scale-shift-r.y
	if !a.HalfPixel {
		w, h = max(w, 1), max(h, 1)
	}
	r.binW, r.binH = w/float64(a.OutW), h/float64(a.OutH)
	nx, ny := float64(a.Ratio), float64(a.Ratio)
	if a.Ratio <= 0 {
		nx, ny = max(math.Ceil(r.binW), 0), max(math.Ceil(r.binH), 0)
	}
	if !(nx*ny <= maxBin && nx*ny*float64(a.OutW)*float64(a.OutH) <= maxPlaces && max(nx, ny) <= maxBin) {
		return r, false
	}
	r.nx, r.ny = int(nx), int(ny)
	return r, true
}

// Refuses returns the first region that takes too many places to sample, or -1.
// Regions are x1, y1, x2, y2.
func Refuses[T Float](a *RoiAlign, rois []T) int {
	for i := range len(rois) / 4 {
		if _, ok := regionOf(a, rois[4*i:4*i+4]); !ok {
			return i
		}
	}
	return -1
}

// corner is one of the four pixels around a place.
type corner[T Float] struct {
	at int
	w  T
}

// Align pools the regions, of each of which batch tells the image. None of them
// is one that Refuses returns.
func Align[T Float](p *par.Pool, y, x, rois []T, batch []int64, a *RoiAlign) {
	plane, out := a.H*a.W, a.OutH*a.OutW
	p.For(len(batch), 1, func(lo, hi int) {
		var corners []corner[T]
		ends := make([]int, out)
		for i := lo; i < hi; i++ {
			r, _ := regionOf(a, rois[4*i:4*i+4])
			count := T(max(r.nx*r.ny, 1))
			for from := 0; from < out; {
				corners = corners[:0]
				to := from
				for to < out && len(corners) < 4*group {
					corners = appendBin(corners, a, r, to/a.OutW, to%a.OutW)
					ends[to] = len(corners)
					to++
				}
				for c := range a.C {
					img := x[(int(batch[i])*a.C+c)*plane:][:plane]
					dst := y[(i*a.C+c)*out:][:out]
					pool(dst[from:to], img, corners, ends[from:to], count, a.Max)
				}
				from = to
			}
		}
	})
}

// pool makes the values of bins, whose corners end at ends.
func pool[T Float](dst, img []T, corners []corner[T], ends []int, count T, largestOnly bool) {
	k := 0
	for b, end := range ends {
		if largestOnly {
			dst[b] = largest(img, corners[k:end])
		} else {
			dst[b] = total(img, corners[k:end]) / count
		}
		k = end
	}
}

// appendBin appends the corners of the places in one bin, four for each place.
// Those of a place outside of the image have no weight.
func appendBin[T Float](corners []corner[T], a *RoiAlign, r region, ph, pw int) []corner[T] {
	for iy := range r.ny {
		y := r.y + float64(ph)*r.binH + (float64(iy)+0.5)*r.binH/float64(r.ny)
		y0, y1, ly, okY := between(y, a.H)
		for ix := range r.nx {
			x := r.x + float64(pw)*r.binW + (float64(ix)+0.5)*r.binW/float64(r.nx)
			x0, x1, lx, okX := between(x, a.W)
			if !okX || !okY {
				corners = append(corners, corner[T]{}, corner[T]{}, corner[T]{}, corner[T]{})
				continue
			}
			corners = append(corners,
				corner[T]{y0*a.W + x0, T((1 - ly) * (1 - lx))}, corner[T]{y0*a.W + x1, T((1 - ly) * lx)},
				corner[T]{y1*a.W + x0, T(ly * (1 - lx))}, corner[T]{y1*a.W + x1, T(ly * lx)})
		}
	}
	return corners
}

// between returns the pixels on either side of place v along a dimension of n
// and how far it is from the first to the second; ok is false outside.
func between(v float64, n int) (lo, hi int, part float64, ok bool) {
	if !(v >= -1 && v <= float64(n)) {
		return 0, 0, 0, false
	}
	v = max(v, 0)
	if lo = int(v); lo >= n-1 {
		return n - 1, n - 1, 0, true
	}
	return lo, lo + 1, v - float64(lo), true
}

func total[T Float](img []T, corners []corner[T]) T {
	var s T
	for _, c := range corners {
		if c.w != 0 {
			s += c.w * img[c.at]
		}
	}
	return s
}

func largest[T Float](img []T, corners []corner[T]) T {
	if len(corners) == 0 {
		return 0
	}
	s := T(math.Inf(-1))
	for _, c := range corners {
		v := T(0)
		if c.w != 0 {
			v = c.w * img[c.at]
		}
		s = max(s, v)
	}
	return s
}
