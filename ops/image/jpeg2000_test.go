package image

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

func jpeg2000File(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../internal/jpeg2000/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A lossless JPEG 2000 file gives what a PNG file of the same picture gives.
func TestJPEG2000ComesOutAsPNG(t *testing.T) {
	for _, kind := range []string{"grey", "greya", "rgb", "rgba"} {
		for _, format := range []string{"RGB", "BGR", "Grayscale"} {
			want, err := decodeAs(format, jpeg2000File(t, kind+".png"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeAs(format, jpeg2000File(t, kind+"_plain.jp2"))
			if err != nil || !got.Shape().Equal(want.Shape()) || !slices.Equal(tensor.Data[uint8](got), tensor.Data[uint8](want)) {
				t.Errorf("%s as %s: got %v, %v, which differs from %v", kind, format, got, err, want)
			}
		}
	}
}

func TestJPEG2000OfOtherPartsIsUnsupported(t *testing.T) {
	file := jpeg2000File(t, "rgb_lrcp.j2k")
	for name, of := range map[string][]byte{
		"packed headers": bytes.Replace(file, []byte{0xff, 0x64}, []byte{0xff, 0x60}, 1),
		"HTJ2K":          slices.Replace(bytes.Clone(file), 6, 7, 0x40),
	} {
		if _, err := decodeAs("RGB", of); !errors.Is(err, ops.ErrUnsupported) {
			t.Errorf("%s: got %v, want that it is not supported", name, err)
		}
	}
}
