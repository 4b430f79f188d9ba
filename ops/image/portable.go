package image

import (
	"errors"
	"fmt"
	"image"
)

// portable is the header of a PBM, PGM or PPM file: "P" and a digit, the width,
// the height and, but for bitmaps, the largest value, as decimal numbers
// between spaces and comments.
type portable struct {
	kind          byte // '1' to '3' in digits, '4' to '6' in bytes: bitmap, gray, colours
	width, height int
	max           int
	pixels        []byte // what follows
}

func isPortable(file []byte) bool {
	return len(file) > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' && isSpace(file[2])
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

var errShort = errors.New("the file ends too early")

func readPortableHeader(file []byte) (h portable, err error) {
	h = portable{kind: file[1], max: 1, pixels: file[2:]}
	if h.width, err = h.number(); err != nil {
		return h, err
	}
	if h.height, err = h.number(); err != nil {
		return h, err
	}
	if h.kind != '1' && h.kind != '4' {
		if h.max, err = h.number(); err != nil {
			return h, err
		}
		if h.max < 1 || h.max > 65535 {
			return h, fmt.Errorf("the largest value is %d, want 1 to 65535", h.max)
		}
	}
	if h.kind >= '4' {
		if len(h.pixels) == 0 {
			return h, errShort
		}
		h.pixels = h.pixels[1:] // one space ends the header
	}
	return h, nil
}

// number reads a decimal number after spaces and comments.
func (h *portable) number() (int, error) {
	i := 0
	for i < len(h.pixels) && (isSpace(h.pixels[i]) || h.pixels[i] == '#') {
		if h.pixels[i] == '#' {
			for i < len(h.pixels) && h.pixels[i] != '\n' {
				i++
			}
			continue
		}
		i++
	}
	if i == len(h.pixels) {
		return 0, errShort
	}
	n, from := 0, i
	for ; i < len(h.pixels) && h.pixels[i] >= '0' && h.pixels[i] <= '9'; i++ {
		if n = 10*n + int(h.pixels[i]-'0'); n > 1<<30 {
			return 0, errors.New("a number is too large")
		}
	}
	if i == from {
		return 0, fmt.Errorf("got %q where a number should be", h.pixels[i])
	}
	h.pixels = h.pixels[i:]
	return n, nil
}

// decodePortable reads the pixels; values are scaled to 0 … 255.
func decodePortable(file []byte) (image.Image, error) {
	h, err := readPortableHeader(file)
	if err != nil {
		return nil, err
	}
	channels := 1
	if h.kind == '3' || h.kind == '6' {
		channels = 3
	}
	if err := h.checkLength(channels); err != nil {
		return nil, err
	}
	gray := image.NewGray(image.Rect(0, 0, h.width, h.height))
	if channels == 1 {
		for y := range h.height {
			if err := h.row(gray.Pix[y*gray.Stride:][:h.width]); err != nil {
				return nil, err
			}
		}
		return gray, nil
	}
	m := image.NewNRGBA(image.Rect(0, 0, h.width, h.height))
	row := make([]byte, 3*h.width)
	for y := range h.height {
		if err := h.row(row); err != nil {
			return nil, err
		}
		for x := range h.width {
			copy(m.Pix[y*m.Stride+4*x:], row[3*x:3*x+3])
			m.Pix[y*m.Stride+4*x+3] = 255
		}
	}
	return m, nil
}

// checkLength checks that there are bytes enough for the pixels.
func (h *portable) checkLength(channels int) error {
	row := h.width * channels // of two characters or more in digits, one for bits
	switch {
	case h.kind == '4':
		row = (h.width + 7) / 8
	case h.kind == '2' || h.kind == '3':
		row = 2*row - 1
	case h.kind > '4' && h.max > 255:
		row *= 2
	}
	if h.height > 0 && row > len(h.pixels)/h.height {
		return errShort
	}
	return nil
}

// row reads the values of a row.
func (h *portable) row(dst []byte) error {
	if h.kind == '4' {
		n := (len(dst) + 7) / 8
		for i := range dst {
			dst[i] = (h.pixels[i/8]>>(7-i%8)&1 - 1) & 255 // 1 is black
		}
		h.pixels = h.pixels[n:]
		return nil
	}
	for i := range dst {
		v := 0
		switch {
		case h.kind == '1':
			for len(h.pixels) > 0 && isSpace(h.pixels[0]) {
				h.pixels = h.pixels[1:]
			}
			if len(h.pixels) == 0 {
				return errShort
			}
			if h.pixels[0] == '0' {
				v = 1 // white
			}
			h.pixels = h.pixels[1:]
		case h.kind < '4':
			var err error
			if v, err = h.number(); err != nil {
				return err
			}
		case h.max > 255:
			v = int(h.pixels[0])<<8 | int(h.pixels[1])
			h.pixels = h.pixels[2:]
		default:
			v = int(h.pixels[0])
			h.pixels = h.pixels[1:]
		}
		dst[i] = uint8((min(v, h.max)*255 + h.max/2) / h.max)
	}
	return nil
}
