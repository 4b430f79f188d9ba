// Package detect computes on regions of images: it sorts out boxes that overlap
// and pools what lies within.
package detect

import (
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/sortk"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Box is a rectangle by its corners, X1 ≤ X2 and Y1 ≤ Y2, and its area.
type Box struct{ X1, Y1, X2, Y2, Area float32 }

// Boxes reads boxes of four numbers each: two opposite corners (y, x, y, x) or,
// where centered, the center (x, y), width and height.
func Boxes(dst []Box, src []float32, centered bool) {
	for i := range dst {
		v := src[4*i : 4*i+4 : 4*i+4]
		b := &dst[i]
		if centered {
			*b = Box{X1: v[0] - v[2]/2, Y1: v[1] - v[3]/2, X2: v[0] + v[2]/2, Y2: v[1] + v[3]/2}
		} else {
			*b = Box{X1: min(v[1], v[3]), Y1: min(v[0], v[2]), X2: max(v[1], v[3]), Y2: max(v[0], v[2])}
		}
		b.Area = (b.X2 - b.X1) * (b.Y2 - b.Y1)
	}
}

// overlaps reports whether the intersection of two boxes is more than a part
// of their union.
func (b *Box) overlaps(o *Box, part float32) bool {
	w := min(b.X2, o.X2) - max(b.X1, o.X1)
	h := min(b.Y2, o.Y2) - max(b.Y1, o.Y1)
	if !(w > 0 && h > 0) || b.Area <= 0 || o.Area <= 0 {
		return false
	}
	both := w * h
	union := b.Area + o.Area - both
	return union > 0 && both/union > part
}

// Suppress selects boxes by their scores.
type Suppress struct {
	Batches, Classes, Boxes int
	Max                     int     // how many to select for each class and batch
	Overlap                 float32 // the intersection over union up to which two boxes stay
	Score                   float32 // only boxes with higher scores are selected
}

// Scratch returns the number of words that Run needs.
func (s *Suppress) Scratch(p *par.Pool) int { return s.parts(p) * s.Boxes }

func (s *Suppress) parts(p *par.Pool) int { return min(s.Batches*s.Classes, p.Threads()) }

// Run returns the selected boxes for each batch and class in the order of
// their scores, the lower number first where these are equal: the box with the
// highest score, then the next that overlaps with none selected so far, and so
// on. Boxes are [Batches][Boxes], scores [Batches][Classes][Boxes]; a score
// that is NaN is not selected.
func (s *Suppress) Run(p *par.Pool, boxes []Box, scores []float32, scratch []uint64) [][]int32 {
	lines, parts := s.Batches*s.Classes, s.parts(p)
	selected := make([][]int32, lines)
	keys, _ := sortk.KeysOf(scores, true)
	p.For(parts, 1, func(lo, hi int) {
		for w := lo; w < hi; w++ {
			order := scratch[w*s.Boxes : (w+1)*s.Boxes]
			for u := lines * w / parts; u < lines*(w+1)/parts; u++ {
				keys(order, u*s.Boxes, 1)
				m := 0
				for i, v := range scores[u*s.Boxes : (u+1)*s.Boxes] {
					if v > s.Score || v == v && math.IsInf(float64(s.Score), -1) {
						order[m] = order[i]<<32 | uint64(i)
						m++
					}
				}
				slices.Sort(order[:m])
				b := u / s.Classes
				selected[u] = s.selectFrom(boxes[b*s.Boxes:(b+1)*s.Boxes], order[:m])
			}
		}
	})
	return selected
}

// selectFrom goes through the candidates, the low words of order.
func (s *Suppress) selectFrom(boxes []Box, order []uint64) []int32 {
	var out []int32
next:
	for _, v := range order {
		if len(out) >= s.Max {
			break
		}
		i := int32(uint32(v))
		for _, j := range out {
			if boxes[i].overlaps(&boxes[j], s.Overlap) {
				continue next
			}
		}
		out = append(out, i)
	}
	return out
}
