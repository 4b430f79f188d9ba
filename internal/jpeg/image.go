package jpeg

import "image"

// colours is what the components of a file are.
type colours int

const (
	grey colours = iota
	rgb
	ycc
	cmyk
	ycck
)

// guessColours says what the components are, by the rules of libjpeg.
func (d *decoder) guessColours() colours {
	switch len(d.comps) {
	case 1:
		return grey
	case 3:
		if d.jfif {
			return ycc
		}
		if d.adobe {
			if d.transform == 0 {
				return rgb
			}
			return ycc
		}
		if d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B' {
			return rgb
		}
		return ycc
	}
	if d.adobe && d.transform != 0 {
		return ycck
	}
	return cmyk
}

// image makes the image of the components.
func (d *decoder) image() (image.Image, error) {
	if d.progressive {
		for i := range d.comps {
			d.comps[i].transform()
		}
	}
	if d.space == grey {
		c := &d.comps[0]
		return &image.Gray{Pix: c.plane, Stride: c.stride(), Rect: image.Rect(0, 0, d.width, d.height)}, nil
	}
	m := &RGB{Pix: make([]uint8, 3*d.width*d.height), Width: d.width, Height: d.height}
	var rows [4]func(y int) []uint8
	for i := range d.comps {
		rows[i] = d.comps[i].enlarger(d.hMax, d.vMax)
	}
	var row [4][]uint8
	for y := range d.height {
		for i := range d.comps {
			row[i] = rows[i](y)
		}
		dst := m.Row(y)
		switch d.space {
		case ycc, ycck:
			fromYCC(dst, row[0], row[1], row[2])
		default:
			interleave(dst, row[0], row[1], row[2])
		}
		switch d.space {
		case ycck:
			// YCC stands for the inverse of CMY, and files hold CMYK inverted.
			for i, v := range dst {
				dst[i] = 255 - v
			}
			fallthrough
		case cmyk:
			darken(dst, row[3])
		}
	}
	return m, nil
}

// transform makes samples of the coefficients, which are gone then.
func (c *component) transform() {
	for y := range c.blocksY {
		for x := range c.blocksX {
			block := (*[64]int16)(c.coefs[64*(y*c.blocksX+x):])
			inverse(c.plane[8*(y*c.stride()+x):], c.stride(), block, &c.quant)
		}
	}
	c.coefs = nil
}

func interleave(dst, r, g, b []uint8) {
	n := len(dst) / 3
	r, g, b = r[:n], g[:n], b[:n]
	for i := range r {
		p := (*[3]uint8)(dst[3*i:])
		p[0], p[1], p[2] = r[i], g[i], b[i]
	}
}

// fromYCC converts as JFIF defines it, in fixed point of 16 bits.
func fromYCC(dst, luma, cb, cr []uint8) {
	n := len(dst) / 3
	luma, cb, cr = luma[:n], cb[:n], cr[:n]
	for i := range luma {
		y, b, r := int32(luma[i]), int32(cb[i])-128, int32(cr[i])-128
		p := (*[3]uint8)(dst[3*i:])
		p[0] = clip(y + (91881*r+1<<15)>>16)          // 1.402
		p[1] = clip(y + (-22554*b-46802*r+1<<15)>>16) // 0.34414, 0.71414
		p[2] = clip(y + (116130*b+1<<15)>>16)         // 1.772
	}
}

func clip(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// darken makes RGB of inverted CMY and inverted black, with Pillow's rounding.
func darken(dst, black []uint8) {
	for i := range len(dst) / 3 {
		k := int32(black[i])
		p := (*[3]uint8)(dst[3*i:])
		for j, v := range p {
			t := (255-int32(v))*k + 128
			p[j] = clip(k - (t>>8+t)>>8)
		}
	}
}
