package jpeg2000

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Markers of the code stream (T.800 table A.2).
const (
	markerSOC = 0xff4f
	markerSIZ = 0xff51
	markerCOD = 0xff52
	markerCOC = 0xff53
	markerQCD = 0xff5c
	markerQCC = 0xff5d
	markerRGN = 0xff5e
	markerPOC = 0xff5f
	markerPPM = 0xff60
	markerPPT = 0xff61
	markerSOT = 0xff90
	markerSOP = 0xff91
	markerEPH = 0xff92
	markerSOD = 0xff93
	markerEOC = 0xffd9
)

// maxExtent bounds the coordinates of the reference grid, so that sums of them
// fit in an int of 32 bits.
const maxExtent = 1 << 29

// frame is what SIZ says: the image and its tiles on the reference grid.
type frame struct {
	x0, y0, x1, y1         int
	tileX, tileY           int // of the first tile
	tileWidth, tileHeight  int
	tilesAcross, tilesDown int
	components             []component
}

type component struct {
	depth  int
	dx, dy int
	signed bool
}

// reader reads big-endian numbers and remembers whether they were there.
type reader struct {
	data  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.data) {
		r.short = true
		r.data = nil
		return make([]byte, n)
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) u8() int     { return int(r.take(1)[0]) }
func (r *reader) u16() int    { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *reader) u32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }

// index reads the number of a component, of two bytes if there are many.
func (r *reader) index(components int) int {
	if components < 257 {
		return r.u8()
	}
	return r.u16()
}

// segment reads a marker segment's bytes.
func (r *reader) segment() (reader, error) {
	n := r.u16()
	if n < 2 || r.short || n-2 > len(r.data) {
		return reader{}, errors.New("a marker segment is longer than the data")
	}
	return reader{data: r.take(n - 2)}, nil
}

// codestream is a code stream taken apart.
type codestream struct {
	frame
	header params
	tiles  []*tileData // nil where none came
}

// tileData is what the parts of a tile hold.
type tileData struct {
	params params
	parts  [][]byte
}

// readFrame reads the code stream's first marker segment.
func readFrame(r *reader) (f frame, err error) {
	if r.u16() != markerSOC || r.u16() != markerSIZ {
		return f, errors.New("the code stream does not begin with SOC and SIZ")
	}
	s, err := r.segment()
	if err != nil {
		return f, err
	}
	if c := s.u16(); c&0x4000 != 0 {
		return f, unsupported("coding of part 15 (HTJ2K)")
	}
	var v [8]int
	for i := range v {
		u := s.u32()
		if (i < 2 || i >= 6) && u > maxExtent || i < 2 && u == 0 {
			return f, fmt.Errorf("SIZ: a coordinate is %d, want at most %d", u, maxExtent)
		}
		v[i] = int(min(u, 2*maxExtent))
	}
	f = frame{x1: v[0], y1: v[1], x0: v[2], y0: v[3], tileWidth: v[4], tileHeight: v[5], tileX: v[6], tileY: v[7]}
	n := s.u16()
	switch {
	case s.short:
		return f, errors.New("SIZ is too short")
	case f.x0 >= f.x1 || f.y0 >= f.y1:
		return f, fmt.Errorf("SIZ: the image goes from (%d, %d) to (%d, %d)", f.x0, f.y0, f.x1, f.y1)
	case f.tileWidth == 0 || f.tileHeight == 0 || f.tileX > f.x0 || f.tileY > f.y0 ||
		f.tileX+f.tileWidth <= f.x0 || f.tileY+f.tileHeight <= f.y0:
		return f, fmt.Errorf("SIZ: the first tile, of %d×%d at (%d, %d), does not hold the image's corner (%d, %d)",
			f.tileWidth, f.tileHeight, f.tileX, f.tileY, f.x0, f.y0)
	case n < 1:
		return f, errors.New("SIZ: no components")
	case n > 4:
		return f, unsupported("%d components", n)
	}
	for range n {
		depth := s.u8()
		c := component{depth: depth&0x7f + 1, signed: depth&0x80 != 0, dx: s.u8(), dy: s.u8()}
		if s.short || c.dx == 0 || c.dy == 0 || c.depth > 38 {
			return f, errors.New("SIZ: a component is wrong")
		}
		if c.depth > 24 {
			return f, unsupported("samples of %d bits", c.depth)
		}
		f.components = append(f.components, c)
	}
	f.tilesAcross = ceilDiv(f.x1-f.tileX, f.tileWidth)
	f.tilesDown = ceilDiv(f.y1-f.tileY, f.tileHeight)
	if f.tilesAcross > 65535/f.tilesDown {
		return f, fmt.Errorf("SIZ: %d×%d tiles, want at most 65535", f.tilesAcross, f.tilesDown)
	}
	return f, nil
}

