package jpeg2000

import (
	"bytes"
	"errors"
	"fmt"
)

// Enumerated colour spaces (T.800 table I.10).
const (
	colourSRGB = 16
	colourGrey = 17
	colourSYCC = 18
)

// signature begins a JP2 file.
var signature = []byte("\x00\x00\x00\x0cjP  \r\n\x87\n")

// file is what the boxes of a JP2 file say, as far as pixels depend on it.
type file struct {
	colour     int // enumerated colour space, 0 if unknown
	palette    *palette
	channels   []channel // of cmap
	codestream []byte
}

// palette has entries of some columns, in 8 bits.
type palette struct {
	columns int
	entries [][]uint8
}

// channel is a component, or its value looked up in a column.
type channel struct {
	component int
	palette   bool
	column    int
}

// readFile finds the code stream in a JP2 file, or takes the data as one.
func readFile(data []byte) (f file, err error) {
	if !bytes.HasPrefix(data, signature) {
		f.codestream = data
		return f, nil
	}
	r := reader{data: data}
	for len(r.data) > 0 {
		kind, body, err := r.box()
		if err != nil {
			return f, err
		}
		switch kind {
		case "jp2h":
			if err := f.readHeader(body); err != nil {
				return f, err
			}
		case "jp2c":
			f.codestream = body
			return f, nil
		}
	}
	return f, errors.New("a JP2 file without a code stream")
}

// box reads a box (T.800 I.4). A length of 0 says: to the end.
func (r *reader) box() (kind string, body []byte, err error) {
	all := len(r.data)
	length := uint64(r.u32())
	kind = string(r.take(4))
	if length == 1 {
		length = uint64(r.u32())<<32 | uint64(r.u32())
	}
	if length == 0 {
		length = uint64(all)
	}
	head := uint64(all - len(r.data))
	if r.short || length < head || length > uint64(all) {
		return "", nil, fmt.Errorf("a box %q of %d bytes where %d are left", kind, length, all)
	}
	return kind, r.take(int(length - head)), nil
}

func (f *file) readHeader(data []byte) error {
	r := reader{data: data}
	for len(r.data) > 0 {
		kind, body, err := r.box()
		if err != nil {
			return err
		}
		b := reader{data: body}
		switch kind {
		case "colr":
			err = f.readColour(&b)
		case "pclr":
			f.palette, err = readPalette(&b)
		case "cmap":
			for len(b.data) > 0 {
				c := channel{component: b.u16(), palette: b.u8() == 1, column: b.u8()}
				f.channels = append(f.channels, c)
			}
		}
		if err != nil {
			return err
		}
		if b.short {
			return fmt.Errorf("the box %q is too short", kind)
		}
	}
	return nil
}

// readColour reads how colours are specified; the first specification counts.
// Profiles are not applied.
func (f *file) readColour(b *reader) error {
	method := b.u8()
	b.take(2)
	switch {
	case f.colour != 0 || b.short:
	case method == 1:
		switch f.colour = int(b.u32()); f.colour {
		case colourSRGB, colourGrey, colourSYCC:
		default:
			return unsupported("colour space %d", f.colour)
		}
	case method == 2:
		if len(b.data) >= 20 && string(b.data[16:20]) == "CMYK" {
			return unsupported("CMYK")
		}
	}
	return nil
}

func readPalette(b *reader) (*palette, error) {
	n, columns := b.u16(), b.u8()
	if n < 1 || n > 1024 || columns < 1 {
		return nil, fmt.Errorf("a palette of %d entries in %d columns", n, columns)
	}
	p := &palette{columns: columns}
	for _, depth := range b.take(columns) {
		if depth != 7 {
			return nil, unsupported("a palette of %d bits", depth&0x7f+1)
		}
	}
	for range n {
		p.entries = append(p.entries, b.take(columns))
	}
	return p, nil
}

// lookup is the channels that a palette makes of the components' planes.
func (f *file) lookup(planes []component8) ([]component8, error) {
	if len(f.channels) == 0 {
		return nil, errors.New("a palette without a component mapping")
	}
	if len(f.channels) > 4 {
		return nil, unsupported("%d channels", len(f.channels))
	}
	out := make([]component8, len(f.channels))
	for i, c := range f.channels {
		if c.component >= len(planes) || c.palette && c.column >= f.palette.columns {
			return nil, fmt.Errorf("cmap: component %d of %d, column %d of %d", c.component, len(planes), c.column, f.palette.columns)
		}
		out[i] = planes[c.component]
		if !c.palette {
			continue
		}
		// Values beyond the entries take the last one.
		var table [256]uint8
		for v := range table {
			table[v] = f.palette.entries[min(v, len(f.palette.entries)-1)][c.column]
		}
		pix := make([]uint8, len(out[i].pix))
		for j, v := range out[i].pix {
			pix[j] = table[v]
		}
		out[i].pix = pix
	}
	return out, nil
}
