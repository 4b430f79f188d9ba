package image

import "image"

// chroma reads pixels of a WebP image, whose colours have half the rows and
// columns of its luma: it enlarges them and converts to RGB as libwebp does.
type chroma struct {
	m             *image.YCbCr
	width, height int // of the colour planes
	cb, cr        []uint8
}

func newChroma(m *image.YCbCr) *chroma {
	c := &chroma{m: m, width: (m.Rect.Dx() + 1) / 2, height: (m.Rect.Dy() + 1) / 2}
	// An even number of columns, so that pairs are written whole.
	c.cb, c.cr = make([]uint8, 2*c.width), make([]uint8, 2*c.width)
	return c
}

// reader returns a function that writes a row of RGB pixels.
func (c *chroma) reader(row []uint8) func(y int) {
	return func(y int) {
		c.enlarge(c.cb, c.m.Cb, y)
		c.enlarge(c.cr, c.m.Cr, y)
		studioRange(row, c.m.Y[y*c.m.YStride:][:c.m.Rect.Dx()], c.cb, c.cr)
	}
}

// enlarge writes the colour samples of row y of the image.
func (c *chroma) enlarge(dst, plane []uint8, y int) {
	near := y / 2
	far := min(max(near+y%2*2-1, 0), c.height-1)
	enlargeWebP(dst, plane[near*c.m.CStride:][:c.width], plane[far*c.m.CStride:][:c.width])
}

// enlargeWebP weighs the four samples around a pixel 9:3:3:1, in two steps that
// each round as libwebp does.
func enlargeWebP(dst, near, far []uint8) {
	for i := range near {
		l, r := max(i-1, 0), min(i+1, len(near)-1)
		dst[2*i] = weighWebP(near[i], near[l], far[i], far[l])
		dst[2*i+1] = weighWebP(near[i], near[r], far[i], far[r])
	}
	dst[0] = uint8((3*int(near[0]) + int(far[0]) + 2) >> 2)
	last := len(near) - 1
	dst[2*last+1] = uint8((3*int(near[last]) + int(far[last]) + 2) >> 2)
}

func weighWebP(near, side, far, corner uint8) uint8 {
	diagonal := (int(near) + 3*int(side) + 3*int(far) + int(corner) + 8) >> 3
	return uint8((diagonal + int(near)) >> 1)
}

func clip(v int) uint8 { return uint8(min(max(v, 0), 255)) }

// studioRange converts ITU-R BT.601 with luma from 16 to 235, as WebP has it,
// in fixed point of 14 bits of which 6 are left before the end.
func studioRange(dst, luma, cb, cr []uint8) {
	for i, y := range luma {
		y, b, r := int(y)*19077>>8, int(cb[i]), int(cr[i])
		dst[3*i] = clip((y + r*26149>>8 - 14234) >> 6)
		dst[3*i+1] = clip((y - b*6419>>8 - r*13320>>8 + 8708) >> 6)
		dst[3*i+2] = clip((y + b*33050>>8 - 17685) >> 6)
	}
}
