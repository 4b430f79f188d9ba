// Package jpeg2000 reads images of JPEG 2000 part 1 (ITU-T T.800): JP2 files
// and bare code streams.
//
// Not read are packed packet headers (PPM, PPT), more than four components,
// more than 24 bits a sample, and colours other than grey, sRGB and sYCC; such
// files give an error that wraps ErrUnsupported. ICC profiles are not applied
// and channel definitions not followed: components come in their order.
package jpeg2000

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrUnsupported is wrapped by the errors of files that may be right but use
// what this package cannot read.
var ErrUnsupported = errors.New("not supported")

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrUnsupported)
}

// component8 is a component's plane, which begins at (x0, y0) of its grid, in 8
// bits; its samples are dx and dy apart on the reference grid.
type component8 struct {
	rect
	dx, dy int
	pix    []uint8
}

// Is tells whether data begin as a JP2 file or a code stream does.
func Is(data []byte) bool {
	return bytes.HasPrefix(data, signature) || bytes.HasPrefix(data, []byte{markerSOC >> 8, markerSOC & 0xff, markerSIZ >> 8, markerSIZ & 0xff})
}

// Size reads the size of an image from its header.
func Size(data []byte) (width, height int, err error) {
	f, err := readFile(data)
	if err != nil {
		return 0, 0, err
	}
	frame, err := readFrame(&reader{data: f.codestream})
	if err != nil {
		return 0, 0, err
	}
	width, height = frame.size()
	return width, height, nil
}

// Decode decodes an image to rows of pixels of interleaved components: 1 is
// grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. Samples of fewer than 8 bits
// are moved up, those of more are rounded to 8. Components of fewer samples are
// repeated. An image of more than maxPixels is an error. Memory is some 8 bytes a
// sample; for small code-blocks and precincts it is a few times as much.
func Decode(data []byte, maxPixels int) (width, height, components int, pixels []uint8, err error) {
	f, err := readFile(data)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	r := &reader{data: f.codestream}
	frame, err := readFrame(r)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	width, height = frame.size()
	if width <= 0 || height <= 0 || width > maxPixels/height {
		return 0, 0, 0, nil, fmt.Errorf("%d×%d pixels, want 1 to %d", width, height, maxPixels)
	}
	s, err := readCodestream(frame, r)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	planes, err := s.decode(f.palette != nil)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	if f.palette != nil {
		if planes, err = f.lookup(planes); err != nil {
			return 0, 0, 0, nil, err
		}
	}
	pixels = interleave(planes, &frame, width, height)
	if f.colour == colourSYCC && len(planes) >= 3 {
		toRGB(pixels, len(planes))
	}
	return width, height, len(planes), pixels, nil
}

// decode decodes all tiles into planes.
func (s *codestream) decode(plain bool) ([]component8, error) {
	planes := make([]component8, len(s.components))
	for i, c := range s.components {
		if plain && c.depth > 8 {
			return nil, unsupported("palette indices of %d bits", c.depth)
		}
		p := &planes[i]
		p.dx, p.dy = c.dx, c.dy
		p.rect = rect{ceilDiv(s.x0, c.dx), ceilDiv(s.y0, c.dy), ceilDiv(s.x1, c.dx), ceilDiv(s.y1, c.dy)}
		if p.empty() {
			return nil, fmt.Errorf("SIZ: component %d has no samples", i)
		}
		p.pix = make([]uint8, p.width()*p.height())
	}
	var d blockDecoder
	for i, data := range s.tiles {
		t := newTile(&s.frame, i, &data.params)
		if err := readPackets(t, &data.params, data.parts); err != nil {
			return nil, fmt.Errorf("tile %d: %w", i, err)
		}
		all, err := decodeTile(t, &s.frame, data.params.style.mix, &d)
		if err != nil {
			return nil, fmt.Errorf("tile %d: %w", i, err)
		}
		s.tiles[i] = nil
		for j := range all {
			p := &planes[j]
			all[j].write(p.pix, p.x0, p.y0, p.width(), plain)
		}
	}
	return planes, nil
}

// interleave brings planes together on the grid of the finest one.
func interleave(planes []component8, f *frame, width, height int) []uint8 {
	n := len(planes)
	pixels := make([]uint8, width*height*n)
	dx, dy := f.steps()
	x0, y0 := ceilDiv(f.x0, dx), ceilDiv(f.y0, dy)
	at := make([]int, width)
	for i, p := range planes {
		w := p.width()
		for x := range at {
			at[x] = max(0, min(w-1, (x0+x)*dx/p.dx-p.x0))
		}
		for y := range height {
			from := p.pix[w*max(0, min(p.height()-1, (y0+y)*dy/p.dy-p.y0)):][:w]
			to := pixels[y*width*n:][:width*n]
			for x, a := range at {
				to[x*n+i] = from[a]
			}
		}
	}
	return pixels
}

// toRGB converts sYCC, of n components a pixel, to sRGB.
func toRGB(pixels []uint8, n int) {
	for i := 0; i+2 < len(pixels); i += n {
		y := float32(pixels[i])
		cb, cr := float32(pixels[i+1])-128, float32(pixels[i+2])-128
		pixels[i] = level(y + float32(1.402*cr))
		pixels[i+1] = level(y - float32(0.344136286*cb) - float32(0.714136286*cr))
		pixels[i+2] = level(y + float32(1.772*cb))
	}
}

func level(v float32) uint8 { return uint8(max(0, min(255, rounded(v)))) }
