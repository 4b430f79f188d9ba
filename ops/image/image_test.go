package image

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func decodeAs(format string, file []byte) (*tensor.Tensor, error) {
	out, err := optest.Run(Defs, optest.Node{Op: "ImageDecoder", Opset: 20, Attrs: optest.Attrs{"pixel_format": format}}, tensor.Of(tensor.Shape{len(file)}, file...))
	if err != nil {
		return nil, err
	}
	return out[0].(*tensor.Tensor), nil
}

func expect(t *testing.T, format string, file []byte, shape tensor.Shape, want ...uint8) {
	t.Helper()
	y, err := decodeAs(format, file)
	if err != nil {
		t.Errorf("%.10q: %v", file, err)
		return
	}
	if !y.Shape().Equal(shape) || !slices.Equal(tensor.Data[uint8](y), want) {
		t.Errorf("%.10q: got %v %v, want %v %v", file, y, tensor.Data[uint8](y), shape, want)
	}
}

func TestDecodersAgreeOnPixels(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	m.Set(0, 0, color.NRGBA{10, 200, 30, 255})
	m.Set(1, 0, color.NRGBA{255, 0, 90, 255})
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"png":  func(b *bytes.Buffer) error { return png.Encode(b, m) },
		"bmp":  func(b *bytes.Buffer) error { return bmp.Encode(b, m) },
		"tiff": func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) },
		"pnm":  func(b *bytes.Buffer) error { b.WriteString("P6 2 1 255\n\x0a\xc8\x1e\xff\x00\x5a"); return nil },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(name, err)
		}
		expect(t, "RGB", b.Bytes(), tensor.Shape{1, 2, 3}, 10, 200, 30, 255, 0, 90)
		expect(t, "BGR", b.Bytes(), tensor.Shape{1, 2, 3}, 30, 200, 10, 90, 0, 255)
		expect(t, "Grayscale", b.Bytes(), tensor.Shape{1, 2, 1}, 124, 87)
	}
}

func TestTransparencyAndDepthAreDropped(t *testing.T) {
	m := image.NewNRGBA64(image.Rect(0, 0, 1, 1))
	m.Set(0, 0, color.NRGBA64{0x1234, 0xFF00, 0x8000, 0x4000})
	p := image.NewPaletted(image.Rect(0, 0, 1, 2), color.Palette{color.Gray{7}, color.NRGBA{1, 2, 3, 255}})
	p.Pix[1] = 1
	var deep, palette bytes.Buffer
	if err := errors.Join(png.Encode(&deep, m), png.Encode(&palette, p)); err != nil {
		t.Fatal(err)
	}
	expect(t, "RGB", deep.Bytes(), tensor.Shape{1, 1, 3}, 0x12, 0xFF, 0x80)
	expect(t, "RGB", palette.Bytes(), tensor.Shape{2, 1, 3}, 7, 7, 7, 1, 2, 3)
}

func TestPortableFormats(t *testing.T) {
	gray := tensor.Shape{1, 3, 1}
	expect(t, "Grayscale", []byte("P1\n# a comment\n3 1\n1 01"), gray, 0, 255, 0)
	expect(t, "Grayscale", []byte("P2 3 1 15 0 7\n#x\n15"), gray, 0, 119, 255)
	expect(t, "Grayscale", []byte("P4 3 1\n\xA0"), gray, 0, 255, 0)
	expect(t, "Grayscale", []byte("P5 3 1 255\n\x01\x02\xff"), gray, 1, 2, 255)
	expect(t, "Grayscale", []byte("P5 3 1 65535\n\x00\x00\x80\x00\xff\xff"), gray, 0, 128, 255)
	expect(t, "RGB", []byte("P3 1 1 255 1 2 3"), tensor.Shape{1, 1, 3}, 1, 2, 3)
	expect(t, "RGB", []byte("P5 1 1 255\n\x09"), tensor.Shape{1, 1, 3}, 9, 9, 9)
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for file, want := range map[string]string{
		"":                              "no image of a known format",
		"P6 100000 100000 255\n":        "want 1 to",
		"P6 1000 1000 255\n12":          "the file ends too early",
		"P5 0 5 255\n":                  "0×5 pixels",
		"P5 9999999999 5 255\n":         "a number is too large",
		"P5 1 1 0\n0":                   "want 1 to 65535",
		"P5 1 x 0\n0":                   "got 'x'",
		"P1 2 2 1":                      "too early",
		"P2 2 1 9 1 ":                   "too early",
		"P5":                            "no image",
		"\x89PNG\r\n\x1a\nxxxxxxxxxxxx": "input 0",
		"\xff\x4f\xff\x51":              "JPEG 2000",
		"BM":                            "input 0",
		"BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x00\x20\x00\x00\x00\x20\x00\x00\x01\x00\x18\x00" + strings.Repeat("\x00", 24): "too few for 8192×8192",
	} {
		if _, err := decodeAs("RGB", []byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", file, err, want)
		}
	}
	if _, err := decodeAs("CMYK", nil); err == nil {
		t.Error("a pixel format that does not exist is accepted")
	}
}

func TestJPEGComesBackAlmostAsItWas(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range m.Pix {
		m.Pix[i] = uint8(3*(i%16) + 5*(i/16))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	y, err := decodeAs("RGB", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range tensor.Data[uint8](y) {
		if d := int(v) - int(m.Pix[i/3]); d < -2 || d > 2 {
			t.Fatalf("pixel %d: got %d, want %d", i/3, v, m.Pix[i/3])
		}
	}
}
