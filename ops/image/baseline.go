package image

import (
	"errors"
	"image"
)

// baseline decodes the common kind of JPEG: one scan with 8 bits, Huffman codes
// and one component or three (luma and two colours). It exists because the
// pixels of a JPEG depend on the decoder's inverse cosine transform, and what
// models were trained on is libjpeg's, which this one computes bit by bit. What
// it does not know, progressive files among them, it leaves to image/jpeg.
type baseline struct {
	data   []byte
	width  int
	height int
	comps  []component
	quant  [4][64]int32
	dc, ac [4]huffman
	every  int // MCUs between restart markers; 0: none

	bits    uint32 // read ahead, the next one highest
	nbits   int
	missing int // of these, zeros that are not in the file
}

type component struct {
	id            byte
	h, v          int
	quant, dc, ac byte
	last          int32 // DC of the block before
	plane         []byte
	stride        int
}

// errOther says that the file is of another kind, or broken.
var errOther = errors.New("no baseline JPEG")

// zigzag is where the coefficients of a block go.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

func decodeBaseline(file []byte) (image.Image, error) {
	if len(file) < 4 || file[0] != 0xFF || file[1] != 0xD8 {
		return nil, errOther
	}
	j := &baseline{data: file[2:]}
	for {
		if len(j.data) < 4 || j.data[0] != 0xFF {
			return nil, errOther
		}
		marker, n := j.data[1], int(j.data[2])<<8|int(j.data[3])
		if marker == 0xFF { // a fill byte
			j.data = j.data[1:]
			continue
		}
		if n < 2 || n > len(j.data)-2 {
			return nil, errOther
		}
		part := j.data[4 : 2+n]
		j.data = j.data[2+n:]
		ok := true
		switch {
		case marker == 0xDB:
			ok = j.readQuant(part)
		case marker == 0xC4:
			ok = j.readHuffman(part)
		case marker == 0xC0 || marker == 0xC1:
			ok = j.comps == nil && j.readFrame(part)
		case marker == 0xDD:
			if ok = len(part) == 2; ok {
				j.every = int(part[0])<<8 | int(part[1])
			}
		case marker == 0xEE && len(part) >= 12 && string(part[:5]) == "Adobe":
			ok = part[11] == 1 // luma and colours
		case marker == 0xDA:
			if !j.readScanHeader(part) || !j.scan() {
				return nil, errOther
			}
			return j.image(), nil
		case marker >= 0xE0 && marker <= 0xEF || marker == 0xFE:
		default:
			ok = false
		}
		if !ok {
			return nil, errOther
		}
	}
}

func (j *baseline) readQuant(p []byte) bool {
	for len(p) > 0 {
		wide, t := int(p[0]>>4), p[0]&15
		if wide > 1 || t > 3 || len(p) < 1+64*(1+wide) {
			return false
		}
		for i := range 64 {
			v := int32(p[1+i])
			if wide == 1 {
				v = int32(p[1+2*i])<<8 | int32(p[2+2*i])
			}
			j.quant[t][zigzag[i]] = v
		}
		p = p[1+64*(1+wide):]
	}
	return true
}

// huffman is a canonical code: those of length n are numbers up to most[n]-1,
// and belong to the symbols from index on.
type huffman struct {
	most, first [17]int32
	index       [17]int
	symbols     []byte
}

func (j *baseline) readHuffman(p []byte) bool {
	for len(p) > 0 {
		if len(p) < 17 || p[0]>>4 > 1 || p[0]&15 > 3 {
			return false
		}
		h := &j.dc[p[0]&15]
		if p[0]>>4 == 1 {
			h = &j.ac[p[0]&15]
		}
		code, total := int32(0), 0
		for n := 1; n <= 16; n++ {
			h.first[n], h.index[n] = code, total
			code += int32(p[n])
			total += int(p[n])
			if h.most[n] = code; code > 1<<n {
				return false
			}
			code *= 2
		}
		if total > 256 || len(p) < 17+total {
			return false
		}
		h.symbols = p[17 : 17+total]
		p = p[17+total:]
	}
	return true
}

func (j *baseline) readFrame(p []byte) bool {
	if len(p) < 6 || p[0] != 8 {
		return false
	}
	j.height, j.width = int(p[1])<<8|int(p[2]), int(p[3])<<8|int(p[4])
	n := int(p[5])
	if n != 1 && n != 3 || len(p) != 6+3*n || j.width == 0 || j.height == 0 || j.width > maxPixels/j.height {
		return false
	}
	for i := range n {
		c := p[6+3*i:]
		k := component{id: c[0], h: int(c[1] >> 4), v: int(c[1] & 15), quant: c[2]}
		if k.quant > 3 {
			return false
		}
		j.comps = append(j.comps, k)
	}
	l := &j.comps[0]
	if n == 1 {
		l.h, l.v = 1, 1 // its blocks stand one by one whatever the factors are
	} else if j.comps[1].h != 1 || j.comps[1].v != 1 || j.comps[2].h != 1 || j.comps[2].v != 1 || l.id == 'R' {
		return false
	}
	if _, ok := ratios[[2]int{l.h, l.v}]; !ok {
		return false
	}
	cols, rows := j.mcus()
	for i := range j.comps {
		c := &j.comps[i]
		c.stride = cols * c.h * 8
		c.plane = make([]byte, c.stride*rows*c.v*8)
	}
	return true
}

