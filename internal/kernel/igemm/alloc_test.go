package igemm

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/internal/race"
)

func TestConvolutionsRunAgainWithoutAllocating(t *testing.T) {
	for _, threads := range []int{1, 2} {
		pool := par.New(threads)
		for n, tc := range convCases {
			a := window.Attrs{Strides: tc.strides, Dilations: tc.dilations, Pads: tc.pad}
			dims, err := a.Resolve(tc.in, tc.kernel)
			if err != nil {
				t.Fatal(err)
			}
			c := &Conv{Channels: tc.channels, Features: tc.features, Group: tc.group, Dims: dims}
			c.Plan()
			k, out := tc.channels/tc.group*window.Volume(dims, window.Kernel), window.Volume(dims, window.Out)
			f := NewFilter(tc.features, k, make([]byte, tc.features*k), true)
			x, scratch := make([]byte, tc.channels*window.Volume(dims, window.In)), make([]byte, c.Scratch())
			to := &Bytes{C: make([]byte, tc.features*out), Ld: out, Multipliers: []float32{1}, PerRow: true, Hi: 255}
			run := func() { c.Run(pool, x, false, 3, f, nil, to, scratch) }
			if got := testing.AllocsPerRun(100, run); got >= 1 && !race.Enabled {
				t.Errorf("case %d, %d threads: %v allocations", n, threads, got)
			}
		}
	}
}

func TestPlanesOfPaddingAreNotCopied(t *testing.T) {
	a := window.Attrs{Strides: []int{1 << 20, 1}, Pads: []int{1 << 20, 1, 1 << 20, 1}}
	dims, err := a.Resolve([]int{4, 4}, []int{3, 3})
	if err != nil {
		t.Fatal(err)
	}
	c := &Conv{Channels: 2, Features: 2, Group: 2, Dims: dims}
	if p := c.planeOf(); p != nil {
		t.Errorf("got a copy of %d bytes", p.height*p.pitch)
	}
}
