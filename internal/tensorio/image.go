package tensorio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/png" // a format that image.Decode knows
	"math"

	"golang.org/x/image/draw"

	"github.com/onnxrun/onnxrun/internal/jpeg"
	"github.com/onnxrun/onnxrun/tensor"
)

// MaxPixels bounds the images that are read and made.
const MaxPixels = 1 << 27

// Pixels says how the pixels of an image become elements: each channel's value
// of 0 to 255 is multiplied by the scale, then Mean is subtracted and the
// difference divided by Std.
type Pixels struct {
	// Layout is the order of the dimensions, "nchw" or "nhwc"; "" finds it from
	// the shape that the model declares.
	Layout string
	// Scale is 0 for the default: 1/255 for floats, 1 for other elements.
	Scale float64
	// Mean and Std have one value, or one for each channel; none is 0 and 1.
	Mean, Std []float64
}

// Given reports whether the values are to be changed otherwise than by default.
func (p Pixels) Given() bool { return p.Scale != 0 || len(p.Mean) > 0 || len(p.Std) > 0 }

// Plane is where an input has its channels, rows and columns. Sizes are -1
// where the type leaves them open.
type Plane struct {
	C, H, W      int
	ChannelsLast bool
	Flat         bool // rows and columns are one dimension
	rank         int
}

// PlaneOf finds how an input of the given type takes images.
func PlaneOf(want tensor.Type, layout string) (Plane, error) {
	if layout != "" && layout != "nchw" && layout != "nhwc" {
		return Plane{}, fmt.Errorf("layout %q is neither nchw nor nhwc", layout)
	}
	if !want.HasShape {
		return Plane{C: -1, H: -1, W: -1, rank: 4, ChannelsLast: layout == "nhwc"}, nil
	}
	size := func(i int) int { return want.Dims[i].Size }
	channels := func(i int) bool { n := size(i); return n == 1 || n == 3 || n == 4 }
	switch rank := len(want.Dims); rank {
	case 2:
		if size(0) > 1 && size(1) > 0 {
			return Plane{C: 1, H: size(0), W: size(1), rank: 2}, nil
		}
		side := int(math.Sqrt(float64(max(size(1), 0))))
		if side*side != size(1) {
			return Plane{}, fmt.Errorf("an input of type %v takes no image: %v is no square", want, want.Dims[1])
		}
		return Plane{C: 1, H: side, W: side, Flat: true, rank: 2}, nil
	case 3:
		if layout == "" && !channels(0) && !channels(2) {
			return Plane{C: 1, H: size(1), W: size(2), rank: 3}, nil // [batch, height, width]
		}
		fallthrough
	case 4:
		at := rank - 3
		last := layout == "nhwc"
		if layout == "" {
			if !channels(at) && !channels(at+2) {
				return Plane{}, fmt.Errorf("type %v does not say which dimension has the channels: give --layout nchw or nhwc", want)
			}
			last = !channels(at)
		}
		if last {
			return Plane{H: size(at), W: size(at + 1), C: size(at + 2), ChannelsLast: true, rank: rank}, nil
		}
		return Plane{C: size(at), H: size(at + 1), W: size(at + 2), rank: rank}, nil
	}
	return Plane{}, fmt.Errorf("an input of type %v takes no image", want)
}

// DecodeImage reads a PNG or JPEG image for an input of the wanted type: it is
// resized to the model's height and width, made grey or coloured as the number
// of channels wants it, and laid out as the model does. An image of the model's
// size is taken as it is. The pixels of JPEG are those of libjpeg-turbo.
func DecodeImage(data []byte, want tensor.Type, p Pixels) (*tensor.Tensor, error) {
	pl, err := PlaneOf(want, p.Layout)
	if err != nil {
		return nil, err
	}
	img, err := decodeImage(data)
	if err != nil {
		return nil, err
	}
	pl.H, pl.W = orElse(pl.H, img.Bounds().Dy()), orElse(pl.W, img.Bounds().Dx())
	if pl.C < 0 {
		pl.C = 3
		if m := img.ColorModel(); m == color.GrayModel || m == color.Gray16Model {
			pl.C = 1
		}
	}
	if pl.C != 1 && pl.C != 3 && pl.C != 4 {
		return nil, fmt.Errorf("images have 1, 3 or 4 channels, the input (%v) wants %d", want, pl.C)
	}
	if pl.H == 0 || pl.W == 0 || pl.H > MaxPixels/pl.W {
		return nil, fmt.Errorf("an image of %d×%d pixels cannot be made", pl.W, pl.H)
	}
	f, err := p.factors(want.Elem, pl.C)
	if err != nil {
		return nil, err
	}
	t, err := tensor.New(tensor.F32, pl.shape())
	if err != nil {
		return nil, err
	}
	f.fill(tensor.Data[float32](t), resized(img, pl.W, pl.H), pl)
	return quantized(t, want.Elem)
}

