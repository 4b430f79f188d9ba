package tensorio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// grey is 2 rows of 3 pixels.
func grey() *image.Gray {
	return &image.Gray{Pix: []uint8{0, 51, 102, 153, 204, 255}, Stride: 3, Rect: image.Rect(0, 0, 3, 2)}
}

// colours is 1 row of 2 pixels.
func colours() *image.NRGBA {
	return &image.NRGBA{Pix: []uint8{255, 0, 51, 255, 0, 102, 204, 255}, Stride: 8, Rect: image.Rect(0, 0, 2, 1)}
}

func TestDecodeImageFindsTheLayout(t *testing.T) {
	for _, c := range []struct {
		name string
		img  image.Image
		want tensor.Type
		p    Pixels
		out  string
	}{
		{"NCHW grey", grey(), typeOf(tensor.F32, -1, 1, 2, 3), Pixels{}, "float32[1 1 2 3]: 0.0 0.2 0.4 0.6 0.8 1.0"},
		{"NHWC grey", grey(), typeOf(tensor.F32, -1, 2, 3, 1), Pixels{}, "float32[1 2 3 1]: 0.0 0.2 0.4 0.6 0.8 1.0"},
		{"batch, rows, columns", grey(), typeOf(tensor.F32, -1, 2, -1), Pixels{}, "float32[1 2 3]: 0.0 0.2 0.4 0.6 0.8 1.0"},
		{"rows and columns", grey(), typeOf(tensor.F32, 2, 3), Pixels{}, "float32[2 3]: 0.0 0.2 0.4 0.6 0.8 1.0"},
		{"NCHW colour", colours(), typeOf(tensor.F32, 1, 3, 1, 2), Pixels{}, "float32[1 3 1 2]: 1.0 0.0 0.0 0.4 0.2 0.8"},
		{"NHWC colour", colours(), typeOf(tensor.F32, 1, 1, 2, 3), Pixels{Layout: "nhwc"}, "float32[1 1 2 3]: 1.0 0.0 0.2 0.0 0.4 0.8"},
		{"CHW of unknown size", colours(), typeOf(tensor.F32, 3, -1, -1), Pixels{}, "float32[3 1 2]: 1.0 0.0 0.0 0.4 0.2 0.8"},
		{"opacity", colours(), typeOf(tensor.U8, 1, 4, -1, -1), Pixels{}, "uint8[1 4 1 2]: 255 0 0 102 51 204 255 255"},
		{"mean and std", colours(), typeOf(tensor.F32, 1, 3, -1, -1), Pixels{Scale: 1, Mean: []float64{255, 2, 4}, Std: []float64{1, 2, 1}}, "float32[1 3 1 2]: 0.0 -255.0 -1.0 50.0 47.0 200.0"},
		{"grey as colour", grey(), typeOf(tensor.U8, 3, 2, 3), Pixels{}, "uint8[3 2 3]: 0 51 102 153 204 255 0 51 102 153 204 255 0 51 102 153 204 255"},
		{"half floats", grey(), typeOf(tensor.F16, 1, 1, 2, 3), Pixels{}, "float16[1 1 2 3]: 0.0 0.2 0.4 0.6 0.8 1.0"},
		{"no declared shape", grey(), tensor.TensorOf(tensor.U8), Pixels{}, "uint8[1 1 2 3]: 0 51 102 153 204 255"},
	} {
		x, err := DecodeImage(pngOf(t, c.img), c.want, c.p)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := elements(x); got != c.out {
			t.Errorf("%s: got %s, want %s", c.name, got, c.out)
		}
	}
}