// size is the image's size on the grid of its finest component.
func (f *frame) size() (width, height int) {
	dx, dy := f.steps()
	return ceilDiv(f.x1, dx) - ceilDiv(f.x0, dx), ceilDiv(f.y1, dy) - ceilDiv(f.y0, dy)
}

// steps is the finest distance between samples.
func (f *frame) steps() (dx, dy int) {
	dx, dy = 255, 255
	for _, c := range f.components {
		dx, dy = min(dx, c.dx), min(dy, c.dy)
	}
	return dx, dy
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// readCodestream takes apart a code stream whose frame has been read.
func readCodestream(f frame, r *reader) (*codestream, error) {
	s := &codestream{
		frame:  f,
		header: newParams(len(f.components)),
		tiles:  make([]*tileData, f.tilesAcross*f.tilesDown),
	}
	for {
		marker := r.u16()
		if r.short {
			return nil, errors.New("the data end in the main header")
		}
		if marker == markerSOT {
			break
		}
		if err := s.header.read(marker, r, true); err != nil {
			return nil, err
		}
	}
	if err := s.header.check(); err != nil {
		return nil, err
	}
	for marker := markerSOT; marker == markerSOT; marker = r.u16() {
		if err := s.readPart(r); err != nil {
			return nil, err
		}
		// What lacks is EOC alone.
		if len(r.data) < 2 {
			break
		}
	}
	for i, t := range s.tiles {
		if t == nil {
			return nil, fmt.Errorf("the data end before tile %d of %d", i, len(s.tiles))
		}
	}
	return s, nil
}

// readPart reads a tile-part, whose SOT marker has been read.
func (s *codestream) readPart(r *reader) error {
	rest := r.data // from behind the marker
	sot, err := r.segment()
	if err != nil {
		return err
	}
	i, length := sot.u16(), int64(sot.u32())
	number := sot.u8()
	if sot.u8(); sot.short || i >= len(s.tiles) {
		return fmt.Errorf("SOT: tile %d of %d", i, len(s.tiles))
	}
	if length != 0 {
		// The length counts from the marker on.
		if length < 14 || length-2 > int64(len(rest)) {
			return fmt.Errorf("SOT: a part of tile %d is said to have %d bytes of %d", i, length, len(rest)+2)
		}
		rest, r.data = rest[:length-2], rest[length-2:]
	} else {
		r.data = nil
		if n := len(rest); n >= 2 && rest[n-2] == markerEOC>>8 && rest[n-1] == markerEOC&0xff {
			rest = rest[:n-2]
		}
	}
	t := s.tiles[i]
	if t == nil {
		t = &tileData{params: s.header.inherit()}
		s.tiles[i] = t
	}
	part := reader{data: rest}
	if _, err := part.segment(); err != nil {
		return err
	}
	for {
		marker := part.u16()
		if part.short {
			return fmt.Errorf("tile %d: the data end in a header", i)
		}
		if marker == markerSOD {
			break
		}
		if err := t.params.read(marker, &part, number == 0); err != nil {
			return fmt.Errorf("tile %d: %w", i, err)
		}
	}
	if err := t.params.check(); err != nil {
		return fmt.Errorf("tile %d: %w", i, err)
	}
	t.parts = append(t.parts, part.data)
	return nil
}