var ratios = map[[2]int]image.YCbCrSubsampleRatio{
	{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422, {2, 2}: image.YCbCrSubsampleRatio420,
	{1, 2}: image.YCbCrSubsampleRatio440, {4, 1}: image.YCbCrSubsampleRatio411,
}

// mcus returns the number of units of blocks in a row and in a column.
func (j *baseline) mcus() (cols, rows int) {
	w, h := 8*j.comps[0].h, 8*j.comps[0].v
	return (j.width + w - 1) / w, (j.height + h - 1) / h
}

func (j *baseline) readScanHeader(p []byte) bool {
	n := len(j.comps)
	if n == 0 || len(p) != 4+2*n || int(p[0]) != n {
		return false
	}
	for i := range n {
		c := &j.comps[i]
		if c.dc, c.ac = p[2+2*i]>>4, p[2+2*i]&15; p[1+2*i] != c.id || c.dc > 3 || c.ac > 3 {
			return false
		}
	}
	return true
}

func (j *baseline) scan() bool {
	cols, rows := j.mcus()
	for m := range cols * rows {
		if j.every > 0 && m > 0 && m%j.every == 0 && !j.restart() {
			return false
		}
		for i := range j.comps {
			c := &j.comps[i]
			for b := range c.h * c.v {
				var block [64]int32
				if !j.block(c, &block) {
					return false
				}
				x, y := m%cols*c.h+b%c.h, m/cols*c.v+b/c.h
				inverseCosine(c.plane[8*(y*c.stride+x):], c.stride, &block)
			}
		}
	}
	return j.missing <= j.nbits
}

// restart skips to behind a restart marker.
func (j *baseline) restart() bool {
	if j.missing > j.nbits {
		return false
	}
	j.bits, j.nbits, j.missing = 0, 0, 0
	if len(j.data) < 2 || j.data[0] != 0xFF || j.data[1]&0xF8 != 0xD0 {
		return false
	}
	j.data = j.data[2:]
	for i := range j.comps {
		j.comps[i].last = 0
	}
	return true
}

// fill makes sure of n ≤ 16 bits, zeros beyond the end of the data.
func (j *baseline) fill(n int) {
	for j.nbits < n {
		var b byte
		if len(j.data) > 0 && j.data[0] != 0xFF {
			b, j.data = j.data[0], j.data[1:]
		} else if len(j.data) > 1 && j.data[1] == 0 {
			b, j.data = 0xFF, j.data[2:]
		} else {
			j.missing += 8
		}
		j.bits |= uint32(b) << (24 - j.nbits)
		j.nbits += 8
	}
}

// take returns the next n ≤ 16 bits as a number of that size in JPEG's code:
// the lower half stands for negative ones.
func (j *baseline) take(n int) int32 {
	if n == 0 {
		return 0
	}
	j.fill(n)
	v := int32(j.bits >> (32 - n))
	j.bits <<= n
	j.nbits -= n
	if v < 1<<(n-1) {
		v += 1 - 1<<n
	}
	return v
}

func (j *baseline) symbol(h *huffman) (byte, bool) {
	j.fill(16)
	for n := 1; n <= 16; n++ {
		if code := int32(j.bits >> (32 - n)); code < h.most[n] {
			j.bits <<= n
			j.nbits -= n
			return h.symbols[h.index[n]+int(code-h.first[n])], true
		}
	}
	return 0, false
}

// block reads the coefficients of a block, multiplied by their quanta.
func (j *baseline) block(c *component, dst *[64]int32) bool {
	q := &j.quant[c.quant]
	size, ok := j.symbol(&j.dc[c.dc])
	if !ok || size > 11 {
		return false
	}
	c.last += j.take(int(size))
	dst[0] = c.last * q[0]
	for i := 1; i < 64; i++ {
		s, ok := j.symbol(&j.ac[c.ac])
		if !ok {
			return false
		}
		run, size := int(s>>4), int(s&15)
		if size == 0 {
			if run != 15 {
				break
			}
			i += 15
			continue
		}
		if i += run; i > 63 {
			return false
		}
		dst[zigzag[i]] = j.take(size) * q[zigzag[i]]
	}
	return true
}

func (j *baseline) image() image.Image {
	r, l := image.Rect(0, 0, j.width, j.height), &j.comps[0]
	if len(j.comps) == 1 {
		return &image.Gray{Pix: l.plane, Stride: l.stride, Rect: r}
	}
	return &image.YCbCr{
		Y: l.plane, Cb: j.comps[1].plane, Cr: j.comps[2].plane, YStride: l.stride, CStride: j.comps[1].stride,
		SubsampleRatio: ratios[[2]int{l.h, l.v}], Rect: r,
	}
}
