package conv

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray, arXiv:1509.09308)
// computes tiles of m×m outputs from tiles of (m+2)×(m+2) inputs:
//
//	Y = Aᵀ·[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A
//
// Summed over channels, each of the (m+2)² points of the product in the middle
// is a product of matrices, [features][channels] with [channels][tiles]. For
// m = 4 it takes a quarter of the multiplications, for m = 2 four ninths.
//
// The matrices are those of the points 0, ±1, ∞ for m = 2 and 0, ±√½, ±√2, ∞ for
// m = 4, whose squares are each other's inverses: they halve the errors that
// 0, ±1, ±2, ∞ make.
//
// The price is rounding: of inputs and weights that are as good as random the
// root mean square of the error, relative to that of the outputs, is about 8e-7
// for m = 4 and 2e-7 for m = 2, where a plain sum has 1e-7 to 4e-7.
//
// An infinity or NaN of the input makes NaN of all outputs of the tiles that read
// it, and so may numbers within a factor of 100 of the largest float32.
//
// A convolution goes in bands of tiles, so that what is between the three steps
// stays in the caches. Every step is split among threads, which does not
// change what is computed for an element.
type winograd struct {
	m                         int
	features, channels, group int // channels of a group
	weights                   []float32

	once  sync.Once
	t     *transforms
	micro gemm.Micro
	u     []float32 // [group][point][panel of features][channel][row of the panel]
}

// transforms are the loops before and after the products.
type transforms struct {
	input  func(m, tiles int, g []float32, plane, row int, dst []float32, point int, tmp []float32)
	output func(m, tiles int, src []float32, point int, dst []float32, row int, bias, lo, hi float32, tmp []float32)
}

// winogradTile returns the size of the tiles in which a convolution with
// constant weights is best done, 0 where as a plain sum. It depends on the
// sizes alone.
func winogradTile(p *Params) int {
	if p.Exact || len(p.Dims) != 2 {
		return 0
	}
	for i := range p.Dims {
		if d := &p.Dims[i]; d.Kernel != 3 || d.Stride != 1 || d.Dilation != 1 {
			return 0
		}
	}
	channels, features := p.Channels/p.Group, p.Features/p.Group
	if channels < 16 || features < 8 {
		return 0
	}
	// Multiplications for each pair of a channel and a feature, in vectors, and
	// what the transformations cost beside them.
	best, least := 0, float64(9*roundUp(window.Volume(p.Dims, window.Out), 16))
	for _, m := range []int{2, 4} {
		points, tiles := (m+2)*(m+2), tilesAlong(m, &p.Dims[0])*tilesAlong(m, &p.Dims[1])
		each := float64(points * roundUp(tiles, 16))
		if cost := each * (1 + 6/float64(channels) + 6/float64(features)); cost < least {
			best, least = m, cost
		}
	}
	return best
}

func tilesAlong(m int, d *window.Dim) int { return (d.Out + m - 1) / m }

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// pack transforms the weights, once.
func (w *winograd) pack(pool *par.Pool) {
	w.once.Do(func() {
		w.t, w.micro = fastTransforms(), gemm.NewMicro()
		mr, _ := w.micro.Size()
		points := (w.m + 2) * (w.m + 2)
		features := w.features / w.group
		panels := (features + mr - 1) / mr
		point := panels * mr * w.channels // elements of one
		w.u = aligned(w.group * points * point)
		pool.For(w.group*panels, 1, func(lo, hi int) {
			var t [36]float64
			var rows [36][16]float32 // of a panel
			for i := lo; i < hi; i++ {
				g, panel := i/panels, i%panels
				first := panel * mr
				to := w.u[g*points*point+first*w.channels:]
				for c := range w.channels {
					for r := range min(mr, features-first) {
						f := g*features + first + r
						transformWeights(w.m, (*[9]float32)(w.weights[(f*w.channels+c)*9:]), &t)
						for j, v := range t[:points] {
							rows[j][r] = float32(v)
						}
					}
					for j := range points {
						copy(to[j*point+c*mr:], rows[j][:mr])
					}
				}
			}
		})
		w.weights = nil
	})
}

