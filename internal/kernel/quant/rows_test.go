package quant

import (
	"math"
	"slices"
	"testing"
)

func TestPackRowRoundsToEvenWithinTheRange(t *testing.T) {
	nan := float32(math.NaN())
	x := []float32{1, 1.25, -1.25, 100, -100, nan, 0.75, 3.5}
	for _, c := range []struct {
		bits  int
		scale []float32
		want  []byte
	}{
		{8, []float32{0.5}, []byte{2, 2, 0xfe, 127, 0x80, 0, 2, 7}},
		{8, []float32{1, 0.5, 1, 2, 2, 1, 0.25, -1}, []byte{1, 2, 0xff, 50, 0xce, 0, 3, 0xfc}},
		{4, []float32{0.5}, []byte{10 | 10<<4, 6 | 15<<4, 0 | 8<<4, 10 | 15<<4}},
	} {
		got := make([]byte, len(c.want))
		PackRow(got, x, c.scale, c.bits)
		if !slices.Equal(got, c.want) {
			t.Errorf("%d bits, scale %v: got %v, want %v", c.bits, c.scale, got, c.want)
		}
	}
}

func TestUnpackRowGivesBackWhatWasPacked(t *testing.T) {
	x := []float32{-8, 7, 0, 3, -1, 5}
	for _, bits := range []int{4, 8} {
		for _, scale := range [][]float32{{0.25}, {1, 2, 4, 0.5, 0.125, 8}} {
			want := make([]float32, len(x))
			for i, v := range x {
				want[i] = v * scale[i%len(scale)]
			}
			b, got := make([]byte, len(x)*bits/8), make([]float32, len(x))
			PackRow(b, want, scale, bits)
			UnpackRow(got, b, scale, bits)
			if !slices.Equal(got, want) {
				t.Errorf("%d bits, scale %v: got %v, want %v", bits, scale, got, want)
			}
		}
	}
}
