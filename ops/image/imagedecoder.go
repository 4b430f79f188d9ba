package image

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/png" // formats that image.Decode knows

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/onnxrun/onnxrun/internal/jpeg"
	"github.com/onnxrun/onnxrun/internal/jpeg2000"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ImageDecoder decodes an image file to [height, width, channels]: PNG, JPEG,
// JPEG 2000, BMP, WebP, TIFF and the portable formats PBM, PGM, PPM. The pixel format is
// one of RGB, BGR and Grayscale, the luma of ITU-R BT.601. Transparency is
// dropped, and 16 bits are cut to 8. A file that cannot be read is an error.
//
// Chroma planes are enlarged by triangles, as the standard says it for JPEG, and
// JPEG and WebP come out as from libjpeg-turbo and libwebp.
var imageDecoder20 = ops.Def{
	Name: "ImageDecoder", Since: 20,
	Sig: "encoded_stream:uint8 -> image:uint8",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return imageDecoder{n.Enum("pixel_format", "RGB", "BGR", "Grayscale")}, nil
	},
}

type imageDecoder struct{ format string }

// maxPixels bounds the images that are read.
const maxPixels = 1 << 27

func (k imageDecoder) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() != 1 {
		return fmt.Errorf("input 0 (encoded_stream): got %v, want a vector", x)
	}
	file := tensor.Data[uint8](x)
	size, format, err := decodeConfig(file)
	if errors.Is(err, jpeg.ErrUnsupported) || errors.Is(err, jpeg2000.ErrUnsupported) {
		return ops.Unsupportedf("input 0 (encoded_stream): %v", err)
	}
	if errors.Is(err, image.ErrFormat) {
		return fmt.Errorf("input 0 (encoded_stream): %d bytes are no image of a known format", len(file))
	}
	if err != nil {
		return fmt.Errorf("input 0 (encoded_stream): %w", err)
	}
	if size.Width <= 0 || size.Height <= 0 || size.Width > maxPixels/size.Height {
		return fmt.Errorf("input 0 (encoded_stream): a %s image of %d×%d pixels, want 1 to %d", format, size.Width, size.Height, maxPixels)
	}
	if format == "bmp" && size.Width*size.Height/8 > len(file) { // of a bit a pixel or more
		return fmt.Errorf("input 0 (encoded_stream): %d bytes are too few for %d×%d pixels of a bmp image", len(file), size.Width, size.Height)
	}
	channels := 3
	if k.format == "Grayscale" {
		channels = 1
	}
	// The decoder's own memory, of 16 bytes a pixel at most or some 32 of JPEG
	// 2000, is bounded as if it came from the arena.
	words := 2
	if jpeg2000.Is(file) {
		words = 4
	}
	bound, err := c.Scratch(tensor.U64, size.Height, size.Width, words)
	if err != nil {
		return err
	}
	c.Release(bound)
	y, err := c.Output(0, tensor.U8, tensor.Shape{size.Height, size.Width, channels})
	if err != nil {
		return err
	}
	m, err := decode(file)
	if errors.Is(err, jpeg2000.ErrUnsupported) {
		return ops.Unsupportedf("input 0 (encoded_stream): %s: %v", format, err)
	}
	if err != nil {
		return fmt.Errorf("input 0 (encoded_stream): %s: %w", format, err)
	}
	if b := m.Bounds(); b.Dx() != size.Width || b.Dy() != size.Height {
		return fmt.Errorf("input 0 (encoded_stream): %s: %d×%d pixels where the header says %d×%d", format, b.Dx(), b.Dy(), size.Width, size.Height)
	}
	k.write(tensor.Data[uint8](y), m)
	return nil
}

func decodeConfig(file []byte) (image.Config, string, error) {
	if isPortable(file) {
		h, err := readPortableHeader(file)
		return image.Config{Width: h.width, Height: h.height}, "PNM", err
	}
	if jpeg.Is(file) {
		c, err := jpeg.DecodeConfig(file)
		if err != nil {
			err = fmt.Errorf("JPEG: %w", err)
		}
		return c, "JPEG", err
	}
	if jpeg2000.Is(file) {
		w, h, err := jpeg2000.Size(file)
		if err != nil {
			err = fmt.Errorf("JPEG 2000: %w", err)
		}
		return image.Config{Width: w, Height: h}, "JPEG 2000", err
	}
	return image.DecodeConfig(bytes.NewReader(file))
}

// decode reads the pixels. The file comes from outside and the decoders are not
// this project's: should one of them panic, that is an error of the file.
func decode(file []byte) (m image.Image, err error) {
	if isPortable(file) {
		return decodePortable(file)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder failed: %v", r)
		}
	}()
	if jpeg.Is(file) {
		return jpeg.Decode(file, maxPixels)
	}
	if jpeg2000.Is(file) {
		return decodeJPEG2000(file)
	}
	m, _, err = image.Decode(bytes.NewReader(file))
	return m, err
}

// write writes the pixels in the format asked for.
func (k imageDecoder) write(dst []uint8, m image.Image) {
	b := m.Bounds()
	row := make([]uint8, 3*b.Dx())
	read := func(y int) { readRow(row, m, y) }
	switch m := m.(type) {
	case *image.YCbCr:
		read = newChroma(m).reader(row)
	case *image.NYCbCrA:
		read = newChroma(&m.YCbCr).reader(row)
	}
	for y := range b.Dy() {
		at := dst[y*len(dst)/b.Dy() : (y+1)*len(dst)/b.Dy()]
		if g, ok := m.(*image.Gray); ok && k.format == "Grayscale" {
			copy(at, g.Pix[y*g.Stride:])
			continue
		}
		read(y)
		switch k.format {
		case "RGB":
			copy(at, row)
		case "BGR":
			for i := 0; i < len(row); i += 3 {
				at[i], at[i+1], at[i+2] = row[i+2], row[i+1], row[i]
			}
		default:
			for i := range at {
				r, g, b := int(row[3*i]), int(row[3*i+1]), int(row[3*i+2])
				at[i] = uint8((19595*r + 38470*g + 7471*b + 1<<15) >> 16)
			}
		}
	}
}

// readRow reads a row of an image as RGB, without its transparency.
func readRow(row []uint8, m image.Image, y int) {
	b := m.Bounds()
	y += b.Min.Y
	switch m := m.(type) {
	case *jpeg.RGB:
		copy(row, m.Row(y))
		return
	case *image.NRGBA:
		pix := m.Pix[m.PixOffset(b.Min.X, y):]
		for i := range b.Dx() {
			copy(row[3*i:3*i+3], pix[4*i:])
		}
		return
	case *image.RGBA: // opaque images, as decoders make them
		if m.Opaque() {
			pix := m.Pix[m.PixOffset(b.Min.X, y):]
			for i := range b.Dx() {
				copy(row[3*i:3*i+3], pix[4*i:])
			}
			return
		}
	}
	for i := range b.Dx() {
		p := color.NRGBA64Model.Convert(m.At(b.Min.X+i, y)).(color.NRGBA64)
		row[3*i], row[3*i+1], row[3*i+2] = uint8(p.R>>8), uint8(p.G>>8), uint8(p.B>>8)
	}
}