// band is what a call of a winograd does at once: some tiles of one group of
// one image.
type band struct {
	*winograd
	p            *Params
	tx           int // tiles in a row
	first, tiles int
	padded       int // tiles, with those that fill vectors
	image, y     []float32
	out          int       // the group's first element of y
	bias         []float32 // of the group, may be nil
	lo, hi       float32
	u, v, sums   []float32
}

// bands returns how many tiles there are in a band, and how many there are.
func (w *winograd) bands(p *Params) (tiles, all int) {
	all = tilesAlong(w.m, &p.Dims[0]) * tilesAlong(w.m, &p.Dims[1])
	_, nr := w.micro.Size()
	points := (w.m + 2) * (w.m + 2)
	most := max(2*nr, bandMemory/(points*(w.channels+w.features/w.group))/nr*nr)
	n := (all + most - 1) / most
	return min(roundUp((all+n-1)/n, nr), all), all
}

// bandMemory is about how many elements there are between the steps.
const bandMemory = 3 << 18

// scratch returns how many elements of memory run needs.
func (w *winograd) scratch(pool *par.Pool, p *Params) int {
	w.pack(pool)
	tiles, _ := w.bands(p)
	_, nr := w.micro.Size()
	return (w.m+2)*(w.m+2)*roundUp(tiles, nr)*(w.channels+w.features/w.group) + 16
}

func (w *winograd) run(pool *par.Pool, p *Params, x, bias, y, mem []float32) {
	w.pack(pool)
	tiles, all := w.bands(p)
	in, out := window.Volume(p.Dims, window.In), window.Volume(p.Dims, window.Out)
	features := p.Features / p.Group
	_, nr := w.micro.Size()
	points := (w.m + 2) * (w.m + 2)
	mem = alignedPart(mem)
	b := band{winograd: w, p: p, tx: tilesAlong(w.m, &p.Dims[1])}
	b.lo, b.hi = p.bounds()
	for i := range p.Batch * p.Group {
		g := i % p.Group
		b.image, b.y, b.out = x[i*w.channels*in:(i+1)*w.channels*in], y, i*features*out
		if bias != nil {
			b.bias = bias[g*features : (g+1)*features]
		}
		size := len(w.u) / w.group
		b.u = w.u[g*size : (g+1)*size]
		for b.first = 0; b.first < all; b.first += tiles {
			b.tiles = min(tiles, all-b.first)
			b.padded = roundUp(b.tiles, w.micro.Step())
			n := points * w.channels * roundUp(b.padded, nr)
			b.v, b.sums = mem[:n], mem[n:]
			b.run(pool)
		}
	}
}

func (b *band) run(pool *par.Pool) {
	mr, _ := b.micro.Size()
	features := b.features / b.group
	points := (b.m + 2) * (b.m + 2)
	per := points * b.padded // elements of a channel
	par.Each(pool, b.channels, 1+(1<<13)/per, inputStep{*b})
	par.Each(pool, points*((features+mr-1)/mr), 1+(1<<16)/(mr*b.channels*b.padded), multiplyStep{*b})
	par.Each(pool, features, 1+(1<<13)/per, outputStep{*b})
}

// The three steps as loops.
type (
	inputStep    struct{ band }
	multiplyStep struct{ band }
	outputStep   struct{ band }
)

func (s *inputStep) Part(lo, hi int)    { s.input(lo, hi) }
func (s *multiplyStep) Part(lo, hi int) { s.multiply(lo, hi) }
func (s *outputStep) Part(lo, hi int)   { s.output(lo, hi) }

