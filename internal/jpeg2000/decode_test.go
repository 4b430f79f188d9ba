package jpeg2000

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readPNG reads pixels as n interleaved components.
func readPNG(t *testing.T, name string, n int) (width, height int, pixels []uint8) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	width, height = m.Bounds().Dx(), m.Bounds().Dy()
	for y := range height {
		for x := range width {
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			pixels = append(pixels, [][]uint8{{c.R}, {c.R, c.A}, {c.R, c.G, c.B}, {c.R, c.G, c.B, c.A}}[n-1]...)
		}
	}
	return width, height, pixels
}

func testFiles(t testing.TB) (names []string) {
	t.Helper()
	for _, pattern := range []string{"*.jp2", "*.j2k"} {
		found, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || found == nil {
			t.Fatal(pattern, err)
		}
		names = append(names, found...)
	}
	return names
}

// Lossless files give the picture that they were made from, lossy ones what
// Pillow reads, up to the rounding of the real transform.
func TestFilesDecodeToTheirPictures(t *testing.T) {
	for _, name := range testFiles(t) {
		kind, _, _ := strings.Cut(filepath.Base(name), "_")
		n := map[string]int{"grey": 1, "greya": 2, "rgb": 3, "rgba": 4}[kind]
		want, tolerance := name+".png", 0
		if strings.Contains(name, "lossy") {
			tolerance = 1
		}
		if _, err := os.Stat(want); err != nil {
			want = filepath.Join("testdata", kind+".png")
		}
		width, height, pixels := readPNG(t, want, n)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		w, h, c, got, err := Decode(data, width*height)
		if err != nil || w != width || h != height || c != n || len(got) != len(pixels) {
			t.Errorf("%s: got %d×%d×%d, %v, want %d×%d×%d", name, w, h, c, err, width, height, n)
			continue
		}
		for i, v := range got {
			if d := int(v) - int(pixels[i]); d < -tolerance || d > tolerance {
				t.Errorf("%s: got %d in pixel (%d, %d), want %d", name, v, i/n%width, i/n/width, pixels[i])
				break
			}
		}
		if w, h, err := Size(data); w != width || h != height || err != nil {
			t.Errorf("%s: size %d×%d, %v", name, w, h, err)
		}
		if _, _, _, _, err := Decode(data, width*height-1); err == nil {
			t.Errorf("%s: no error for too many pixels", name)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A tile-part says how long it is, so that a file that is cut is known as such.
func TestCutFilesAreErrors(t *testing.T) {
	for _, name := range []string{"rgb_plain.jp2", "grey_tiles.j2k"} {
		data := read(t, name)
		for n := range len(data) - 2 {
			if _, _, _, _, err := Decode(data[:n], 1<<20); err == nil {
				t.Errorf("%s: no error for %d bytes of %d", name, n, len(data))
			}
		}
	}
}

func TestDamagedFilesDoNotPanic(t *testing.T) {
	for _, name := range testFiles(t) {
		data := read(t, filepath.Base(name))
		for i := 0; i < len(data); i += 1 + i/12 {
			for _, v := range []byte{0, 0xff, data[i] ^ 1, data[i] ^ 0x80} {
				damaged := bytes.Clone(data)
				damaged[i] = v
				Decode(damaged, 1<<12)
			}
		}
	}
}

func TestPackedHeadersAreUnsupported(t *testing.T) {
	data := bytes.Replace(read(t, "rgb_lrcp.j2k"), []byte{0xff, 0x64}, []byte{0xff, 0x60}, 1)
	if _, _, _, _, err := Decode(data, 1<<20); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v, want that it is not supported", err)
	}
}

// Empty packets are a byte each: with 65535 layers of precincts of one sample,
// only as many are walked as the data have, and the rest of the image is grey.
func TestPromisesOfAHeaderAreNotWalked(t *testing.T) {
	data := bytes.Clone(read(t, "rgb_rpcl.j2k"))
	for _, at := range []int{8, 12, 24, 28} { // image and tile
		binary.BigEndian.PutUint32(data[at:], 512)
	}
	cod := bytes.Index(data, []byte{0xff, 0x52})
	sod := bytes.Index(data, []byte{0xff, 0x93})
	for order := range 5 {
		data[cod+5] = byte(order)
		copy(data[cod+6:], "\xff\xff")
		copy(data[cod+14:], "\x00\x11\x11")
		clear(data[sod+2 : len(data)-2])
		_, _, _, pixels, err := Decode(data, 1<<18)
		if err != nil || !bytes.Equal(pixels, bytes.Repeat([]byte{128}, 3<<18)) {
			t.Errorf("order %d: %v, want a grey image", order, err)
		}
	}
}

// Subsampled components are repeated.
func TestComponentsOfFewerSamplesAreRepeated(t *testing.T) {
	f := frame{x0: 3, y0: 2, x1: 8, y1: 4, components: []component{{dx: 1, dy: 1}, {dx: 2, dy: 2}}}
	got := interleave([]component8{
		{rect{3, 2, 8, 4}, 1, 1, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{rect{2, 1, 4, 2}, 2, 2, []uint8{50, 60}},
	}, &f, 5, 2)
	want := []uint8{1, 50, 2, 50, 3, 50, 4, 60, 5, 60, 6, 50, 7, 50, 8, 50, 9, 60, 10, 60}
	if !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSamplesComeInEightBits(t *testing.T) {
	for _, c := range []struct {
		depth int
		from  int32 // around 0
		want  uint8
	}{
		{1, -1, 0}, {1, 0, 128}, {4, 7, 240}, {8, -128, 0}, {8, 127, 255}, {8, 200, 255}, {8, -200, 0},
		{12, -2048 + 8, 1}, {12, -2048 + 7, 0}, {12, 2047, 255}, {16, 32767, 255}, {16, -1 << 31, 0},
	} {
		s := samples{rect: rect{0, 0, 1, 1}, depth: c.depth, ints: plane[int32]{[]int32{c.from}, 1}}
		got := make([]uint8, 1)
		s.write(got, 0, 0, 1, false)
		if got[0] != c.want {
			t.Errorf("%d bits, %d: got %d, want %d", c.depth, c.from, got[0], c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range testFiles(f) {
		f.Add(read(f, filepath.Base(name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, c, pixels, err := Decode(data, 1<<14)
		if err == nil && len(pixels) != w*h*c {
			t.Errorf("%d×%d×%d pixels, of which %d", w, h, c, len(pixels))
		}
	})
}
