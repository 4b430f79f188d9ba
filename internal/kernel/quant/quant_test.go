package quant

import (
	"math"
	"testing"
)

func TestRoundIsHalfToEven(t *testing.T) {
	for _, v := range []float32{0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 1e-30, 100000.5, 100001.5, -131071.5, 131070.5, 32767.49} {
		if got, want := Round(v), int32(math.RoundToEven(float64(v))); got != want {
			t.Errorf("%v: got %d, want %d", v, got, want)
		}
	}
	for i := -1 << 20; i < 1<<20; i += 77 {
		v := float32(i) / 8
		if got, want := Round(v), int32(math.RoundToEven(float64(v))); got != want {
			t.Fatalf("%v: got %d, want %d", v, got, want)
		}
	}
}

// Every element of a layout is in one run, with the parameter that the
// definition gives it, wherever the runs are cut.
func TestRunsCoverALayout(t *testing.T) {
	for _, l := range []Layout{Whole(7), {Outer: 2, Axis: 5, Inner: 3}, {Outer: 4, Axis: 6, Inner: 1}, {Outer: 3, Axis: 1, Inner: 4}, {Outer: 2, Axis: 7, Inner: 1, Block: 3}, {Outer: 2, Axis: 7, Inner: 4, Block: 3}, {Outer: 2, Axis: 4, Inner: 2, Block: 9}} {
		total := l.Outer * l.Axis * l.Inner
		for _, most := range []int{1, 2, 5, total} {
			for i := 0; i < total; {
				r := l.next(i, min(most, total-i))
				if r.at != i || r.n < 1 || r.n > most {
					t.Fatalf("%+v: a run of %d from %d at %d", l, r.n, r.at, i)
				}
				for j := range r.n {
					d, want := (i+j)/l.Inner%l.Axis, 0
					if l.Block == 0 {
						want = d
					} else {
						blocks := (l.Axis + l.Block - 1) / l.Block
						want = ((i+j)/(l.Inner*l.Axis)*blocks+d/l.Block)*l.Inner + (i+j)%l.Inner
					}
					got := r.param
					if r.each {
						got += j
					}
					if got != want {
						t.Fatalf("%+v: element %d has parameter %d, want %d", l, i+j, got, want)
					}
				}
				i += r.n
			}
		}
	}
}

func TestDynamicRangeHoldsZero(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		x     []float32
		scale float32
		zero  uint8
	}{
		{nil, 1, 0}, {[]float32{2, 5.1}, float32(5.1) / 255, 0}, {[]float32{-1, nan}, float32(1) / 255, 255}, {[]float32{-1, 3}, float32(4) / 255, 64},
	} {
		if scale, zero := Dynamic(Range(c.x)); scale != c.scale || zero != c.zero {
			t.Errorf("%v: got %v and %d, want %v and %d", c.x, scale, zero, c.scale, c.zero)
		}
	}
}
