package igemm

import (
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// MaxPool writes the maximum of each window of planes of bytes, the least one
// where a window is all padding. It reports false, and writes nothing, where
// the windows cannot be laid out.
func MaxPool(pool *par.Pool, planes int, dims []window.Dim, x, y []byte, signed bool) bool {
	c := &Conv{Channels: 1, Features: 1, Group: 1, Dims: dims}
	if !c.Plan() {
		return false
	}
	l := &c.grids
	in, out := window.Volume(dims, window.In), window.Volume(dims, window.Out)
	_, spread := c.store(nil).(*spaced)
	var least byte
	if signed {
		least = 0x80
	}
	pool.For(planes, 1+(1<<17)/(out*len(l.offsets)), func(lo, hi int) {
		w := getWork()
		defer w.put()
		for p := lo; p < hi; p++ {
			grid := x[p*in : (p+1)*in]
			if !l.direct {
				w.b = sized(w.b, c.Scratch())
				grid = w.b
				fillPlane(grid, x[p*in:(p+1)*in], least, c.runs)
			}
			to := y[p*out : (p+1)*out]
			if spread {
				w.out = sized(w.out, l.columns)
				to = w.out
			}
			for i := maxima(to, grid, l.offsets, signed); i < len(to); i++ {
				to[i] = maximum(grid[i:], l.offsets, least)
			}
			if spread {
				c.copyBytes(y[p*out:(p+1)*out], to, 0)
			}
		}
	})
	return true
}

// maximum returns the greatest of the bytes at offsets. Turning the top bits
// over puts signed bytes in the order of unsigned ones.
func maximum(src []byte, offsets []int, flip byte) byte {
	var m byte
	for _, o := range offsets {
		m = max(m, src[o]^flip)
	}
	return m ^ flip
}
