package conv

import (
	"testing"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/internal/race"
)

// A convolution with constant weights takes nothing from the heap once it is
// warm, whichever way it goes, but for depthwise ones without AVX-512.
func TestWarmRunsAllocateNothing(t *testing.T) {
	for _, s := range []shape{
		{16, 16, 1, 28, 3, 1}, {32, 32, 1, 7, 3, 1}, {8, 8, 8, 14, 3, 1}, {8, 8, 8, 14, 5, 2},
		{64, 32, 1, 14, 3, 2}, {32, 32, 1, 14, 1, 1}, {32, 32, 1, 14, 1, 2}, {256, 64, 1, 7, 1, 1}, {3, 8, 1, 30, 7, 2},
	} {
		p := s.params(t)
		if p.depthwise() && !fitsPlanes(p) {
			continue // goes by package grid or in Go, with a closure
		}
		x, w := make([]float32, p.Channels*window.Volume(p.Dims, window.In)), make([]float32, p.Features*p.inner())
		y := make([]float32, p.Features*window.Volume(p.Dims, window.Out))
		weights := Pack(w, p.Features, p.inner(), p.Group, p.Channels)
		pool := par.New(2)
		p.Memory = make([]float32, weights.Scratch(pool, p))
		// The collector may empty the pools of memory between two runs.
		if n := testing.AllocsPerRun(100, func() { Run(pool, p, x, weights, nil, y) }); n > 0 && !race.Enabled {
			t.Errorf("%v: got %v allocations", s, n)
		}
	}
}
