// Package jpeg decodes JPEG files to exactly the pixels that libjpeg-turbo
// gives with its defaults, and with it Pillow, OpenCV and nearly everything that
// images for training went through. The standard (ITU-T T.81) leaves the inverse
// cosine transform, the enlargement of colour planes and the rounding of
// colours to decoders, so that others, Go's image/jpeg among them, differ by one
// or two steps in many pixels.
//
// Read are baseline, extended and progressive files with Huffman coding, 8 bits
// and 1, 3 or 4 components in any sampling that libjpeg-turbo takes. Lossless,
// hierarchical and arithmetically coded files and 12 bits are refused, with
// ErrUnsupported. Where libjpeg-turbo warns of damaged data and goes on with
// grey, it is an error here; and the scans of a progressive file must be
// complete enough that every component appears: nothing is smoothed over that
// later scans might have refined.
package jpeg

import (
	"errors"
	"fmt"
	"image"
	"image/color"
)

// ErrUnsupported is wrapped by errors that say a file may be right but is coded
// in a way that is not read.
var ErrUnsupported = errors.New("unsupported JPEG")

// Is reports whether data starts as JPEG files do.
func Is(data []byte) bool {
	return len(data) >= 3 && data[0] == 0xFF && data[1] == markerSOI && data[2] == 0xFF
}

// DecodeConfig reads the size and the colour model: grey, or RGB for all files
// of more components.
func DecodeConfig(data []byte) (image.Config, error) {
	d := decoder{data: data, headerOnly: true}
	if err := d.read(); err != nil {
		return image.Config{}, err
	}
	c := image.Config{ColorModel: color.RGBAModel, Width: d.width, Height: d.height}
	if len(d.comps) == 1 {
		c.ColorModel = color.GrayModel
	}
	return c, nil
}

// Decode decodes a file of at most maxPixels pixels, to *image.Gray if it has
// one component and to *RGB otherwise. CMYK, which JPEG files hold inverted,
// becomes RGB as in Pillow. Memory is at most 16 bytes for each pixel, counted in
// whole blocks, and a file may have no more than 8 blocks for each of its bytes.
func Decode(data []byte, maxPixels int) (image.Image, error) {
	d := decoder{data: data, maxPixels: maxPixels}
	if err := d.read(); err != nil {
		return nil, err
	}
	return d.image()
}

// RGB is an opaque image of 3 bytes for each pixel, row by row without gaps.
type RGB struct {
	Pix           []uint8
	Width, Height int
}

// ColorModel is part of image.Image.
func (m *RGB) ColorModel() color.Model { return color.RGBAModel }

// Bounds is part of image.Image.
func (m *RGB) Bounds() image.Rectangle { return image.Rect(0, 0, m.Width, m.Height) }

// Row returns the pixels of row y.
func (m *RGB) Row(y int) []uint8 { return m.Pix[3*y*m.Width:][:3*m.Width] }

// At is part of image.Image.
func (m *RGB) At(x, y int) color.Color {
	if !(image.Point{X: x, Y: y}).In(m.Bounds()) {
		return color.RGBA{}
	}
	p := m.Pix[3*(y*m.Width+x):]
	return color.RGBA{R: p[0], G: p[1], B: p[2], A: 255}
}

// RGBA64At is part of image.RGBA64Image.
func (m *RGB) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := m.At(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

// component is one of the planes of an image.
type component struct {
	id, quantIndex uint8
	h, v           int // samples in each direction for h, v of the largest plane
	width, height  int // samples of the plane that belong to the image
	blocksX        int // blocks of 8×8 that cover them
	blocksY        int
	quant          [64]uint16 // in the natural order, as of the first scan
	seen           bool       // a scan had the component
	coefs          []int16    // of progressive files: blocks in the natural order
	plane          []uint8    // blocksY·8 rows of blocksX·8 samples
	// bit is one more than the position of the last bit that was read of a
	// coefficient, in progressive files, and 0 before its first scan.
	bit [64]uint8
}

func (c *component) stride() int { return 8 * c.blocksX }

type decoder struct {
	data       []byte
	at         int
	headerOnly bool
	maxPixels  int

	width, height int
	progressive   bool
	comps         []component
	hMax, vMax    int
	space         colours

	quant      [4][64]uint16
	haveQuant  [4]bool
	dc, ac     [4]*huffman
	restart    int // MCUs between restart markers, or 0
	jfif       bool
	adobe      bool
	transform  uint8
	scans      int
	bits       bitReader
	eobRun     int
	predictors [4]int32
}

func errorf(format string, a ...any) error { return fmt.Errorf(format, a...) }

func unsupportedf(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnsupported}, a...)...)
}
