package jpeg

import "bytes"

const (
	markerSOF0 = 0xC0
	markerSOF1 = 0xC1
	markerSOF2 = 0xC2
	markerDHT  = 0xC4
	markerJPG  = 0xC8
	markerDAC  = 0xCC
	markerRST0 = 0xD0
	markerRST7 = 0xD7
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerDQT  = 0xDB
	markerDRI  = 0xDD
	markerAPP0 = 0xE0
	markerAPPE = 0xEE
	markerTEM  = 0x01
)

// maxScans bounds the passes over the coefficients of a progressive image. It
// is the bound that TurboJPEG sets for TJFLAG_LIMITSCANS; encoders make about ten.
const maxScans = 500

var errShort = errorf("the file ends too early")

// natural is the position in a block of each coefficient of the zigzag order.
var natural = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// read reads the file up to the end of the image, or to the size alone.
func (d *decoder) read() error {
	if !Is(d.data) {
		return errorf("not a JPEG file")
	}
	d.at = 2
	for {
		marker, err := d.nextMarker()
		if err != nil {
			return err
		}
		switch {
		case marker == markerEOI:
			return d.end()
		case marker == markerSOI:
			return errorf("a second image starts within the first")
		case marker == markerTEM || marker >= markerRST0 && marker <= markerRST7:
			continue // they have no segment
		}
		segment, err := d.segment()
		if err != nil {
			return err
		}
		switch marker {
		case markerSOF0, markerSOF1, markerSOF2:
			d.progressive = marker == markerSOF2
			if err = d.readFrame(segment); err == nil && d.headerOnly {
				return nil
			}
		case markerDHT:
			err = d.readHuffman(segment)
		case markerDQT:
			err = d.readQuant(segment)
		case markerDRI:
			if len(segment) != 2 {
				err = errorf("a restart interval of %d bytes, want 2", len(segment))
			} else {
				d.restart = int(segment[0])<<8 | int(segment[1])
			}
		case markerSOS:
			whole := false
			if whole, err = d.readScan(segment); err == nil && whole {
				return nil // whatever follows, the image is there
			}
		case markerAPP0:
			if len(segment) >= 14 && bytes.HasPrefix(segment, []byte("JFIF\x00")) {
				d.jfif = true
			}
		case markerAPPE:
			if len(segment) >= 12 && bytes.HasPrefix(segment, []byte("Adobe")) {
				d.adobe, d.transform = true, segment[11]
			}
		default:
			if marker >= 0xC3 && marker <= 0xCF && marker != markerJPG {
				err = unsupportedf("the coding is %s", codingName(marker))
			}
		}
		if err != nil {
			return err
		}
	}
}

func codingName(marker uint8) string {
	switch marker {
	case 0xC3:
		return "lossless"
	case 0xC9, 0xCA, 0xCB, markerDAC:
		return "arithmetic"
	}
	return "hierarchical"
}

// end checks that the image is complete.
func (d *decoder) end() error {
	if d.comps == nil || d.scans == 0 {
		return errorf("the file has no image")
	}
	for i := range d.comps {
		if c := &d.comps[i]; !c.seen || d.progressive && c.bit[0] == 0 {
			return errorf("no scan has component %d", i)
		}
	}
	return nil
}

// nextMarker skips to the next marker. Libjpeg, too, skips what stands before.
func (d *decoder) nextMarker() (uint8, error) {
	for {
		i := bytes.IndexByte(d.data[d.at:], 0xFF)
		if i < 0 {
			return 0, errShort
		}
		d.at += i
		for d.at < len(d.data) && d.data[d.at] == 0xFF {
			d.at++
		}
		if d.at == len(d.data) {
			return 0, errShort
		}
		d.at++
		if m := d.data[d.at-1]; m != 0 {
			return m, nil
		}
	}
}

func (d *decoder) segment() ([]byte, error) {
	rest := d.data[d.at:]
	if len(rest) < 2 {
		return nil, errShort
	}
	n := int(rest[0])<<8 | int(rest[1])
	if n < 2 {
		return nil, errorf("a segment of %d bytes, want 2 or more", n)
	}
	if n > len(rest) {
		return nil, errShort
	}
	d.at += n
	return rest[2:n], nil
}

func (d *decoder) readQuant(s []byte) error {
	for len(s) > 0 {
		wide, index := int(s[0]>>4), s[0]&15
		if wide > 1 || index > 3 {
			return errorf("quantization table %d of precision %d", index, wide)
		}
		n := 64 << wide
		if len(s) < 1+n {
			return errorf("quantization table %d has %d bytes, want %d", index, len(s)-1, n)
		}
		for i := range 64 {
			v := uint16(s[1+i<<wide])
			if wide == 1 {
				v = v<<8 | uint16(s[2+2*i])
			}
			d.quant[index][natural[i]] = v
		}
		d.haveQuant[index] = true
		s = s[1+n:]
	}
	return nil
}

func (d *decoder) readFrame(s []byte) error {
	if d.comps != nil {
		return errorf("the file has two frames")
	}
	if len(s) < 6 || len(s) != 6+3*int(s[5]) {
		return errorf("a frame header of %d bytes", len(s))
	}
	if s[0] != 8 {
		return unsupportedf("%d bits for each sample", s[0])
	}
	d.height, d.width = int(s[1])<<8|int(s[2]), int(s[3])<<8|int(s[4])
	if d.width == 0 || d.height == 0 {
		return errorf("the image has %d×%d pixels", d.width, d.height)
	}
	if !d.headerOnly && d.width > d.maxPixels/d.height {
		return errorf("the image has %d×%d pixels, want at most %d", d.width, d.height, d.maxPixels)
	}
	n := int(s[5])
	if n != 1 && n != 3 && n != 4 {
		return unsupportedf("%d components", n)
	}
	d.comps = make([]component, n)
	d.hMax, d.vMax = 1, 1
	for i := range d.comps {
		c := &d.comps[i]
		c.id, c.h, c.v, c.quantIndex = s[6+3*i], int(s[7+3*i]>>4), int(s[7+3*i]&15), s[8+3*i]
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return errorf("component %d has sampling factors %d×%d, want 1 to 4", i, c.h, c.v)
		}
		if c.quantIndex > 3 {
			return errorf("component %d has quantization table %d, want 0 to 3", i, c.quantIndex)
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
	}
	blocks := 0
	for i := range d.comps {
		c := &d.comps[i]
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return unsupportedf("sampling factors %d×%d of component %d beside %d×%d", c.h, c.v, i, d.hMax, d.vMax)
		}
		c.width, c.height = ceilDiv(d.width*c.h, d.hMax), ceilDiv(d.height*c.v, d.vMax)
		c.blocksX, c.blocksY = ceilDiv(c.width, 8), ceilDiv(c.height, 8)
		blocks += c.blocksX * c.blocksY
	}
	if d.headerOnly {
		return nil
	}
	// A block takes a bit at least.
	if blocks > 8*len(d.data) {
		return errorf("the header says %d×%d pixels, which %d bytes cannot hold", d.width, d.height, len(d.data))
	}
	for i := range d.comps {
		c := &d.comps[i]
		n := 64 * c.blocksX * c.blocksY
		c.plane = make([]uint8, n)
		if d.progressive {
			c.coefs = make([]int16, n)
		}
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
