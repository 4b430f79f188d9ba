package conv

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/par"
)

// few is packed weights for convolutions of few outputs, which do not fill the
// vectors of a product [features][outputs]: it is done as its transpose, with
// vectors of features, and turned tile by tile.
type few struct {
	features, channels, kvol int
	weights                  []float32

	once   sync.Once
	micro  gemm.Micro
	packed []float32 // [panel of features][element of the kernel][channel][nr]
}

// suitsFew reports whether vectors of outputs would mostly be empty, those of
// features would not, and the matrix of windows is in memory. It depends on the
// sizes alone.
func suitsFew(p *Params, out int) bool {
	if p.Group != 1 || p.Features < 16 || p.inner() < 16 {
		return false
	}
	if !p.pointwise() && p.Channels >= 64 && p.Features%32 == 0 {
		return true // windows are read where they are
	}
	full := out / 32 * 32
	switch rest := out - full; {
	case rest > 16:
		full += 32
	case rest > 0:
		full += 16
	}
	return 20*full > 23*out && 20*roundUp(p.Features, 32)*out < 19*full*p.Features
}

func (w *few) pack() {
	w.once.Do(func() {
		w.micro = gemm.NewMicro()
		_, nr := w.micro.Size()
		w.packed = aligned(roundUp(w.features, nr) * w.channels * w.kvol)
		for f := range w.features {
			at := f/nr*nr*w.kvol*w.channels + f%nr
			for c := range w.channels {
				for e := range w.kvol {
					w.packed[at+(e*w.channels+c)*nr] = w.weights[(f*w.channels+c)*w.kvol+e]
				}
			}
		}
		w.weights = nil
	})
}

// fewRun is one image of a convolution of few outputs.
type fewRun struct {
	*few
	p          *Params
	out        int
	windows    []float32 // the image, where windows are rows of it
	s          spread
	bias, y    []float32
	first      int // element of y
	blocks     int // of outputs, for each panel of features
	blockSize  int
	lo, hi     float32
	rows, cols int // of a tile
}

// fewWork is the memory of a task.
type fewWork struct {
	finish       gemm.Finish[float32]
	bias         [32]float32
	tile, turned []float32
}

var fewWorks sync.Pool

func (w *few) run(pool *par.Pool, p *Params, out int, image []float32, s spread, bias, y []float32, first int) {
	w.pack()
	r := fewRun{few: w, p: p, out: out, windows: image, s: s, bias: bias, y: y, first: first}
	r.rows, r.cols = w.micro.Size()
	r.lo, r.hi = p.bounds()
	r.blocks = (out + r.rows - 1) / r.rows
	r.blockSize = (out + r.blocks - 1) / r.blocks
	panels := (w.features + r.cols - 1) / r.cols
	par.Each(pool, panels*r.blocks, 1+(1<<16)/(r.blockSize*r.cols*p.inner()), r)
}

// Part computes some blocks; those of a panel of features follow each other.
func (r *fewRun) Part(lo, hi int) {
	w, _ := fewWorks.Get().(*fewWork)
	if w == nil {
		w = &fewWork{}
	}
	defer fewWorks.Put(w)
	if n := roundUp(r.out, 8); len(w.tile) < n*r.cols {
		w.tile, w.turned = aligned(n*r.cols), aligned(n*r.cols)
	}
	for lo < hi {
		panel := lo / r.blocks
		first := lo - panel*r.blocks
		last := min(r.blocks, first+min(blocksAtOnce, hi-lo))
		r.panel(w, panel, min(first*r.blockSize, r.out), min(last*r.blockSize, r.out))
		lo += last - first
	}
}

const (
	// channelsAtOnce of a panel stay in the cache while the outputs pass.
	channelsAtOnce = 512
	// blocksAtOnce blocks of outputs stay in the first cache.
	blocksAtOnce = 8
)

// panel computes the outputs o0 to o1-1 of a panel of features.
func (r *fewRun) panel(w *fewWork, panel, o0, o1 int) {
	nr := r.cols
	first := panel * nr
	features := min(nr, r.features-first)
	weights := r.packed[panel*nr*r.kvol*r.channels:][:nr*r.kvol*r.channels]
	f := &w.finish
	*f = gemm.Finish[float32]{Alpha: 1}
	if r.bias != nil {
		clear(w.bias[copy(w.bias[:], r.bias[first:first+features]):])
		f.ColBias = w.bias[:nr]
	}
	for e := range r.kvol {
		a, step := r.element(e)
		for c := 0; c < r.channels; c += channelsAtOnce {
			k := min(channelsAtOnce, r.channels-c)
			if e == r.kvol-1 && c+k == r.channels && r.p.Clamp && r.p.Plus == nil {
				f.Clamp, f.Lo, f.Hi = true, r.lo, r.hi
			}
			for o := o0; o < o1; o += r.blockSize {
				r.micro.RunRows(min(r.blockSize, o1-o), k, a[c*step+o:], step, weights[(e*r.channels+c)*nr:], w.tile[(o-o0)*nr:], f)
			}
			f.Add, f.ColBias = true, nil
		}
	}
	n := o1 - o0
	along := roundUp(n, 8)
	for i := 0; i < n; i += 8 {
		r.micro.Transpose(w.turned[i:], along, w.tile[i*nr:])
	}
	for i := range features {
		r.p.add(r.y, r.first+(first+i)*r.out+o0, w.turned[i*along:][:n])
	}
}

// element returns what an element of the kernel reads: output o of channel c
// is at c*step+o.
func (r *fewRun) element(e int) (a []float32, step int) {
	if r.p.pointwise() {
		return r.windows, r.out
	}
	return r.s.element(e)
}