func orElse(n, other int) int {
	if n < 0 {
		return other
	}
	return n
}

func (pl Plane) shape() tensor.Shape {
	s := tensor.Shape{1, pl.C, pl.H, pl.W}
	if pl.ChannelsLast {
		s = tensor.Shape{1, pl.H, pl.W, pl.C}
	}
	switch {
	case pl.Flat:
		return tensor.Shape{1, pl.H * pl.W}
	case pl.rank == 2:
		return tensor.Shape{pl.H, pl.W}
	case pl.rank == 3:
		return s[1:]
	}
	return s
}

// decodeImage decodes an image that its data can hold: a header that promises
// more is refused before memory is taken.
func decodeImage(data []byte) (image.Image, error) {
	if jpeg.Is(data) {
		img, err := jpeg.Decode(data, MaxPixels)
		if err != nil {
			return nil, fmt.Errorf("JPEG: %w", err)
		}
		return img, nil
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, imageError(err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > MaxPixels/c.Height {
		return nil, fmt.Errorf("the image has %d×%d pixels, at most %d are read", c.Width, c.Height, MaxPixels)
	}
	// A PNG deflates at most 1:1032. Other formats are there if the program has
	// them; of theirs, none is expected to do with less than a bit for 64 pixels.
	perByte := 8 * 64
	if format == "png" {
		perByte = 1032 * 8 / pixelBits(c.ColorModel)
	}
	if c.Width*c.Height/perByte > len(data) {
		return nil, fmt.Errorf("the image says it has %d×%d pixels, which its %d bytes cannot hold", c.Width, c.Height, len(data))
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	return img, imageError(err)
}

// pixelBits is the least that a PNG of a colour model spends on a pixel.
func pixelBits(m color.Model) int {
	switch m {
	case color.Gray16Model:
		return 16
	case color.RGBAModel, color.NRGBAModel:
		return 24
	case color.RGBA64Model, color.NRGBA64Model:
		return 48
	}
	return 1
}

func imageError(err error) error {
	if errors.Is(err, image.ErrFormat) {
		return errors.New("neither a PNG nor a JPEG image")
	}
	return err
}

// maxResample bounds the memory of resampling: 32 bytes for each of the new
// columns in each of the old rows.
const maxResample = 1 << 24

// resized returns the image at the given size. Pixels are averaged where it
// shrinks and interpolated where it grows.
func resized(img image.Image, w, h int) image.Image {
	if b := img.Bounds(); b.Dx() == w && b.Dy() == h {
		return img
	}
	dst := image.NewRGBA64(image.Rect(0, 0, w, h))
	var s draw.Interpolator = draw.BiLinear
	if img.Bounds().Dy() > maxResample/w {
		s = draw.ApproxBiLinear
	}
	s.Scale(dst, dst.Bounds(), img, img.Bounds(), draw.Src, nil)
	return dst
}

// factors turn a channel's value v of 0 to 255 into v·mul + add.
type factors struct{ mul, add [4]float64 }

func (p Pixels) factors(elem tensor.DType, channels int) (*factors, error) {
	scale := p.Scale
	if scale == 0 {
		scale = 1
		if isFloat(elem) || elem == tensor.Undefined {
			scale = 1.0 / 255
		}
	}
	f := &factors{}
	for c := range min(channels, 4) {
		mean, err := perChannel("mean", p.Mean, 0, c, channels)
		if err != nil {
			return nil, err
		}
		std, err := perChannel("std", p.Std, 1, c, channels)
		if err != nil {
			return nil, err
		}
		if std == 0 {
			return nil, errors.New("std is 0")
		}
		f.mul[c], f.add[c] = scale/std, -mean/std
	}
	return f, nil
}

func perChannel(what string, l []float64, none float64, c, channels int) (float64, error) {
	switch len(l) {
	case 0:
		return none, nil
	case 1:
		return l[0], nil
	case channels:
		return l[c], nil
	}
	return 0, fmt.Errorf("%s has %d values for %d channels", what, len(l), channels)
}

// fill writes the pixels of img, which has the plane's size.
func (f *factors) fill(dst []float32, img image.Image, pl Plane) {
	b := img.Bounds()
	pixel, channel := 1, pl.H*pl.W
	if pl.ChannelsLast {
		pixel, channel = pl.C, 1
	}
	at := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			v := values(img.At(x, y), pl.C)
			for c := range pl.C {
				dst[at+c*channel] = float32(v[c]*f.mul[c] + f.add[c])
			}
			at += pixel
		}
	}
}

// values returns the channels of a pixel as 0 to 255: grey, or red, green, blue
// and opacity. Colours are not dimmed by opacity.
func values(p color.Color, channels int) (v [4]float64) {
	if channels == 1 {
		g := color.Gray16Model.Convert(opaque(p)).(color.Gray16)
		v[0] = float64(g.Y) / 257
		return v
	}
	c := color.NRGBA64Model.Convert(p).(color.NRGBA64)
	return [4]float64{float64(c.R) / 257, float64(c.G) / 257, float64(c.B) / 257, float64(c.A) / 257}
}

func opaque(p color.Color) color.Color {
	if _, _, _, a := p.RGBA(); a == 0xFFFF {
		return p
	}
	c := color.NRGBA64Model.Convert(p).(color.NRGBA64)
	c.A = 0xFFFF
	return c
}

// quantized converts float32 pixels to the elements that an input wants: other
// floats are rounded, and integers are rounded to whole numbers.
func quantized(t *tensor.Tensor, d tensor.DType) (*tensor.Tensor, error) {
	if d == tensor.F32 || d == tensor.Undefined {
		return t, nil
	}
	if isFloat(d) {
		return rounded(t, d)
	}
	s := tensor.Data[float32](t)
	for i, v := range s {
		s[i] = float32(math.RoundToEven(float64(v)))
	}
	return Convert(t, d)
}

// scaleArray does to an array of bytes for an input of floats what is done to
// the pixels of an image, if anything but the default is asked for.
func (p Pixels) scaleArray(t *tensor.Tensor, want tensor.Type) (*tensor.Tensor, error) {
	if !p.Given() || t.DType() != tensor.U8 || !isFloat(want.Elem) {
		return t, nil
	}
	channels, inner := 1, 1
	if len(p.Mean) > 1 || len(p.Std) > 1 {
		pl, err := PlaneOf(want, p.Layout)
		if err != nil {
			return nil, err
		}
		at := t.Rank() - 3
		if pl.ChannelsLast {
			at = t.Rank() - 1
		}
		if at < 0 {
			return nil, fmt.Errorf("%v has no channels", t)
		}
		channels, inner = t.Dim(at), t.Shape().Span(at+1, t.Rank())
	}
	if channels > 4 {
		return nil, fmt.Errorf("%v has %d channels, want at most 4", t, channels)
	}
	if p.Scale == 0 {
		p.Scale = 1.0 / 255
	}
	f, err := p.factors(want.Elem, channels)
	if err != nil {
		return nil, err
	}
	out, err := tensor.New(tensor.F32, t.Shape())
	if err != nil {
		return nil, err
	}
	src, dst := tensor.Data[uint8](t), tensor.Data[float32](out)
	for i, v := range src {
		c := i / inner % channels
		dst[i] = float32(float64(v)*f.mul[c] + f.add[c])
	}
	return quantized(out, want.Elem)
}
