package jpeg

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func vectors(t testing.TB, folder string) []string {
	names, err := filepath.Glob(filepath.Join(folder, "*.jpg"))
	if err != nil || len(names) == 0 {
		t.Fatal("no vectors", err)
	}
	return names
}

func read(t testing.TB, name string) []byte {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The pixels are those that Pillow read with libjpeg-turbo: see
// testdata/export/jpeg_vectors.py.
func TestPixelsAreThoseOfLibjpegTurbo(t *testing.T) {
	names := vectors(t, "testdata")
	if folder := os.Getenv("ONNXRUN_JPEG"); folder != "" {
		names = append(names, vectors(t, folder)...)
	}
	for _, name := range names {
		data := read(t, name)
		got, err := Decode(data, 1<<20)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := png.Decode(bytes.NewReader(read(t, strings.TrimSuffix(name, "jpg")+"png")))
		if err != nil {
			t.Fatal(name, err)
		}
		if _, ok := want.(*image.Gray); got.Bounds() != want.Bounds() || ok != isGray(got) {
			t.Errorf("%s: got %T of %v, want %T of %v", name, got, got.Bounds(), want, want.Bounds())
			continue
		}
		c, err := DecodeConfig(data)
		if err != nil || c.Width != want.Bounds().Dx() || c.Height != want.Bounds().Dy() || c.ColorModel != got.ColorModel() {
			t.Errorf("%s: got the configuration %+v, %v", name, c, err)
		}
		compare(t, name, got, want)
	}
}

func isGray(m image.Image) bool {
	_, ok := m.(*image.Gray)
	return ok
}

func compare(t *testing.T, name string, got, want image.Image) {
	t.Helper()
	wrong := 0
	b := want.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, b, _ := got.At(x, y).RGBA()
			r2, g2, b2, _ := want.At(x, y).RGBA()
			if r == r2 && g == g2 && b == b2 {
				continue
			}
			if wrong++; wrong == 1 {
				t.Errorf("%s: at column %d, row %d: got %d %d %d, want %d %d %d", name, x, y, r>>8, g>>8, b>>8, r2>>8, g2>>8, b2>>8)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d of %d pixels are wrong", name, wrong, b.Dx()*b.Dy())
	}
}

// file puts markers and segments together: a marker, then the segment's bytes.
func file(parts ...string) string {
	s := "\xff\xd8"
	for _, p := range parts {
		n := len(p) + 1
		s += "\xff" + p[:1] + string([]byte{byte(n >> 8), byte(n)}) + p[1:]
	}
	return s
}

const (
	// One component of 8×8 pixels, with one code of one bit in each table.
	frame   = "\xc0\x08\x00\x08\x00\x08\x01\x01\x11\x00"
	quant   = "\xdb\x00" + ones + ones + ones + ones
	ones    = "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
	codesDC = "\xc4\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	codesAC = "\xc4\x10\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	whole   = "\xda\x01\x01\x00\x00\x3f\x00"
	end     = "\xff\xd9"
)

func TestFilesThatCannotBeRead(t *testing.T) {
	head := []string{quant, codesDC, codesAC}
	progressive := func(scans ...string) string {
		s := file(append(head, "\xc2"+frame[1:])...)
		for _, scan := range scans {
			s += file(scan)[2:] + "\x00"
		}
		return s + end
	}
	for _, c := range []struct{ name, data, want string }{
		{"nothing", "", "not a JPEG file"},
		{"two bytes", "\xff\xd8", "not a JPEG file"},
		{"the start alone", "\xff\xd8\xff", "ends too early"},
		{"no image", file() + end, "has no image"},
		{"a frame alone", file(frame) + end, "has no image"},
		{"a scan alone", file(whole), "before the frame header"},
		{"two starts", "\xff\xd8\xff\xd8", "a second image"},
		{"two frames", file(frame, frame), "two frames"},
		{"a short frame", file("\xc0\x08\x00\x08"), "a frame header of 3 bytes"},
		{"a segment that is too short", "\xff\xd8\xff\xe0\x00\x01", "a segment of 1 bytes"},
		{"a segment past the end", "\xff\xd8\xff\xe0\x00\x09abc", "ends too early"},
		{"12 bits", file("\xc1\x0c" + frame[2:]), "unsupported JPEG: 12 bits"},
		{"two components", file("\xc0\x08\x00\x08\x00\x08\x02\x01\x11\x00\x02\x11\x00"), "unsupported JPEG: 2 components"},
		{"lossless", file("\xc3" + frame[1:]), "lossless"},
		{"arithmetic", file("\xc9" + frame[1:]), "arithmetic"},
		{"hierarchical", file("\xc5" + frame[1:]), "hierarchical"},
		{"no pixels", file("\xc0\x08\x00\x00\x00\x08\x01\x01\x11\x00"), "8×0 pixels"},
		{"too many pixels", file("\xc0\x08\xff\xff\xff\xff\x01\x01\x11\x00"), "65535×65535 pixels, want at most"},
		{"more than the data can hold", file("\xc0\x08\x03\xe8\x03\xe8\x01\x01\x11\x00"), "cannot hold"},
		{"sampling of 0", file(frame[:8] + "\x01\x00"), "sampling factors 0×1"},
		{"sampling of 2 to 3", file("\xc0\x08\x00\x08\x00\x08\x03\x01\x31\x00\x02\x21\x00\x03\x11\x00"), "unsupported JPEG: sampling factors 2×1"},
		{"quantization table 4", file(frame[:9] + "\x04"), "quantization table 4"},
		{"a table of precision 2", file("\xdb\x20"), "precision 2"},
		{"a short quantization table", file("\xdb\x00\x01"), "has 1 bytes, want 64"},
		{"no quantization table", file(frame, whole), "quantization table 0 of component 0 is missing"},
		{"Huffman class 2", file("\xc4\x20"), "class 2"},
		{"a short Huffman table", file("\xc4\x00\x01"), "of 2 bytes"},
		{"no values", file(codesDC[:18]), "1 values in 0 bytes"},
		{"three codes of a bit", file("\xc4\x00\x03" + codesDC[3:] + "\x00\x00"), "more codes of 1 bits"},
		{"Huffman table 2 is missing", file(quant, frame, whole[:3]+"\x20\x00\x3f\x00"), "Huffman table 2 of class 0"},
		{"a restart interval of a byte", file("\xdd\x01"), "restart interval"},
		{"a short scan header", file(frame, "\xda\x01\x01"), "a scan header of 2 bytes"},
		{"a scan of another component", file(quant, frame, "\xda\x01\x02"+whole[3:]), "component 2"},
		{"no data", file(quant, codesDC, codesAC, frame, whole) + end, "end too early"},
		{"a code that is none", file(quant, codesDC, codesAC, frame, whole) + "\xff\x00\xff\x00\xff\x00" + end, "a code that is none"},
		{"no end after DC", strings.TrimSuffix(progressive("\xda\x01\x01\x00\x00\x00\x00"), end), "ends too early"},
		{"AC alone", progressive("\xda\x01\x01\x00\x01\x3f\x00"), "no scan has component 0"},
		{"bits again", progressive("\xda\x01\x01\x00\x00\x00\x01", "\xda\x01\x01\x00\x00\x00\x01"), "in disorder"},
		{"bits left out", progressive("\xda\x01\x01\x00\x00\x00\x02", "\xda\x01\x01\x00\x00\x00\x10"), "in disorder"},
		{"refining nothing", progressive("\xda\x01\x01\x00\x00\x00\x10"), "in disorder"},
		{"DC and AC at once", progressive("\xda\x01\x01\x00\x00\x3f\x00"), "coefficients 0 to 63"},
	} {
		m, err := Decode([]byte(c.data), 1<<24)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want %q", c.name, m, err, c.want)
		}
	}
}

