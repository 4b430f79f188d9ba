package conv

import (
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// planes computes groups of one channel, plane by plane, straight from the
// image, in strips of columns: vectors of outputs, whose loads mask what is
// beyond the ends of a row.
type planes struct {
	p          *Params
	x, w, y    []float32
	bias       []float32 // may be nil
	lo, hi     float32
	strips     [maxStrips]strip
	count      int
	kernel     int
	in, out    int
	each       int // features of a channel
	rowIn, row int
}

const maxStrips = 64

// strip is some columns of the output.
type strip struct {
	first, vectors int
	masks          [10]uint16 // see the assembly
}

// fitsPlanes reports whether there is an assembly loop for the convolution.
func fitsPlanes(p *Params) bool {
	if !fastPlanes() || len(p.Dims) != 2 || p.Dims[1].Out > 16*maxStrips {
		return false
	}
	k, s := p.Dims[0].Kernel, p.Dims[0].Stride
	for i := range p.Dims {
		d := &p.Dims[i]
		if d.Kernel != k || d.Stride != s || d.Dilation != 1 || d.In < k || d.Head >= k || d.Out < 1 {
			return false
		}
		if s == 1 && d.Out-(d.In+d.Head-k+1) >= k { // the padding of the tail
			return false
		}
	}
	return s == 1 && (k == 3 || k == 5 || k == 7) || s == 2 && (k == 3 || k == 5)
}

// runPlanes computes a convolution that fitsPlanes.
func runPlanes(pool *par.Pool, p *Params, x, w, bias, y []float32) {
	b := planes{
		p: p, x: x, w: w, y: y, bias: bias, kernel: p.Dims[0].Kernel, each: p.Features / p.Group,
		in: window.Volume(p.Dims, window.In), out: window.Volume(p.Dims, window.Out),
		rowIn: p.Dims[1].In, row: p.Dims[1].Out,
	}
	b.lo, b.hi = p.bounds()
	d := &p.Dims[1]
	for first := 0; first < d.Out; {
		s := &b.strips[b.count]
		b.count++
		s.first, s.vectors = first, 1
		if b.kernel == 3 && d.Stride == 1 && d.Out-first > 16 {
			s.vectors = 2
		}
		if d.Stride == 1 {
			s.mask(d)
		} else {
			s.maskPairs(d)
		}
		first += 16 * s.vectors
	}
	par.Each(pool, p.Batch*p.Features, 1+(1<<15)/(b.out*b.kernel*b.kernel), b)
}

// bits returns a mask of the places lo to hi-1 of n.
func bits(lo, hi, n int) uint32 {
	lo, hi = min(max(lo, 0), n), min(max(hi, 0), n)
	if lo >= hi {
		return 0
	}
	return uint32(1<<hi - 1<<lo)
}

// mask sets the masks for stride 1.
func (s *strip) mask(d *window.Dim) {
	for kx := range d.Kernel {
		for v := range s.vectors {
			at := s.first + 16*v - d.Head + kx // what the first lane reads
			s.masks[kx*s.vectors+v] = uint16(bits(-at, d.In-at, 16))
		}
	}
	for v := range s.vectors {
		s.masks[d.Kernel*s.vectors+v] = uint16(bits(0, d.Out-s.first-16*v, 16))
	}
}

// maskPairs sets the masks for stride 2.
func (s *strip) maskPairs(d *window.Dim) {
	kx, pairs := 0, d.Kernel/2+1
	for i := range pairs {
		at := 2*s.first - d.Head + kx
		m := bits(-at, d.In-at, 32)
		s.masks[2*i], s.masks[2*i+1] = uint16(m), uint16(m>>16)
		// One column is alone: see the assembly.
		if kx++; i != (d.Kernel/2+1)%2*(d.Kernel/2) {
			kx++
		}
	}
	s.masks[2*pairs] = uint16(bits(0, d.Out-s.first, 16))
}

// Part computes some features.
func (b *planes) Part(lo, hi int) {
	kvol := b.kernel * b.kernel
	for i := lo; i < hi; i++ {
		f := i % b.p.Features
		x, y := b.x[i/b.each*b.in:][:b.in], b.y[i*b.out:][:b.out]
		var bias float32
		if b.bias != nil {
			bias = b.bias[f]
		}
		for j := range b.count {
			if b.p.Dims[0].Stride == 1 {
				b.plane(&b.strips[j], x, b.w[f*kvol:][:kvol], y, bias)
			} else {
				b.halfPlane(&b.strips[j], x, b.w[f*kvol:][:kvol], y, bias)
			}
		}
		if b.p.Then != nil {
			b.p.Then(y, y)
		}
	}
}