func TestDecodeImageTurnsColourToGrey(t *testing.T) {
	x, err := DecodeImage(pngOf(t, colours()), typeOf(tensor.F32, 1, 1, 1, 2), Pixels{Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	// ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B
	for i, want := range []float64{0.299*255 + 0.114*51, 0.587*102 + 0.114*204} {
		if got := float64(tensor.Data[float32](x)[i]); math.Abs(got-want) > 0.05 {
			t.Errorf("pixel %d: got %v, want %v", i, got, want)
		}
	}
}

func TestDecodeImageKeepsTheColourOfTransparentPixels(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	img.SetNRGBA(0, 0, color.NRGBA{R: 200, G: 100, B: 50, A: 1})
	x, err := DecodeImage(pngOf(t, img), typeOf(tensor.F32, 1, 3, 1, 1), Pixels{Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{200, 100, 50} {
		if got := float64(tensor.Data[float32](x)[i]); math.Abs(got-want) > 1 {
			t.Errorf("channel %d: got %v, want %v", i, got, want)
		}
	}
}

func TestDecodeImageAveragesWhenItShrinks(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = uint8(255 * (i % 2)) // columns of black and white
	}
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"png": pngOf(t, img), "jpg": jpg.Bytes()} {
		x, err := DecodeImage(data, typeOf(tensor.F32, 1, 1, 8, 8), Pixels{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range tensor.Data[float32](x) {
			if math.Abs(float64(v)-0.5) > 0.05 {
				t.Fatalf("%s: pixel %d is %v, want the mean of black and white", name, i, v)
			}
		}
	}
	flat, err := DecodeImage(pngOf(t, img), typeOf(tensor.F32, -1, 64), Pixels{})
	if err != nil || flat.String() != "float32[1 64]" {
		t.Errorf("as 64 features: %v, %v", flat, err)
	}
}

func TestDecodeImageSaysWhatIsWrong(t *testing.T) {
	good := pngOf(t, grey())
	huge := bytes.Clone(good)
	binary.BigEndian.PutUint32(huge[16:], 10000)
	binary.BigEndian.PutUint32(huge[20:], 10000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	tooBig := bytes.Clone(huge)
	binary.BigEndian.PutUint32(tooBig[16:], 1<<30)
	binary.BigEndian.PutUint32(tooBig[29:], crc32.ChecksumIEEE(tooBig[12:29]))
	nchw := typeOf(tensor.F32, 1, 1, 2, 3)
	for _, c := range []struct {
		data []byte
		typ  tensor.Type
		p    Pixels
		want string
	}{
		{[]byte("GIF89a"), nchw, Pixels{}, "neither a PNG nor a JPEG image"},
		{good[:40], nchw, Pixels{}, "unexpected EOF"},
		{huge, nchw, Pixels{}, "10000×10000 pixels, which its"},
		{tooBig, nchw, Pixels{}, "at most 134217728 are read"},
		{good, typeOf(tensor.F32, 1, 3, 1<<20, 1<<20), Pixels{}, "cannot be made"},
		{good, typeOf(tensor.F32, 1, 3, 0, 0), Pixels{}, "cannot be made"},
		{good, typeOf(tensor.F32, 1, 5, 8, 8), Pixels{}, "give --layout nchw or nhwc"},
		{good, typeOf(tensor.F32, 1, 5, 8, 8), Pixels{Layout: "nchw"}, "images have 1, 3 or 4 channels"},
		{good, typeOf(tensor.F32, 7), Pixels{}, "takes no image"},
		{good, typeOf(tensor.F32, 1, 7), Pixels{}, "is no square"},
		{good, nchw, Pixels{Mean: []float64{1, 2}}, "mean has 2 values for 1 channels"},
		{good, nchw, Pixels{Std: []float64{0}}, "std is 0"},
		{good, nchw, Pixels{Layout: "hw"}, "neither nchw nor nhwc"},
		{good, typeOf(tensor.I8, 1, 1, 2, 3), Pixels{}, "which is no int8"},
	} {
		if x, err := DecodeImage(c.data, c.typ, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, %v, want an error with %q", c.typ, x, err, c.want)
		}
	}
}

func TestScaleAppliesToArraysOfBytes(t *testing.T) {
	var b bytes.Buffer
	if err := EncodeNPY(&b, tensor.Of(tensor.Shape{1, 1, 2, 3}, []uint8{255, 0, 51, 0, 102, 204}...)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    Pixels
		want string
	}{
		{Pixels{}, "float32[1 1 2 3]: 255.0 0.0 51.0 0.0 102.0 204.0"},
		{Pixels{Scale: 1.0 / 255}, "float32[1 1 2 3]: 1.0 0.0 0.2 0.0 0.4 0.8"},
		{Pixels{Scale: 1, Mean: []float64{1, 2, 3}}, "float32[1 1 2 3]: 254.0 -2.0 48.0 -1.0 100.0 201.0"},
	} {
		v, _, err := Decode(b.Bytes(), NPY, typeOf(tensor.F32, 1, -1, -1, 3), "x", c.p)
		if err != nil {
			t.Errorf("%+v: %v", c.p, err)
		} else if got := elements(v.(*tensor.Tensor)); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.p, got, c.want)
		}
	}
}
