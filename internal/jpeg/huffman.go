package jpeg

// huffman decodes the codes of a table: those of up to lookBits bits by a look-up,
// longer ones by comparing with the largest code of each length.
type huffman struct {
	look    [1 << lookBits]uint16 // length<<8 | value, or 0
	maxCode [17]int32             // of each length, -1 if there is none
	offset  [17]int32             // index in values less the code
	values  []uint8
}

const lookBits = 9

func newHuffman(counts []uint8, values []uint8) (*huffman, error) {
	h := &huffman{values: values}
	code, at := int32(0), 0
	for length := 1; length <= 16; length++ {
		n := int(counts[length-1])
		h.maxCode[length] = -1
		if n > 0 {
			if int(code)+n > 1<<length {
				return nil, errorf("a Huffman table has more codes of %d bits than there are", length)
			}
			h.offset[length] = int32(at) - code
			for range n {
				if length <= lookBits {
					first := int(code) << (lookBits - length)
					for i := range 1 << (lookBits - length) {
						h.look[first+i] = uint16(length)<<8 | uint16(values[at])
					}
				}
				code, at = code+1, at+1
			}
			h.maxCode[length] = code - 1
		}
		code <<= 1
	}
	return h, nil
}

func (d *decoder) readHuffman(s []byte) error {
	for len(s) > 0 {
		class, index := s[0]>>4, s[0]&15
		if class > 1 || index > 3 {
			return errorf("Huffman table %d of class %d", index, class)
		}
		if len(s) < 17 {
			return errorf("a Huffman table of %d bytes", len(s))
		}
		n := 0
		for _, c := range s[1:17] {
			n += int(c)
		}
		if n > 256 || len(s) < 17+n {
			return errorf("a Huffman table of %d values in %d bytes", n, len(s)-17)
		}
		h, err := newHuffman(s[1:17], s[17:17+n])
		if err != nil {
			return err
		}
		if class == 0 {
			d.dc[index] = h
		} else {
			d.ac[index] = h
		}
		s = s[17+n:]
	}
	return nil
}

// bitReader reads the bits of a scan. Past its end they are zeros, and short
// reports whether any of these was taken.
type bitReader struct {
	data   []byte
	at     int
	acc    uint64 // the low n bits are unread
	n      int
	zeros  int // bits at the end of acc that the data does not have
	marker bool
}

// fill makes at least 48 bits available.
func (r *bitReader) fill() {
	for r.n <= 56 {
		b := uint8(0)
		switch {
		case r.marker || r.at >= len(r.data):
			r.marker = true
			r.zeros += 8
		case r.data[r.at] != 0xFF:
			b = r.data[r.at]
			r.at++
		default:
			b = r.escaped()
		}
		r.acc = r.acc<<8 | uint64(b)
		r.n += 8
	}
}

// escaped reads what starts with FF: a byte if a 0 follows, maybe after more
// FFs, and else a marker, before which it stays.
func (r *bitReader) escaped() uint8 {
	i := r.at + 1
	for i < len(r.data) && r.data[i] == 0xFF {
		i++
	}
	if i < len(r.data) && r.data[i] == 0 {
		r.at = i + 1
		return 0xFF
	}
	r.marker = true
	r.zeros += 8
	return 0
}

func (r *bitReader) short() bool { return r.zeros > r.n }

// reset drops bits up to the next byte and returns the position in the data.
// Whole bytes that were read ahead are skipped too: nextMarker would do so.
func (r *bitReader) reset() int {
	r.acc, r.n, r.zeros, r.marker = 0, 0, 0, false
	return r.at
}

// take reads up to 16 bits.
func (r *bitReader) take(n uint) int32 {
	if r.n < 16 {
		r.fill()
	}
	r.n -= int(n)
	return int32(r.acc >> uint(r.n) & (1<<n - 1))
}

// takeSigned reads a number of n bits in the way that JPEG codes signs.
func (r *bitReader) takeSigned(n uint) int32 {
	if n == 0 {
		return 0
	}
	v := r.take(n)
	if v < 1<<(n-1) {
		v += -1<<n + 1
	}
	return v
}

// decode reads a code. Codes that the table does not have give -1.
func (r *bitReader) decode(h *huffman) int {
	if r.n < 16 {
		r.fill()
	}
	if e := h.look[r.acc>>uint(r.n-lookBits)&(1<<lookBits-1)]; e != 0 {
		r.n -= int(e >> 8)
		return int(e & 255)
	}
	for length := lookBits + 1; length <= 16; length++ {
		code := int32(r.acc >> uint(r.n-length) & (1<<length - 1))
		if code <= h.maxCode[length] {
			r.n -= length
			return int(h.values[code+h.offset[length]])
		}
	}
	return -1
}
