package jpeg2000

import (
	"errors"
	"fmt"
	"math/bits"
)

// maxPasses bounds the coding passes of a block: more than 37 bit-planes do
// not exist.
const maxPasses = 3 * 38

var errShortHeader = errors.New("the data end in a header")

// packetReader reads the packets of a tile.
type packetReader struct {
	data      []byte
	sop, eph  bool
	precincts int            // that may still be laid out
	coming    []contribution // of the packet being read
	err       error
}

// contribution is a part of a codeword segment in the body of a packet.
type contribution struct {
	block   *block
	segment int
	length  int
}

// readPackets reads all packets of a tile. Where the data end between packets,
// the rest is taken as empty.
func readPackets(t *tile, p *params, parts [][]byte) error {
	// A precinct takes hundreds of bytes, whatever its size: an image of 8×8 ones
	// is within the bound, and one of single samples is not.
	r := packetReader{sop: p.style.sop, eph: p.style.eph, precincts: 4096}
	for i := range t.components {
		r.precincts += t.components[i].width() * t.components[i].height() / 32
	}
	if len(parts) == 1 {
		r.data = parts[0]
	} else {
		for _, part := range parts {
			r.data = append(r.data, part...)
		}
	}
	walker{r.visit}.walk(t, p)
	return r.err
}

func (r *packetReader) visit(res *resolution, index, layer int) bool {
	if len(r.data) == 0 {
		return false
	}
	p := res.precincts[index]
	if p == nil {
		p = &precinct{}
		res.precincts[index] = p
	}
	if layer < p.layers {
		return true // came in an earlier volume
	}
	p.layers = layer + 1
	if r.err = r.read(res, p, index, layer); r.err != nil {
		r.err = fmt.Errorf("packet of component %d, precinct %d, layer %d: %w", res.component, index, layer, r.err)
	}
	return r.err == nil
}

// read reads a packet (T.800 B.9, B.10).
func (r *packetReader) read(res *resolution, p *precinct, index, layer int) error {
	if r.sop && r.marker(markerSOP) {
		r.data = r.data[min(6, len(r.data)):]
	}
	h := bitReader{data: r.data}
	r.coming = r.coming[:0]
	if h.bit() == 1 {
		if p.bands == nil {
			if r.precincts--; r.precincts < 0 {
				return unsupported("that many small precincts")
			}
			p.bands = res.newPrecinctBands(index)
		}
		for i := range p.bands {
			if err := r.readBand(&h, &p.bands[i], &res.bands[i], layer, res.style); err != nil {
				return err
			}
		}
	}
	h.align()
	if h.short {
		return errShortHeader
	}
	r.data = r.data[h.at:]
	if r.eph && r.marker(markerEPH) {
		r.data = r.data[2:]
	}
	for _, c := range r.coming {
		if c.length > len(r.data) {
			return fmt.Errorf("a code-block has %d bytes of %d", c.length, len(r.data))
		}
		s := &c.block.segments[c.segment]
		if len(s.data) == 0 {
			s.data = r.data[:c.length:c.length]
		} else {
			s.data = append(s.data, r.data[:c.length]...)
		}
		r.data = r.data[c.length:]
	}
	return nil
}

func (r *packetReader) marker(m int) bool {
	return len(r.data) >= 2 && int(r.data[0])<<8|int(r.data[1]) == m
}

// readBand reads what a packet's header says of the blocks of a subband.
func (r *packetReader) readBand(h *bitReader, pb *precinctBand, b *band, layer int, style uint8) error {
	for i := range pb.blocks {
		if h.short {
			return errShortHeader
		}
		k := &pb.blocks[i]
		x, y := i%pb.across, i/pb.across
		if k.passes > 0 {
			if h.bit() == 0 {
				continue
			}
		} else {
			if _, in := pb.inclusion.below(h, x, y, int32(layer)+1); !in {
				continue
			}
			zeros, ok := pb.zeros.below(h, x, y, 128)
			if h.short {
				return errShortHeader
			}
			if !ok || int(zeros) > b.planes {
				return fmt.Errorf("more zero bit-planes than the %d of a subband", b.planes)
			}
			k.planes = int32(b.planes) - zeros
			if k.planes > maxPlanes {
				return unsupported("a code-block of %d bit-planes", k.planes)
			}
		}
		if err := r.readLengths(h, k, style); err != nil {
			return err
		}
	}
	return nil
}

// readLengths reads how many passes a block gets and how many bytes they have.
func (r *packetReader) readLengths(h *bitReader, k *block, style uint8) error {
	passes := readPasses(h)
	for h.bit() == 1 {
		k.lengthBits++
	}
	if h.short {
		return errShortHeader
	}
	if int(k.passes)+passes > maxPasses {
		return fmt.Errorf("a code-block of %d coding passes", int(k.passes)+passes)
	}
	for passes > 0 {
		begins, n := segmentAt(style, int(k.passes))
		n = min(n, passes)
		width := int(k.lengthBits) + bits.Len(uint(n)) - 1
		if width > 30 {
			return fmt.Errorf("a length of %d bits", width)
		}
		if begins {
			k.segments = append(k.segments, segment{})
		}
		last := len(k.segments) - 1
		k.segments[last].passes += n
		k.passes += int32(n)
		passes -= n
		r.coming = append(r.coming, contribution{k, last, h.bits(width)})
	}
	return nil
}

// segmentAt tells whether a codeword segment begins with a pass, and how many
// passes there are from it to the segment's end.
func segmentAt(style uint8, pass int) (begins bool, n int) {
	switch {
	case style&styleTermAll != 0:
		return true, 1
	case style&styleBypass == 0:
		return pass == 0, maxPasses
	case pass < 10:
		return pass == 0, 10 - pass
	}
	switch (pass + 2) % 3 {
	case 0:
		return true, 2
	case 1:
		return false, 1
	}
	return true, 1
}

// readPasses reads a number of coding passes (T.800 table B.4).
func readPasses(h *bitReader) int {
	if h.bit() == 0 {
		return 1
	}
	if h.bit() == 0 {
		return 2
	}
	if n := h.bits(2); n < 3 {
		return 3 + n
	}
	if n := h.bits(5); n < 31 {
		return 6 + n
	}
	return 37 + h.bits(7)
}
