package image

import "image"

// chroma reads pixels of an image whose colours have fewer rows or columns than
// its luma: it enlarges them and converts to RGB. JPEG and WebP do both in ways
// of their own, and the results of their common libraries (libjpeg-turbo,
// libwebp) are what everybody compares with.
type chroma struct {
	m             *image.YCbCr
	webp          bool
	width, height int // of the colour planes
	h, v          int // luma samples for each colour sample
	cb, cr        []uint8
}

func newChroma(m *image.YCbCr, webp bool) *chroma {
	c := &chroma{m: m, webp: webp, h: 1, v: 1}
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		c.h = 2
	case image.YCbCrSubsampleRatio420:
		c.h, c.v = 2, 2
	case image.YCbCrSubsampleRatio440:
		c.v = 2
	case image.YCbCrSubsampleRatio411:
		c.h = 4
	case image.YCbCrSubsampleRatio410:
		c.h, c.v = 4, 2
	}
	c.width, c.height = (m.Rect.Dx()+c.h-1)/c.h, (m.Rect.Dy()+c.v-1)/c.v
	// An even number of columns, so that pairs are written whole.
	c.cb, c.cr = make([]uint8, c.width*c.h), make([]uint8, c.width*c.h)
	return c
}

// reader returns a function that writes a row of RGB pixels.
func (c *chroma) reader(row []uint8) func(y int) {
	return func(y int) {
		c.enlarge(c.cb, c.m.Cb, y)
		c.enlarge(c.cr, c.m.Cr, y)
		luma := c.m.Y[y*c.m.YStride:][:c.m.Rect.Dx()]
		if c.webp {
			studioRange(row, luma, c.cb, c.cr)
		} else {
			fullRange(row, luma, c.cb, c.cr)
		}
	}
}

// enlarge writes the colour samples of row y of the image.
func (c *chroma) enlarge(dst, plane []uint8, y int) {
	stride := c.m.CStride
	near := y / c.v
	far := near
	if c.v == 2 {
		far = min(max(near+y%2*2-1, 0), c.height-1)
	}
	n, f := plane[near*stride:][:c.width], plane[far*stride:][:c.width]
	switch {
	case c.h == 1 && c.v == 1:
		copy(dst, n)
	case c.webp:
		enlargeWebP(dst, n, f)
	case c.h == 1:
		bias := 1 + y%2
		for i := range n {
			dst[i] = uint8((3*int(n[i]) + int(f[i]) + bias) >> 2)
		}
	case c.h == 2 && c.v == 1 && c.width > 2:
		for i := range n {
			v := 3 * int(n[i])
			dst[2*i] = uint8((v + int(n[max(i-1, 0)]) + 1) >> 2)
			dst[2*i+1] = uint8((v + int(n[min(i+1, len(n)-1)]) + 2) >> 2)
		}
	case c.h == 2 && c.v == 2 && c.width > 2:
		sum := func(i int) int {
			i = min(max(i, 0), len(n)-1)
			return 3*int(n[i]) + int(f[i])
		}
		for i := range n {
			v := 3 * sum(i)
			dst[2*i] = uint8((v + sum(i-1) + 8) >> 4)
			dst[2*i+1] = uint8((v + sum(i+1) + 7) >> 4)
		}
	default:
		for i := range dst {
			dst[i] = n[i/c.h]
		}
	}
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

// fullRange converts as JFIF defines it, in fixed point of 16 bits.
func fullRange(dst, luma, cb, cr []uint8) {
	for i, y := range luma {
		y, b, r := int(y), int(cb[i])-128, int(cr[i])-128
		dst[3*i] = clip(y + (91881*r+1<<15)>>16)
		dst[3*i+1] = clip(y + (-22554*b-46802*r+1<<15)>>16)
		dst[3*i+2] = clip(y + (116130*b+1<<15)>>16)
	}
}

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
