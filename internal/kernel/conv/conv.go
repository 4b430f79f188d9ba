// Package conv computes convolutions over any number of spatial dimensions on
// slices: images [batch][channel][spatial…], weights
// [feature][channel/group][kernel…], window.Dim for each spatial dimension.
package conv

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/grid"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Params are the sizes of a convolution.
type Params struct {
	Batch    int
	Channels int // of the input, a multiple of Group
	Features int // channels of the output, a multiple of Group
	Group    int
	Dims     []window.Dim

	// Clamp bounds the outputs of Run to Lo … Hi, as an activation after the
	// convolution would; NaN stays NaN.
	Clamp  bool
	Lo, Hi float32

	// Exact rules out Winograd's algorithm, whose rounding errors are several
	// times those of a plain sum.
	Exact bool

	// Memory is for Run's own use: as many elements as Scratch says, or nil.
	Memory []float32
}

// inner returns the length of the sum behind each output: channels of a group
// times elements of the kernel.
func (p *Params) inner() int {
	return p.Channels / p.Group * window.Volume(p.Dims, window.Kernel)
}

// depthwise reports whether groups are too small to be products of matrices.
func (p *Params) depthwise() bool {
	return p.Channels == p.Group && p.Features/p.Group < 4
}

// pointwise reports whether every window is one element and every element a
// window, so that the image itself is the matrix of windows.
func (p *Params) pointwise() bool {
	for i := range p.Dims {
		d := &p.Dims[i]
		if d.Kernel != 1 || d.Stride != 1 || d.Head != 0 || d.Tail != 0 {
			return false
		}
	}
	return true
}

// bounds returns the bounds of the outputs, infinite where they have none.
func (p *Params) bounds() (lo, hi float32) {
	if p.Clamp {
		return p.Lo, p.Hi
	}
	return float32(math.Inf(-1)), float32(math.Inf(1))
}

// Weights are the weights of a convolution, packed for it where that helps.
type Weights[T gemm.Number] struct {
	data   []T
	packed []*gemm.Packed[T] // for each group

	// wino are the weights for tiles of two and four, nil where there are none.
	wino [2]*winograd
}

// Plain returns weights as they lie in memory.
func Plain[T gemm.Number](w []T) Weights[T] { return Weights[T]{data: w} }

// Pack returns constant weights in the order in which the convolution reads
// them. The sizes are those of the weights: [features][inner]; channels is
// that of the input.
func Pack[T gemm.Number](w []T, features, inner, group, channels int) Weights[T] {
	p := Weights[T]{data: w}
	if channels == group && features/group < 4 {
		return p
	}
	m := features / group
	for g := range group {
		p.packed = append(p.packed, gemm.PackA(false, m, inner, w[g*m*inner:], inner))
	}
	if f, ok := any(w).([]float32); ok && inner == channels/group*9 {
		for i := range p.wino {
			p.wino[i] = &winograd{m: 2 + 2*i, features: features, channels: channels / group, group: group, weights: f}
		}
	}
	return p
}

// winograd returns the weights for the tiles that suit the convolution, nil
// where none do.
func (w *Weights[T]) winograd(p *Params) *winograd {
	if w.wino[0] == nil {
		return nil
	}
	if m := winogradTile(p); m > 0 {
		return w.wino[m/2-1]
	}
	return nil
}

// Scratch returns how many elements of Params.Memory Run wants; it may pack the
// weights.
func (w *Weights[T]) Scratch(pool *par.Pool, p *Params) int {
	if t := w.winograd(p); t != nil {
		return t.scratch(pool, p)
	}
	return 0
}

func (w *Weights[T]) operand(g, m, inner int) gemm.Operand[T] {
	if w.packed != nil {
		return w.packed[g].Operand()
	}
	return gemm.Matrix(false, w.data[g*m*inner:], inner)
}

// Run computes the convolution of x with w plus bias, which may be nil, into
// y. Each group of each image is the product of the weights [features][inner]
// with the matrix of windows [inner][outputs]; the windows are gathered from
// the image block by block as the product needs them.
func Run[T gemm.Number](pool *par.Pool, p *Params, x []T, w Weights[T], bias []T, y []T) {
	if len(y) == 0 {
		return
	}
	if p.depthwise() {
		if f, ok := any(x).([]float32); ok {
			if fitsPlanes(p) {
				runPlanes(pool, p, f, any(w.data).([]float32), any(bias).([]float32), any(y).([]float32))
				return
			}
			if l := grid.New(p.Dims); l != nil {
				depthwiseOnGrid(pool, p, l, f, any(w.data).([]float32), any(bias).([]float32), any(y).([]float32))
				return
			}
		}
		depthwise(pool, p, x, w.data, bias, y)
		return
	}
	if t := w.winograd(p); t != nil {
		mem := p.Memory
		if n := t.scratch(pool, p); len(mem) < n {
			mem = make([]float32, n)
		}
		t.run(pool, p, any(x).([]float32), any(bias).([]float32), any(y).([]float32), mem)
		return
	}
	in, out := window.Volume(p.Dims, window.In), window.Volume(p.Dims, window.Out)
	channels, features := p.Channels/p.Group, p.Features/p.Group
	inner := p.inner()
	one := func(pool *par.Pool, i int) {
		g := i % p.Group
		image := x[i*channels*in : (i+1)*channels*in]
		var b gemm.Operand[T]
		if p.pointwise() {
			b = gemm.Matrix(false, image, out)
		} else {
			b = gemm.From(newColumns(p.Dims, image))
		}
		c := y[i*features*out : (i+1)*features*out]
		a := w.operand(g, features, inner)
		f := gemm.Finish[T]{Alpha: 1, Clamp: p.Clamp, Lo: T(p.Lo), Hi: T(p.Hi)}
		if bias != nil {
			f.RowBias = bias[g*features : (g+1)*features]
		}
		gemm.MulFinish(pool, features, out, inner, a, b, c, out, f)
	}
	if n := p.Batch * p.Group; n >= 2*pool.Threads() {
		pool.For(n, 1, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				one(nil, i)
			}
		})
	} else {
		for i := range n {
			one(pool, i)
		}
	}
}
