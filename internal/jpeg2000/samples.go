package jpeg2000

import (
	"errors"
	"math"
)

// samples is a component of a tile as integers or as reals, by its transform.
type samples struct {
	rect
	depth  int
	ints   plane[int32]
	floats plane[float32]
}

// decodeTile decodes a tile from what packets brought.
func decodeTile(t *tile, f *frame, mix bool, d *blockDecoder) ([]samples, error) {
	all := make([]samples, len(t.components))
	for i := range all {
		all[i] = decodeComponent(&t.components[i], d)
		all[i].depth = f.components[i].depth
	}
	if mix {
		if len(all) < 3 {
			return nil, errors.New("COD: a transform of three components where there are fewer")
		}
		if err := unmix(all[:3]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func decodeComponent(tc *tileComponent, d *blockDecoder) samples {
	s := samples{rect: tc.rect}
	w, h := tc.width(), tc.height()
	if tc.empty() {
		return s
	}
	if tc.coding.reversible {
		s.ints = plane[int32]{make([]int32, w*h), w}
	} else {
		s.floats = plane[float32]{make([]float32, w*h), w}
	}
	for r := range tc.resolutions {
		res := &tc.resolutions[r]
		for _, p := range res.precincts {
			for i := range p.bands {
				for j := range p.bands[i].blocks {
					if k := &p.bands[i].blocks[j]; k.passes > 0 {
						s.place(tc, &res.bands[i], k, d)
					}
				}
			}
		}
		res.precincts = nil
	}
	ints, floats := lineBuffer(s.ints, w, h), lineBuffer(s.floats, w, h)
	for r := 1; r < len(tc.resolutions); r++ {
		res := &tc.resolutions[r]
		w, h := res.width(), res.height()
		if res.empty() {
			continue
		}
		if tc.coding.reversible {
			s.ints.synthesize(res.x0, res.y0, w, h, ints, lift53)
		} else {
			s.floats.synthesize(res.x0, res.y0, w, h, floats, lift97)
		}
	}
	return s
}

func lineBuffer[T int32 | float32](p plane[T], w, h int) []T {
	if p.data == nil {
		return nil
	}
	return make([]T, lanes*max(w, h))
}

// place decodes a block, dequantizes it and puts it into its band.
func (s *samples) place(tc *tileComponent, b *band, k *block, d *blockDecoder) {
	w, h := int(k.w), int(k.h)
	values := d.decode(w, h, b.kind, int(k.planes), tc.coding.style, k.segments)
	if tc.roi > 0 && tc.roi < maxPlanes {
		unscale(values, tc.roi)
	}
	for y := range h {
		at := (b.atY+int(k.y)+y)*tc.width() + b.atX + int(k.x)
		row := values[y*w : y*w+w]
		if tc.coding.reversible {
			to := s.ints.data[at : at+w]
			for x, v := range row {
				to[x] = v / 2
			}
		} else {
			to := s.floats.data[at : at+w]
			for x, v := range row {
				to[x] = float32(v) * (0.5 * b.step)
			}
		}
	}
}

// unscale brings the region of interest, whose magnitudes are all beyond those
// of the background, down again (T.800 annex H).
func unscale(values []int32, shift int) {
	for i, v := range values {
		switch {
		case v >= 2<<shift:
			values[i] = v >> shift
		case -v >= 2<<shift:
			values[i] = -(-v >> shift)
		}
	}
}

// unmix undoes the component transform (T.800 annex G).
func unmix(c []samples) error {
	reversible := c[0].ints.data != nil
	n := len(c[0].ints.data) + len(c[0].floats.data)
	for i := range c {
		if c[i].rect != c[0].rect || len(c[i].ints.data)+len(c[i].floats.data) != n || (c[i].ints.data != nil) != reversible {
			return errors.New("COD: a transform of components that differ in size or coding")
		}
	}
	if reversible {
		y, u, v := c[0].ints.data, c[1].ints.data, c[2].ints.data
		for i := range y {
			g := y[i] - (u[i]+v[i])>>2
			y[i], u[i], v[i] = v[i]+g, g, u[i]+g
		}
		return nil
	}
	// Conversions keep products from being fused with sums on some processors.
	y, b, r := c[0].floats.data, c[1].floats.data, c[2].floats.data
	for i, luma := range y {
		cb, cr := b[i], r[i]
		y[i] = luma + float32(1.402*cr)
		b[i] = luma - float32(0.344136286*cb) - float32(0.714136286*cr)
		r[i] = luma + float32(1.772*cb)
	}
	return nil
}

// write writes the samples, as levels from 0 on, into a component's plane that
// begins at (x0, y0): as they are if plain, else in 8 bits. Fewer bits are
// moved up; of more bits those below are rounded off.
func (s *samples) write(dst []uint8, x0, y0, width int, plain bool) {
	top := int32(1)<<s.depth - 1
	middle := int32(1) << (s.depth - 1)
	up, down := max(0, 8-s.depth), max(0, s.depth-8)
	if plain {
		up = 0
	}
	half := int32(1) << down >> 1
	w := s.width()
	for y := range s.height() {
		to := dst[(s.y0-y0+y)*width+s.x0-x0:]
		for x := range w {
			var v int32
			if s.ints.data != nil {
				v = s.ints.data[y*w+x]
			} else {
				v = rounded(s.floats.data[y*w+x])
			}
			// The sum cannot overflow from within these bounds.
			v = max(-1<<28, min(1<<28, v)) + middle
			v = max(0, min(top, v))
			to[x] = uint8(min(255, (v+half)>>down) << up)
		}
	}
}

// rounded is the nearest integer; what is not a number is 0.
func rounded(v float32) int32 {
	r := math.RoundToEven(float64(v))
	switch {
	case r != r:
		return 0
	case r > 1<<28:
		return 1 << 28
	case r < -1<<28:
		return -1 << 28
	}
	return int32(r)
}
