package conv

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// A transposed convolution multiplies the transposed weights with the input
// and adds each product to where the window that it belongs to reads in a
// convolution. The rows of the product, one for each feature and element of
// the kernel, are cut into tiles of whole features, so that tiles add to
// different parts of the output; the columns into blocks that bound the memory.
const (
	transposedRows  = 96      // of a tile, about
	transposedBlock = 1 << 18 // elements of the product of a tile with a block
)

// tileFeatures returns how many features make a tile.
func tileFeatures(features, kvol int) int {
	return min(max(1, transposedRows/kvol), features)
}

// PackTransposed packs the constant weights [channels][features/group][kernel…]
// of a transposed convolution, of kvol elements for each channel and feature.
func PackTransposed[T gemm.Number](w []T, channels, features, kvol, group int) Weights[T] {
	p := Weights[T]{data: w}
	inner, m := channels/group, features/group
	step := tileFeatures(m, kvol)
	for g := range group {
		for f := 0; f < m; f += step {
			n := min(step, m-f)
			p.packed = append(p.packed, gemm.PackA(true, n*kvol, inner, w[(g*inner*m+f)*kvol:], m*kvol))
		}
	}
	return p
}

// blockSize returns how many columns a block has, and the elements of its
// product with a tile.
func (p *Params) blockSize() (block, elements int) {
	kvol := window.Volume(p.Dims, window.Kernel)
	rows := tileFeatures(p.Features/p.Group, kvol) * kvol
	if rows == 0 {
		return 1, 0
	}
	block = min(max(1, transposedBlock/rows), max(1, window.Volume(p.Dims, window.Out)))
	return block, rows * block
}

// TransposedScratch returns how many elements of scratch Transposed needs.
func (p *Params) TransposedScratch(threads int) int {
	_, n := p.blockSize()
	return n * threads
}

// Transposed computes the transposed convolution of x with w plus bias, which
// may be nil, into y. The sizes are those of the convolution that it undoes
// with x and y exchanged: p.Channels and Dims.Out belong to x, p.Features and
// Dims.In to y. scratch has p.TransposedScratch(pool.Threads()) elements.
func Transposed[T gemm.Number](pool *par.Pool, p *Params, x []T, w Weights[T], bias, y, scratch []T) {
	if len(y) == 0 {
		return
	}
	in, out := window.Volume(p.Dims, window.Out), window.Volume(p.Dims, window.In)
	kvol := window.Volume(p.Dims, window.Kernel)
	channels, features := p.Channels/p.Group, p.Features/p.Group
	step := tileFeatures(features, kvol)
	tiles := (features + step - 1) / step
	block, size := p.blockSize()
	one := func(pool *par.Pool, i int, columns []T) {
		n, g, t := i/tiles/p.Group, i/tiles%p.Group, i%tiles
		f0 := t * step
		count := min(step, features-f0)
		dst := y[(n*p.Features+g*features+f0)*out:][:count*out]
		for f := range count {
			plane := dst[f*out : (f+1)*out]
			if bias == nil {
				clear(plane)
				continue
			}
			b := bias[g*features+f0+f]
			for j := range plane {
				plane[j] = b
			}
		}
		if in == 0 || channels == 0 {
			return
		}
		src := x[(n*p.Channels+g*channels)*in:]
		a := gemm.Matrix(true, w.data[(g*channels*features+f0)*kvol:], features*kvol)
		if w.packed != nil {
			a = w.packed[g*tiles+t].Operand()
		}
		for j := 0; j < in; j += block {
			width := min(block, in-j)
			gemm.Mul(pool, count*kvol, width, channels, 1, a, gemm.Matrix(false, src[j:], in), 0, columns, width)
			for f := range count {
				scatter(p.Dims, dst[f*out:(f+1)*out], columns[f*kvol*width:(f+1)*kvol*width], j, width)
			}
		}
	}
	n := p.Batch * p.Group * tiles
	if n < pool.Threads() {
		for i := range n {
			one(pool, i, scratch[:size])
		}
		return
	}
	free := make(chan []T, pool.Threads())
	for i := range pool.Threads() {
		free <- scratch[i*size : (i+1)*size]
	}
	pool.For(n, 1, func(lo, hi int) {
		columns := <-free
		for i := lo; i < hi; i++ {
			one(nil, i, columns)
		}
		free <- columns
	})
}

