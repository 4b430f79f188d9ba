package conv

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
)

// spread is an image taken apart so that every row of the matrix of windows is
// a run of memory: there is a plane for each channel, for each place of a row
// of the image between two strides, and for each column of the kernel. A plane
// has the elements that this column reads, output by output, of the rows at
// that place. It is a gemm.Source.
type spread struct {
	p      *Params
	data   []float32
	phases int // planes of rows: rows of the kernel that are so far apart share one
	rows   int // of a plane
	plane  int // elements of a plane
	image  []float32
}

// spreadMax is how many elements a spread may have.
const spreadMax = 1 << 22

func newSpread(p *Params) (s spread, ok bool) {
	if len(p.Dims) != 2 {
		return s, false
	}
	dy, dx := &p.Dims[0], &p.Dims[1]
	s = spread{p: p, phases: min(dy.Stride, dy.Extent()), rows: dy.Out + (dy.Extent()-1)/dy.Stride}
	s.plane = s.rows*dx.Out + 4
	if size := float64(p.Channels) * float64(s.phases) * float64(dx.Kernel) * (float64(s.rows)*float64(dx.Out) + 4); size > spreadMax {
		return s, false
	}
	return s, dx.Dilation == 1 && dx.Out > 0 && dy.Out > 0 && dx.Head < dx.In+dx.Kernel
}

func (s *spread) size() int { return s.p.Channels*s.phases*s.p.Dims[1].Kernel*s.plane + 4 }

// exact reports whether the planes lie as the rows of a matrix.
func (s *spread) exact() bool { return s.p.Dims[0].Kernel == 1 && s.p.Dims[1].Kernel == 1 }

// Part spreads some channels.
func (s *spread) Part(lo, hi int) {
	dy, dx := &s.p.Dims[0], &s.p.Dims[1]
	in, planes := dy.In*dx.In, s.phases*dx.Kernel
	along := roundUp(dx.Out, 4)
	var line []float32 // a row of the image with its padding
	if dx.Kernel > 1 {
		mem := getMemory(along*dx.Stride + dx.Kernel + 8)
		defer mem.put()
		line = mem.data
		clear(line)
	}
	for c := lo; c < hi; c++ {
		image := s.image[c*in : (c+1)*in]
		to := s.data[c*planes*s.plane:]
		for r := range s.rows {
			for phase := range s.phases {
				dst := to[phase*dx.Kernel*s.plane+r*dx.Out:]
				at := r*dy.Stride + phase - dy.Head
				if at < 0 || at >= dy.In {
					for kx := range dx.Kernel {
						clear(dst[kx*s.plane:][:dx.Out])
					}
					continue
				}
				row := image[at*dx.In : (at+1)*dx.In]
				if dx.Kernel == 1 {
					gather(dst[:dx.Out], row, dx, 0, 0)
					continue
				}
				copy(line[min(dx.Head, len(line)):], row)
				split(dx.Stride, dx.Kernel, along, dst, s.plane, line)
			}
		}
	}
}

// group is the matrix of windows of the channels from first on. It is a
// gemm.Source.
type group struct {
	s     spread
	first int
}

var groups sync.Pool

// Pack copies a block of the matrix.
func (g *group) Pack(dst *gemm.Panels[float32], k0, k1, j0, j1 int, _ []float32) {
	kvol := g.s.p.Dims[0].Kernel * g.s.p.Dims[1].Kernel
	for k := k0; k < k1; k++ {
		a, step := g.s.element(k % kvol)
		dst.Row(k-k0, a[(g.first+k/kvol)*step:][j0:j1])
	}
}

// element returns what an element of the kernel reads: output o of channel c
// is at c*step+o.
func (s *spread) element(e int) (a []float32, step int) {
	dy, dx := &s.p.Dims[0], &s.p.Dims[1]
	y := e / dx.Kernel * dy.Dilation
	return s.data[(y%dy.Stride*dx.Kernel+e%dx.Kernel)*s.plane+y/dy.Stride*dx.Out:], s.phases * dx.Kernel * s.plane
}