func TestAFlatBlockIsGrey(t *testing.T) {
	for _, data := range []string{
		file(quant, codesDC, codesAC, frame, whole) + "\x3f" + end,
		file(quant, codesDC, codesAC, frame, whole) + "\x3f",                           // the end is not waited for
		file(quant, codesDC, codesAC, frame) + "junk" + file(whole)[2:] + "\x3f" + end, // nor is junk minded
		file(quant, codesDC, "\xc2"+frame[1:], "\xda\x01\x01\x00\x00\x00\x00") + "\x7f" + end,
	} {
		m, err := Decode([]byte(data), 64)
		if err != nil {
			t.Errorf("%q: %v", data, err)
			continue
		}
		if g := m.(*image.Gray); g.GrayAt(0, 0).Y != 128 || g.GrayAt(7, 7).Y != 128 {
			t.Errorf("got %v", g.Pix)
		}
	}
}

// Damage is an error or another picture, and nothing else.
func TestDamagedFiles(t *testing.T) {
	for _, name := range vectors(t, "testdata") {
		data := read(t, name)
		for i := range data {
			if m, err := Decode(data[:i], 1<<16); err == nil && i < len(data)-2 {
				t.Errorf("%s: the first %d of %d bytes are read: %v", name, i, len(data), m.Bounds())
			}
			bad := bytes.Clone(data)
			bad[i] ^= 1 << (i % 8)
			Decode(bad, 1<<16)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range vectors(f, "testdata") {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 18
		m, err := Decode(data, limit)
		c, errConfig := DecodeConfig(data)
		if err != nil {
			if m != nil {
				t.Error("an image beside an error")
			}
			return
		}
		b := m.Bounds()
		if errConfig != nil || c.Width != b.Dx() || c.Height != b.Dy() || b.Dx()*b.Dy() > limit {
			t.Errorf("got %v, header %+v %v", b, c, errConfig)
		}
		m.At(b.Max.X-1, b.Max.Y-1)
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"q60_420", "progressive_420"} {
		data := read(b, "testdata/"+name+".jpg")
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Decode(data, 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