// input transforms the tiles of some channels.
func (b *band) input(lo, hi int) {
	_, nr := b.micro.Size()
	m, a, tx := b.m, b.m+2, b.tx
	dy, dx := &b.p.Dims[0], &b.p.Dims[1]
	firstRow, lastRow := b.first/tx, (b.first+b.tiles-1)/tx
	off := b.first - firstRow*tx
	rows := lastRow - firstRow + 1
	plane := roundUp(max((rows+1)*tx, off+b.padded+tx)+8, 16)
	along := roundUp(tx, 4)
	row := m*along + 8
	mem := getMemory(m*a*plane + row + 16*a*a + 32)
	defer mem.put()
	rest := alignedPart(mem.data)
	tmp, rest := rest[:16*a*a], rest[16*a*a:]
	line, g := rest[:row], rest[row:]
	clear(line)
	count := min(dx.In, row-dx.Head)
	size := dy.In * dx.In
	panels := (b.padded + nr - 1) / nr
	for c := lo; c < hi; c++ {
		image := b.image[c*size : (c+1)*size]
		for r := range rows*m + 2 {
			to := g[r%m*a*plane+r/m*tx:]
			at := firstRow*m + r - dy.Head
			if at < 0 || at >= dy.In {
				for i := range a {
					clear(to[i*plane : i*plane+tx])
				}
				continue
			}
			if from := at*dx.In - dx.Head; from >= 0 && from+m*along+4 <= len(image) {
				// Beyond the ends of the row there are others.
				split(m, a, along, to, plane, image[from:])
				for x := range dx.Head {
					b.pad(to, plane, x)
				}
				for x := dx.Head + dx.In; x < m*tx+2; x++ {
					b.pad(to, plane, x)
				}
				continue
			}
			copy(line[dx.Head:], image[at*dx.In:at*dx.In+count])
			split(m, a, along, to, plane, line)
		}
		for j := range panels {
			n := min(nr, b.padded-j*nr)
			b.t.input(m, n, g[off+j*nr:], plane, tx, b.v[(j*b.channels+c)*nr:], panels*b.channels*nr, tmp)
		}
	}
}

// pad sets to zero what the tiles of a row have of its column x.
func (b *band) pad(row []float32, plane, x int) {
	for t := min(x/b.m, b.tx-1); t >= 0 && x-b.m*t < b.m+2; t-- {
		row[(x-b.m*t)*plane+t] = 0
	}
}

// multiply computes some panels of the products; those of a point follow each
// other.
func (b *band) multiply(lo, hi int) {
	mr, nr := b.micro.Size()
	features := b.features / b.group
	rows, panels := (features+mr-1)/mr, (b.padded+nr-1)/nr
	k := b.channels
	for lo < hi {
		point := lo / rows
		first := lo - point*rows
		last := min(rows, first+hi-lo)
		for j := range panels {
			v := b.v[(point*panels+j)*k*nr:][:k*nr]
			for r := first; r < last; r++ {
				u := b.u[(point*rows+r)*k*mr:][:k*mr]
				b.micro.Run(min(mr, features-r*mr), min(nr, b.padded-j*nr), k, u, v, b.sums[(point*features+r*mr)*b.padded+j*nr:], b.padded)
			}
		}
		lo += last - first
	}
}

// output transforms the sums of some features back.
func (b *band) output(lo, hi int) {
	m, a := b.m, b.m+2
	height, width := b.p.Dims[0].Out, b.p.Dims[1].Out
	features := b.features / b.group
	row := m*b.padded + 16
	mem := getMemory(m*row + 16*a*m + 16)
	defer mem.put()
	rest := alignedPart(mem.data)
	tmp, rows := rest[:16*a*m], rest[16*a*m:]
	for f := lo; f < hi; f++ {
		var bias float32
		if b.bias != nil {
			bias = b.bias[f]
		}
		b.t.output(m, b.padded, b.sums[f*b.padded:], features*b.padded, rows, row, bias, b.lo, b.hi, tmp)
		first := b.out + f*height*width
		for t := b.first; t < b.first+b.tiles; {
			ty := t / b.tx
			next := min((ty+1)*b.tx, b.first+b.tiles)
			x0, x1 := (t-ty*b.tx)*m, min((next-ty*b.tx)*m, width)
			for j := range min(m, height-ty*m) {
				b.p.add(b.y, first+(ty*m+j)*width+x0, rows[j*row+(t-b.first)*m:][:x1-x0])
			}
			t = next
		}
	}
}
