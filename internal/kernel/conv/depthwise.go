package conv

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/grid"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// depthwise computes groups of one channel: each row of the output along the
// last dimension is a sum of rows of the input, one for each element of the
// kernel.
func depthwise[T gemm.Number](pool *par.Pool, p *Params, x, w, bias, y []T) {
	last := len(p.Dims) - 1
	outer, d := p.Dims[:last], &p.Dims[last]
	in, out := window.Volume(p.Dims, window.In), window.Volume(p.Dims, window.Out)
	kvol := window.Volume(p.Dims, window.Kernel)
	kouter := kvol / d.Kernel
	features := p.Features / p.Group
	pool.For(p.Batch*p.Features, 1+minWork/(out*kvol), func(begin, end int) {
		pos := make([]int, last)
		for i := begin; i < end; i++ {
			m := i % p.Features
			channel := x[i/features*in:][:in]
			kernel := w[m*kvol:][:kvol]
			var b T
			if bias != nil {
				b = bias[m]
			}
			clear(pos)
			for rows := y[i*out : (i+1)*out]; len(rows) > 0; rows = rows[d.Out:] {
				row := rows[:d.Out]
				for j := range row {
					row[j] = b
				}
				for e := range kouter {
					base, ok := place(outer, pos, e)
					if !ok {
						continue
					}
					src := channel[base*d.In:][:d.In]
					for kx, v := range kernel[e*d.Kernel : (e+1)*d.Kernel] {
						lo, hi := d.Range(kx, 0, d.Out)
						if lo < hi {
							addScaled(row[lo:hi], v, src[lo*d.Stride-d.Head+kx*d.Dilation:], d.Stride)
						}
					}
				}
				if p.Clamp {
					clamp(row, T(p.Lo), T(p.Hi))
				}
				for i := last - 1; i >= 0; i-- {
					if pos[i]++; pos[i] < outer[i].Out {
						break
					}
					pos[i] = 0
				}
			}
		}
	})
}

func clamp[T gemm.Number](s []T, lo, hi T) {
	for i, v := range s {
		if v < lo {
			s[i] = lo
		} else if v > hi {
			s[i] = hi
		}
	}
}

// depthwiseOnGrid computes groups of one channel of float32 with vectors.
func depthwiseOnGrid(pool *par.Pool, p *Params, l *grid.Layout, x, w, bias, y []float32) {
	features := p.Features / p.Group
	out, kvol := window.Volume(p.Dims, window.Out), window.Volume(p.Dims, window.Kernel)
	lo, hi := p.bounds()
	l.Bands(pool, p.Batch*p.Group, x, 0, func(b *grid.Band) {
		for f := range features {
			m := b.Plane%p.Group*features + f
			var start float32
			if bias != nil {
				start = bias[m]
			}
			b.Sum(y[(b.Plane*features+f)*out:][:out], w[m*kvol:][:kvol], start, lo, hi)
		}
	})
}

// minWork is how many multiplications are worth a goroutine.
const minWork = 1 << 15

// addScaled adds v times every stride-th element of src to dst.
func addScaled[T gemm.Number](dst []T, v T, src []T, stride int) {
	if stride == 1 {
		src = src[:len(dst)]
		for i, s := range src {
			dst[i] += v * s
		}
		return
	}
	at := 0
	for i := range dst {
		dst[i] += v * src[at]
		at += stride
	}
}
