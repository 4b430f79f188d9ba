// Package conv computes convolutions over any number of spatial dimensions on
// slices: images [batch][channel][spatial…], weights
// [feature][channel/group][kernel…], window.Dim for each spatial dimension.
package conv

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/grid"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
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

	// Plus, where not nil, is added to the outputs, as which it lies, before
	// the bounds. Only what Weights.Adds does so. It may be the memory of the
	// outputs.
	Plus []float32

	// Then, where not nil, is what becomes of the outputs of float32, block by block
	// while they are in a cache: dst may be x.
	Then func(dst, x []float32)

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

// bounds returns the bounds of the sums, infinite where they have none, or where
// Plus comes first.
func (p *Params) bounds() (lo, hi float32) {
	if p.Clamp && p.Plus == nil {
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
	few  *few // for few outputs, nil where there are none
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
	f, ok := any(w).([]float32)
	if ok && group == 1 {
		p.few = &few{features: features, channels: channels, kvol: inner / channels, weights: f}
	}
	if ok && inner == channels/group*9 {
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
	if s, ok := w.spread(p); ok {
		return s.size()
	}
	return 0
}

// spread returns how the image is taken apart before its windows go to a
// product, if it is.
func (w *Weights[T]) spread(p *Params) (s spread, ok bool) {
	if _, float := any(w.data).([]float32); !float || p.depthwise() || p.pointwise() {
		return s, false
	}
	return newSpread(p)
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
			} else {
				depthwise(pool, p, x, w.data, bias, y)
			}
			if p.Then != nil {
				par.Each(pool, len(y), vec.GrainMath, then{any(y).([]float32), p.Then})
			}
			return
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
	r := run[T]{
		p: p, w: w, x: x, bias: bias, y: y,
		in: window.Volume(p.Dims, window.In), out: window.Volume(p.Dims, window.Out),
		channels: p.Channels / p.Group, features: p.Features / p.Group,
	}
	n := p.Batch * p.Group
	s, ok := w.spread(p)
	few := w.fewOutputs(p, ok, r.out)
	if ok || few {
		n = p.Group // one image at a time
	}
	if ok {
		if s.data = p.Memory; len(s.data) < s.size() {
			s.data = make([]float32, s.size())
		}
		r.spread, r.spreads = s, true
	}
	for r.first = 0; r.first < p.Batch*p.Group; r.first += n {
		if ok {
			size := p.Channels * r.in
			r.spread.image = any(x).([]float32)[r.first/n*size:][:size]
			par.Each(pool, p.Channels, 1+(1<<13)/(s.plane*s.phases*p.Dims[1].Kernel), r.spread)
		}
		if few {
			image := any(x).([]float32)[r.first*p.Channels*r.in:]
			w.few.run(pool, p, r.out, image[:r.channels*r.in], r.spread, any(bias).([]float32), any(y).([]float32), r.first*r.features*r.out)
			continue
		}
		if n >= 2*pool.Threads() {
			par.Each(pool, n, 1, r)
			continue
		}
		for i := range n {
			r.product(pool, i)
		}
	}
}

// fewOutputs reports whether the convolution is one of few outputs.
func (w *Weights[T]) fewOutputs(p *Params, spread bool, out int) bool {
	return w.few != nil && (spread || p.pointwise()) && suitsFew(p, out)
}

// Adds reports whether Run adds Params.Plus: where the convolution is made of
// products of float32.
func (w *Weights[T]) Adds(p *Params) bool {
	_, ok := any(w.data).([]float32)
	return ok && !p.depthwise()
}

// add writes sums to y, outputs from at on, with Params.Plus, if there is one, added
// and the sums bounded, and what Then makes of that.
func (p *Params) add(y []float32, at int, sums []float32) {
	y = y[at : at+len(sums)]
	if p.Plus != nil {
		sum32(y, sums, p.Plus[at:at+len(sums)])
		sums = y
		if p.Clamp {
			vec.Clip(y, y, p.Lo, p.Hi)
		}
	}
	switch {
	case p.Then != nil:
		p.Then(y, sums)
	case p.Plus == nil:
		copy(y, sums)
	}
}

// then is a loop over y, for convolutions that do not call Then themselves.
type then struct {
	y   []float32
	run func(dst, x []float32)
}

func (t *then) Part(lo, hi int) { t.run(t.y[lo:hi], t.y[lo:hi]) }

// run is the products of a convolution.
type run[T gemm.Number] struct {
	p                           *Params
	w                           Weights[T]
	x, bias, y                  []T
	in, out, channels, features int
	first                       int // of all groups of all images, the first of this part
	spread                      spread
	spreads                     bool // that there is one; else windows are gathered from x
}

// Part computes some groups.
func (r *run[T]) Part(lo, hi int) {
	for i := lo; i < hi; i++ {
		r.product(nil, i)
	}
}

// product computes group i of those from the first on.
func (r *run[T]) product(pool *par.Pool, i int) {
	i += r.first
	g, p := i%r.p.Group, r.p
	image := r.x[i*r.channels*r.in : (i+1)*r.channels*r.in]
	var b gemm.Operand[T]
	switch {
	case p.pointwise():
		b = gemm.Matrix(false, image, r.out)
	case r.spreads && r.spread.exact():
		b = gemm.Matrix(false, any(r.spread.data).([]T)[g*r.channels*r.spread.plane:], r.spread.plane)
	case r.spreads:
		windows, _ := groups.Get().(*group)
		if windows == nil {
			windows = &group{}
		}
		*windows = group{r.spread, g * r.channels}
		defer groups.Put(windows)
		b = gemm.From(any(windows).(gemm.Source[T]))
	default:
		b = gemm.From(newColumns(p.Dims, image))
	}
	c := r.y[i*r.features*r.out : (i+1)*r.features*r.out]
	a := r.w.operand(g, r.features, p.inner())
	f := gemm.Finish[T]{Alpha: 1, Clamp: p.Clamp, Lo: T(p.Lo), Hi: T(p.Hi)}
	if r.bias != nil {
		f.RowBias = r.bias[g*r.features : (g+1)*r.features]
	}
	f.Then, _ = any(p.Then).(func(dst, x []T))
	if p.Plus != nil {
		f.Plus = any(p.Plus).([]T)[i*r.features*r.out : (i+1)*r.features*r.out]
	}
	gemm.MulFinish(pool, r.features, r.out, p.inner(), a, b, c, r.out, f)
}

// sum32 adds vectors; kept, as making the loops takes memory.
var sum32 = vec.Add[float32]().VV