// Addable is an element that can be added to another; strings are, as Go adds
// them, joined.
type Addable interface {
	gemm.Number | complex64 | complex128 | string
}

// scatter adds the columns first … first+width-1 of the matrix of windows of
// a plane, one row for each element of the kernel, to the plane.
func scatter[T Addable](dims []window.Dim, plane, columns []T, first, width int) {
	last := len(dims) - 1
	outer, d := dims[:last], &dims[last]
	pos := make([]int, last)
	for e := range window.Volume(dims, window.Kernel) {
		row := columns[e*width : (e+1)*width]
		kx, eo := e%d.Kernel, e/d.Kernel
		o := first / d.Out
		for i := last - 1; i >= 0; i-- {
			pos[i] = o % outer[i].Out
			o /= outer[i].Out
		}
		for j := 0; j < width; {
			x0 := (first + j) % d.Out
			n := min(d.Out-x0, width-j)
			if base, ok := place(outer, pos, eo); ok {
				lo, hi := d.Range(kx, x0, x0+n)
				if lo < hi {
					add(plane[base*d.In:], lo*d.Stride-d.Head+kx*d.Dilation, d.Stride, row[j+lo-x0:j+hi-x0])
				}
			}
			j += n
			for i := last - 1; i >= 0; i-- {
				if pos[i]++; pos[i] < outer[i].Out {
					break
				}
				pos[i] = 0
			}
		}
	}
}

// add adds src to every stride-th element of dst from at on.
func add[T Addable](dst []T, at, stride int, src []T) {
	if stride == 1 {
		dst = dst[at : at+len(src)]
		for i, v := range src {
			dst[i] += v
		}
		return
	}
	for _, v := range src {
		dst[at] += v
		at += stride
	}
}

// FromColumns adds the matrix of windows of each plane, [kernel…][outputs…],
// to where the windows read in the plane, in the order of the kernel's elements:
// the operator Col2Im. The planes are cleared first.
func FromColumns[T Addable](pool *par.Pool, planes int, dims []window.Dim, columns, y []T) {
	in, out, kvol := window.Volume(dims, window.In), window.Volume(dims, window.Out), window.Volume(dims, window.Kernel)
	pool.For(planes, 1+minWork/max(out*kvol, 1), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			plane := y[p*in : (p+1)*in]
			clear(plane)
			if out > 0 {
				scatter(dims, plane, columns[p*out*kvol:(p+1)*out*kvol], 0, out)
			}
		}
	})
}

// TransposedReference is the plain loop that Transposed equals but for
// rounding.
func TransposedReference[T gemm.Number](p *Params, x, w, bias, y []T) {
	in, out := window.Volume(p.Dims, window.Out), window.Volume(p.Dims, window.In)
	kvol := window.Volume(p.Dims, window.Kernel)
	channels, features := p.Channels/p.Group, p.Features/p.Group
	pos := make([]int, len(p.Dims))
	for i := range y {
		y[i] = 0
		if bias != nil {
			y[i] = bias[i/out%p.Features]
		}
	}
	for n := range p.Batch {
		for c := range p.Channels {
			for o := range in {
				rest := o
				for i := len(pos) - 1; i >= 0; i-- {
					pos[i] = rest % p.Dims[i].Out
					rest /= p.Dims[i].Out
				}
				for m := range features {
					for e := range kvol {
						if at, ok := place(p.Dims, pos, e); ok {
							y[(n*p.Features+c/channels*features+m)*out+at] += x[(n*p.Channels+c)*in+o] * w[(c*features+m)*kvol+e]
						}
					}
				}
			}
		}
	}
}
