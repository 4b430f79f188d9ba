package conv

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Deformation says where a deformable convolution reads. Offsets is
// [batch][groups][kernel…][dimensions][outputs…], in elements of the image;
// Mask, which may be nil, is [batch][groups][kernel…][outputs…]. The channels
// of the image are divided into Groups.
type Deformation[T gemm.Number] struct {
	Groups        int
	Offsets, Mask []T
}

// Deformed is Run where element k of each window reads at its place plus an
// offset, by linear interpolation of the neighbours (zero outside of the
// image) times the mask.
func Deformed[T float32 | float64](pool *par.Pool, p *Params, x []T, w Weights[T], d *Deformation[T], bias, y []T) {
	if len(y) == 0 {
		return
	}
	in, out := window.Volume(p.Dims, window.In), window.Volume(p.Dims, window.Out)
	kvol := window.Volume(p.Dims, window.Kernel)
	channels, features, inner := p.Channels/p.Group, p.Features/p.Group, p.inner()
	for i := range p.Batch * p.Group {
		n, g := i/p.Group, i%p.Group
		s := &deformed[T]{
			dims: p.Dims, image: x[i*channels*in : (i+1)*channels*in], in: in, out: out, kvol: kvol,
			first: g * channels, share: max(p.Channels/d.Groups, 1),
			offsets: d.Offsets[n*d.Groups*kvol*len(p.Dims)*out:],
		}
		if d.Mask != nil {
			s.mask = d.Mask[n*d.Groups*kvol*out:]
		}
		c := y[i*features*out : (i+1)*features*out]
		a, b := w.operand(g, features, inner), gemm.From(s)
		if bias != nil {
			gemm.MulBias(pool, features, out, inner, 1, a, b, bias[g*features:(g+1)*features], false, c, out)
		} else {
			gemm.Mul(pool, features, out, inner, 1, a, b, 0, c, out)
		}
	}
}

// deformed is the matrix of deformed windows of one group of one image.
type deformed[T float32 | float64] struct {
	dims          []window.Dim
	image         []T
	in, out, kvol int
	first         int // channel of the group in the image
	share         int // channels with the same offsets
	offsets, mask []T // of the image
}

// Pack interpolates a block of the matrix.
func (s *deformed[T]) Pack(dst *gemm.Panels[T], k0, k1, j0, j1 int, row []T) {
	n := len(s.dims)
	at := make([]float64, n)
	for k := k0; k < k1; k++ {
		channel := s.image[k/s.kvol*s.in:][:s.in]
		e := (s.first+k/s.kvol)/s.share*s.kvol + k%s.kvol // group of offsets and element of the kernel
		for j := j0; j < j1; j++ {
			o, ke := j, k%s.kvol
			for i := n - 1; i >= 0; i-- {
				d := &s.dims[i]
				at[i] = float64(o%d.Out*d.Stride-d.Head+ke%d.Kernel*d.Dilation) + float64(s.offsets[(e*n+i)*s.out+j])
				o, ke = o/d.Out, ke/d.Kernel
			}
			v := s.interpolate(channel, at)
			if s.mask != nil {
				v *= float64(s.mask[e*s.out+j])
			}
			row[j-j0] = T(v)
		}
		dst.Row(k-k0, row[:j1-j0])
	}
}

// interpolate returns the value of a channel at a place between its elements:
// the sum over the corners around it, each by how near it is.
func (s *deformed[T]) interpolate(channel []T, at []float64) float64 {
	for i, v := range at {
		if !(v > -1 && v < float64(s.dims[i].In)) {
			return 0 // all corners are outside, or the offset is no number
		}
	}
	sum := 0.0
	for corner := range 1 << len(at) {
		weight, base := 1.0, 0
		for i, v := range at {
			low := math.Floor(v)
			c, part := int(low), v-low
			if corner>>i&1 == 1 {
				c++
			} else {
				part = 1 - part
			}
			if c < 0 || c >= s.dims[i].In {
				weight = 0
				break
			}
			weight *= part
			base = base*s.dims[i].In + c
		}
		if weight != 0 {
			sum += weight * float64(channel[base])
		}
	}
	return sum
}
