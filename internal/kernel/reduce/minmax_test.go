package reduce

import (
	"math"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

func TestExtremesOfLongRows(t *testing.T) {
	for _, level := range cpu.Levels() {
		defer cpu.Limit(level)()
		for _, n := range []int{1, 2, 255, 256, 257, 300, 383, 384, 511, 1000} {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32((i*7919)%1013) - 500
			}
			lo, hi := x[0], x[0]
			for _, v := range x {
				lo, hi = min(lo, v), max(hi, v)
			}
			top, bottom := Max[float32](), Min[float32]()
			if got := top.Run(top.Init, x); got != hi {
				t.Errorf("%v: largest of %d is %v, want %v", level, n, got, hi)
			}
			if got := bottom.Run(bottom.Init, x); got != lo {
				t.Errorf("%v: smallest of %d is %v, want %v", level, n, got, lo)
			}
			for _, at := range []int{0, n / 2, n - 1} {
				old := x[at]
				x[at] = 2000
				if got := top.Run(top.Init, x); got != 2000 {
					t.Errorf("%v: largest of %d at %d is %v", level, n, at, got)
				}
				x[at] = float32(math.NaN())
				if a, b := top.Run(top.Init, x), bottom.Run(bottom.Init, x); a == a || b == b {
					t.Errorf("%v: NaN at %d of %d: extremes %v and %v", level, at, n, a, b)
				}
				x[at] = old
			}
		}
	}
}

// Long rows, whose extremes are found with vectors, have them where the plain
// search does.
func TestPlacesOfExtremesOfLongRows(t *testing.T) {
	nan := float32(math.NaN())
	x := make([]float32, 1003)
	for i := range x {
		x[i] = float32(i*7919%1001) - 500
	}
	for _, set := range []map[int]float32{
		{}, {5: 900, 700: 900, 3: -900, 1002: -900}, {400: nan, 401: nan, 2: 900}, {1002: nan}, {0: nan},
	} {
		row := slices.Clone(x)
		for i, v := range set {
			row[i] = v
		}
		wide := make([]float64, len(row)) // is searched element by element
		for i, v := range row {
			wide[i] = float64(v)
		}
		for _, last := range []bool{false, true} {
			if got, want := argMaxRow(row, last), argMaxRow(wide, last); got != want {
				t.Errorf("%v: the maximum is at %d, want %d", set, got, want)
			}
			if got, want := argMinRow(row, last), argMinRow(wide, last); got != want {
				t.Errorf("%v: the minimum is at %d, want %d", set, got, want)
			}
		}
	}
}
