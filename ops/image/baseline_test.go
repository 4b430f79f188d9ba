package image

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// The expectation is the definition of the transform.
func TestInverseCosineIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var block, in [64]int32
		for i := range block {
			block[i] = int32(r.NormFloat64() * 60)
		}
		in = block
		var got [64]byte
		inverseCosine(got[:], 8, &block)
		for i, v := range got {
			want := 128.0
			for k, c := range in {
				f := float64(c) / 4
				if k%8 == 0 {
					f /= math.Sqrt2
				}
				if k/8 == 0 {
					f /= math.Sqrt2
				}
				want += f * math.Cos(float64((2*(i%8)+1)*(k%8))*math.Pi/16) * math.Cos(float64((2*(i/8)+1)*(k/8))*math.Pi/16)
			}
			if d := math.Abs(float64(v) - min(max(want, 0), 255)); d > 0.6 {
				t.Fatalf("sample %d: got %d, want %v", i, v, want)
			}
		}
	}
}

// image/jpeg reads the same files; only the roundings of its transform differ.
func TestBaselineReadsWhatTheEncoderWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, size := range []image.Point{{1, 1}, {16, 16}, {17, 40}, {33, 7}} {
		colours, gray := image.NewRGBA(image.Rectangle{Max: size}), image.NewGray(image.Rectangle{Max: size})
		for y := range size.Y {
			for x := range size.X {
				c := color.RGBA{uint8(9*x + r.IntN(40)), uint8(7*y + r.IntN(40)), uint8(r.IntN(256)), 255}
				colours.Set(x, y, c)
				gray.Set(x, y, c)
			}
		}
		for _, m := range []image.Image{colours, gray} {
			var b bytes.Buffer
			if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 80}); err != nil {
				t.Fatal(err)
			}
			got, err := decodeBaseline(b.Bytes())
			if err != nil {
				t.Fatalf("%v: %v", size, err)
			}
			want, err := jpeg.Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			if got.Bounds() != want.Bounds() || got.ColorModel() != want.ColorModel() {
				t.Fatalf("got %v %T, want %v %T", got.Bounds(), got, want.Bounds(), want)
			}
			for y := range size.Y {
				for x := range size.X {
					if near(got.At(x, y), want.At(x, y)) > 2 {
						t.Fatalf("pixel %d, %d: got %v, want %v", x, y, got.At(x, y), want.At(x, y))
					}
				}
			}
		}
	}
}

// near returns the largest difference of two colours' parts.
func near(a, b color.Color) int {
	parts := func(c color.Color) []uint8 {
		switch c := c.(type) {
		case color.YCbCr:
			return []uint8{c.Y, c.Cb, c.Cr}
		case color.Gray:
			return []uint8{c.Y}
		}
		return nil
	}
	p, q, d := parts(a), parts(b), 0
	for i := range p {
		d = max(d, int(p[i])-int(q[i]), int(q[i])-int(p[i]))
	}
	return d
}

func TestBrokenJPEGsAreErrors(t *testing.T) {
	var b bytes.Buffer
	m := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * i)
	}
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	for _, n := range []int{0, 3, 20, 100, len(file) / 2, len(file) - 10} {
		if _, err := decodeAs("RGB", file[:n]); err == nil {
			t.Errorf("%d of %d bytes: got no error", n, len(file))
		}
	}
	r := rand.New(rand.NewPCG(7, 8))
	for range 3000 { // none may panic
		f := bytes.Clone(file)
		for range 1 + r.IntN(5) {
			f[r.IntN(len(f))] = byte(r.IntN(256))
		}
		_, _ = decodeBaseline(f[:len(f)-r.IntN(2)*r.IntN(len(f))])
	}
}
