package detect

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// RoiPool takes the maximum in each of OutH × OutW bins of regions of images
// [N][C][H][W]: to [regions][C][OutH][OutW]. Regions are whole pixels (Girshick,
// Fast R-CNN, 2015).
type RoiPool struct {
	C, H, W    int
	OutH, OutW int
	Scale      float64 // of the regions' coordinates
}

// MaxPool pools the regions, five numbers each: the image and x1, y1, x2, y2.
// The images are numbers from 0 to N-1.
func MaxPool[T Float](p *par.Pool, y, x, rois []T, a *RoiPool) {
	plane, out := a.H*a.W, a.OutH*a.OutW
	p.For(len(rois)/5*a.C, 1, func(lo, hi int) {
		for u := lo; u < hi; u++ {
			i, c := u/a.C, u%a.C
			roi := rois[5*i : 5*i+5]
			x1, y1 := a.whole(float64(roi[1])), a.whole(float64(roi[2]))
			x2, y2 := a.whole(float64(roi[3])), a.whole(float64(roi[4]))
			binH := float64(max(y2-y1+1, 1)) / float64(a.OutH)
			binW := float64(max(x2-x1+1, 1)) / float64(a.OutW)
			img := x[(int(roi[0])*a.C+c)*plane:][:plane]
			dst := y[u*out:][:out]
			for ph := range a.OutH {
				top, bottom := bin(y1, ph, binH, a.H)
				for pw := range a.OutW {
					left, right := bin(x1, pw, binW, a.W)
					v := T(0)
					if top < bottom && left < right {
						v = maxIn(img, a.W, top, bottom, left, right)
					}
					dst[ph*a.OutW+pw] = v
				}
			}
		}
	})
}

// whole returns the pixel at a coordinate. Far outside is far outside: what is
// left fits an int.
func (a *RoiPool) whole(v float64) int {
	v = math.Round(v * a.Scale)
	if v != v {
		return 0
	}
	return int(min(max(v, -1<<28), 1<<28))
}

// bin returns the pixels from and up to that bin i of a region covers along a
// dimension of n.
func bin(start, i int, size float64, n int) (from, to int) {
	from = start + int(math.Floor(float64(i)*size))
	to = start + int(math.Ceil(float64(i+1)*size))
	return min(max(from, 0), n), min(max(to, 0), n)
}

func maxIn[T Float](img []T, w, top, bottom, left, right int) T {
	v := T(math.Inf(-1))
	for h := top; h < bottom; h++ {
		for _, e := range img[h*w+left : h*w+right] {
			v = max(v, e)
		}
	}
	return v
}
