package igemm

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Conv is a convolution of images [Channels][spatial…] of bytes with a filter
// [Features][Channels/Group][kernel…]. Padding counts as the zero point.
//
// Each group of an image is the product of its part of the filter with the
// matrix of windows, a row of which is the image as one element of the kernel
// sees it. The image is copied to grids, with its padding, taken apart by
// strides: element i of a dimension with stride s goes to place i/s of grid
// i%s. All grids have one pitch, so that a row of the matrix is a run of bytes.
// What the product computes between the rows of the output is left out when it
// is stored.
type Conv struct {
	Channels, Features, Group int
	Dims                      []window.Dim

	grids layout
	runs  []run
	plane *plane // nil where channels are not convolved one by one

	// What a run leaves to the next.
	rows     []int // where the rows of the matrix of windows begin
	rowsUnit int
	za, zb   []int32
	gaps     spaced
	packed   *Packed // columns that all threads read
}

// layout is where the elements of an image lie.
type layout struct {
	size    []int // of a grid
	volume  int   // elements of a grid
	phases  []int // of the grids that there are: Σ i%s, row-major in the strides
	offsets []int // of the elements of the kernel in the grids of a channel
	columns int   // of the matrix of windows
	direct  bool  // the image itself is the grid
}

// Plan returns whether the convolution can be laid out, which gaps between the
// elements of a window, or much padding, prevent. It is to be called after the
// fields have changed, and one run after the other may follow.
func (c *Conv) Plan() bool {
	c.runs, c.plane, c.rows = nil, nil, nil
	l := &c.grids
	*l = layout{volume: 1, direct: true}
	in, out, kvol := window.Volume(c.Dims, window.In), window.Volume(c.Dims, window.Out), window.Volume(c.Dims, window.Kernel)
	if in < 1 || out < 1 || kvol < 1 {
		return false
	}
	most := 16*float64(in+out) + 4096
	total := 1.0
	for i := range c.Dims {
		d := &c.Dims[i]
		size := d.Out + (d.Extent()-1)/d.Stride
		total *= float64(size)
		if total > most {
			return false
		}
		l.size = append(l.size, size)
		l.volume *= size
		l.columns = l.columns*size + d.Out - 1
		l.direct = l.direct && d.Stride == 1 && size == d.In && d.Head == 0
	}
	l.columns++
	found := map[int]int{}
	for e := range kvol {
		at, phase, step, grids, rest := 0, 0, 1, 1, e
		for i := len(c.Dims) - 1; i >= 0; i-- {
			d := &c.Dims[i]
			k := rest % d.Kernel * d.Dilation
			rest /= d.Kernel
			at += k / d.Stride * step
			phase += k % d.Stride * grids
			step *= l.size[i]
			grids *= d.Stride
		}
		g, ok := found[phase]
		if !ok {
			g = len(l.phases)
			found[phase] = g
			l.phases = append(l.phases, phase)
			if total*float64(len(l.phases)) > most {
				return false
			}
		}
		l.offsets = append(l.offsets, g*l.volume+at)
	}
	if !l.direct {
		c.runs = c.listRuns()
	}
	c.plane = c.planeOf()
	return true
}

// Scratch returns how many bytes Run needs.
func (c *Conv) Scratch() int {
	if c.grids.direct {
		return 0
	}
	return c.Channels * len(c.grids.phases) * c.grids.volume
}

// Filter is the weights of a convolution. It packs itself at its first use and
// is safe for concurrent use.
type Filter struct {
	once   sync.Once
	source Matrix
	m, k   int
	signed bool
	rows   *packedRows

	weights []byte // the source, for planes
	planes  sync.Once
	taps    []int32
	tapSums []int32
}

// NewFilter returns the filter of m features of k weights each, which are read
// at the first use and must not change.
func NewFilter(m, k int, w []byte, signed bool) *Filter {
	return &Filter{source: Matrix{Data: w, Signed: signed, Ld: k}, m: m, k: k, signed: signed, weights: w}
}

func (f *Filter) packed() *packedRows {
	f.once.Do(func() {
		f.rows = packRows(f.m, f.k, f.source)
		f.source = Matrix{}
	})
	return f.rows
}

// Run convolves the image x, after Plan. The filter has no zero points, one, or
// one for each feature. out is Ints or Bytes, whose rows are features;
// multipliers are one, or one for each row.
func (c *Conv) Run(pool *par.Pool, x []byte, signed bool, zero int32, f *Filter, zeros []int32, out Output, scratch []byte) {
	if c.separate(pool, x, signed, zero, f, zeros, out) {
		return
	}
	l := &c.grids
	rows := f.packed()
	t := rows.tile
	k := c.Channels / c.Group * len(l.offsets)
	step := len(l.phases) * l.volume
	if l.direct {
		step = l.volume
		scratch = x
	} else {
		c.fill(pool, x, byte(zero), scratch)
	}
	moveX, moveW := int32(0), int32(0)
	e := engine{tile: t, n: l.columns, k: k, rows: rows, signedA: 1, out: c.store(out)}
	if signed {
		e.b.flip, moveX = 0x80, 128
	}
	if !f.signed {
		moveW = -128
	}
	c.za = appendMoved(c.za[:0], zeros, moveW)
	c.zb = append(c.zb[:0], zero+moveX)
	e.za, e.zb = c.za, c.zb
	if c.rows == nil || c.rowsUnit != t.unit {
		c.rows, c.rowsUnit = make([]int, roundUp(k, t.unit)), t.unit
		for i := range c.rows {
			at := min(i, k-1)
			c.rows[i] = at/len(l.offsets)*step + l.offsets[at%len(l.offsets)]
		}
	}
	e.b.rows = c.rows

	features := c.Features / c.Group
	panels := (l.columns + t.nr - 1) / t.nr
	parts := 1
	if threads := pool.Threads(); threads > 1 {
		work := float64(c.Features) * float64(l.columns) * float64(k)
		if features < 4 {
			work *= 8 // what is not multiplying counts
		}
		parts = max(1, min(4*threads, int(work/minTask))/c.Group)
	}
	if blocks := (features + t.mr - 1) / t.mr; parts > 1 && c.Group == 1 && blocks >= 2*pool.Threads() && panels*t.nr*k <= sharedCols && isZero(c.za) {
		w := c.share(pool, &e, scratch, panels)
		par.Each(pool, min(parts, blocks), 1, convParts{e, scratch, 0, features, panels, min(parts, blocks), 1})
		c.packed.data, c.packed.sums = nil, nil
		w.put()
		return
	}
	ct := min(parts, panels)
	rt := min((parts+ct-1)/ct, (features+t.mr-1)/t.mr)
	par.Each(pool, c.Group*rt*ct, 1, convParts{e, scratch, c.Channels / c.Group * step, features, panels, rt, ct})
}

// sharedCols is how many bytes of columns are laid out once for all threads,
// which then do features each: where rows are short, threads that do columns
// write to the same cache lines.
const sharedCols = 512 << 10

// share lays out all columns of the image for e. What it returns is to be put
// back after the product.
func (c *Conv) share(pool *par.Pool, e *engine, image []byte, panels int) *work {
	t := e.tile
	units := (e.k + t.unit - 1) / t.unit
	step := units * t.unit * t.nr
	w := getWork()
	w.b, w.colSums = sized(w.b, panels*step), sized(w.colSums, panels*t.nr)
	clear(w.colSums) // nobody asks for them
	e.b.data = image
	par.Each(pool, panels, 1+(1<<13)/step, layColumns{*e, w.b, step, units})
	if c.packed == nil {
		c.packed = new(Packed)
	}
	c.packed.data, c.packed.sums = w.b, w.colSums
	e.packed = c.packed
	return w
}

// layColumns lays out columns of an image in panels of step bytes.
type layColumns struct {
	e           engine
	dst         []byte
	step, units int
}

// Part lays out some of the panels.
func (l *layColumns) Part(lo, hi int) {
	w := getWork()
	defer w.put()
	nr := l.e.tile.nr
	l.e.b.pack(l.e.tile, l.dst[lo*l.step:], l.step, l.units, l.e.k, lo*nr, min(hi*nr, l.e.n), w)
}

// convParts is the product of each group, cut in rt parts of rows and ct parts
// of columns.
type convParts struct {
	e        engine
	images   []byte
	step     int // from one group's part of the image to the next
	features int // of a group
	panels   int
	rt, ct   int
}

// Part computes some of the parts.
func (p *convParts) Part(lo, hi int) {
	e, mr, nr := p.e, p.e.tile.mr, p.e.tile.nr
	panelRows := (p.features + mr - 1) / mr
	for i := lo; i < hi; i++ {
		g, r, j := i/(p.rt*p.ct), i/p.ct%p.rt, i%p.ct
		e.b.data = p.images[g*p.step:]
		i0, i1 := panelRows*r/p.rt*mr, min(panelRows*(r+1)/p.rt*mr, p.features)
		e.part(g*p.features+i0, g*p.features+i1, p.panels*j/p.ct*nr, min(p.panels*(j+1)/p.ct*nr, e.n))
	}
}

// fill copies the image to the grids.
func (c *Conv) fill(pool *par.Pool, x []byte, zero byte, dst []byte) {
	step := len(c.grids.phases) * c.grids.volume
	par.Each(pool, c.Channels, 1+(1<<16)/step, filling{x, dst, window.Volume(c.Dims, window.In), step, zero, c.runs})
}

// filling copies planes of in bytes to their grids.
type filling struct {
	x, dst   []byte
	in, step int
	zero     byte
	runs     []run
}

// Part copies some of the planes.
func (f *filling) Part(lo, hi int) {
	for ch := lo; ch < hi; ch++ {
		fillPlane(f.dst[ch*f.step:(ch+1)*f.step], f.x[ch*f.in:(ch+1)*f.in], f.zero, f.runs)
	}
}

// fillPlane copies runs of a plane to its grids, with padding around them.
func fillPlane(grid, plane []byte, padding byte, runs []run) {
	if padding == 0 {
		clear(grid)
	} else {
		grid[0] = padding
		for n := 1; n < len(grid); n *= 2 {
			copy(grid[n:], grid[:n])
		}
	}
	for _, r := range runs {
		dst, src := grid[r.dst:], plane[r.src:]
		switch r.stride {
		case 1:
			copyBlock(r.rows, r.n, dst, r.pitch, src, r.step, 0)
		case 2:
			halveBlock(r.rows, r.n, dst, r.pitch, src, r.step)
		default:
			for i := range r.rows {
				pick(dst[i*r.pitch:i*r.pitch+r.n], src[i*r.step:], r.stride)
			}
		}
	}
}

// pick copies every stride-th byte.
func pick(dst, src []byte, stride int) {
	for i, o := 0, 0; i < len(dst); i, o = i+1, o+stride {
		dst[i] = src[o]
	}
}

// run is rows of a plane, step apart, whose every stride-th elements, n of them,
// are rows of a grid, pitch apart.
type run struct{ dst, src, n, stride, rows, pitch, step int }

// listRuns lists the runs of a plane; the rest of its grids is padding.
func (c *Conv) listRuns() []run {
	l := &c.grids
	last := len(c.Dims) - 1
	d := &c.Dims[last]
	width := l.size[last]
	var list []run
	for g, phase := range l.phases {
		start := phase%d.Stride - d.Head
		lo, hi := 0, 0
		if start < 0 {
			lo = min((-start+d.Stride-1)/d.Stride, width)
		}
		if end := d.In - 1 - start; end >= 0 {
			hi = min(end/d.Stride+1, width)
		}
		if lo >= hi {
			continue
		}
		for r := range l.volume / width {
			base, step, rest, phase, inside := 0, d.In, r, phase/d.Stride, true
			for i := last - 1; i >= 0; i-- {
				o := &c.Dims[i]
				at := rest%l.size[i]*o.Stride + phase%o.Stride - o.Head
				rest /= l.size[i]
				phase /= o.Stride
				inside = inside && at >= 0 && at < o.In
				base += at * step
				step *= o.In
			}
			if inside {
				list = joined(list, run{dst: g*l.volume + r*width + lo, src: base + start + lo*d.Stride, n: hi - lo, stride: d.Stride, rows: 1, pitch: width})
			}
		}
	}
	return list
}

// joined appends a row of the same length and pitch to the rows before, where it
// continues them.
func joined(list []run, r run) []run {
	if len(list) > 0 {
		last := &list[len(list)-1]
		step := r.src - last.src - (last.rows-1)*last.step
		if last.n == r.n && r.dst == last.dst+last.rows*r.pitch && (last.rows == 1 || step == last.step) {
			last.step = step
			last.rows++
			return list
		}
	}
	return append(list, r)
}

// store returns an output that leaves out what is between the rows.
func (c *Conv) store(out Output) Output {
	for i := range c.Dims {
		if i > 0 && c.grids.size[i] != c.Dims[i].Out {
			c.gaps = spaced{out, c}
			return &c.gaps
		}
	}
	return out
}

// spaced is an output whose rows are the columns of the matrix of windows.
type spaced struct {
	to   Output
	conv *Conv
}

func (o *spaced) finish(i, j int, s []int32, add int32, col []int32, w *work) {
	switch to := o.to.(type) {
	case *Bytes:
		w.out = sized(w.out, len(s))
		to.write(w.out, i, j, s, add, col)
		o.conv.copyBytes(to.C[i*to.Ld:], w.out, j)
	case *Ints:
		w.outInts = sized(w.outInts, len(s))
		to.write(w.outInts, i, s, add, col)
		copyRows(o.conv, to.C[i*to.Ld:], w.outInts, j)
	}
}

// copyRows copies what src, the columns from j on, has of the rows of the output.
func copyRows[T byte | int32](c *Conv, dst, src []T, j int) {
	last := len(c.Dims) - 1
	pitch, width := c.grids.size[last], c.Dims[last].Out
	for at := 0; at < len(src); {
		r, x := (j+at)/pitch, (j+at)%pitch
		if row, ok := c.outputRow(r); ok && x < width {
			n := min(width-x, len(src)-at)
			copy(dst[row*width+x:][:n], src[at:])
		}
		at += pitch - x
	}
}

// copyBytes is copyRows of bytes: rows of an image that are whole go at once.
func (c *Conv) copyBytes(dst, src []byte, j int) {
	if len(c.Dims) == 2 {
		pitch, height, width := c.grids.size[1], c.Dims[0].Out, c.Dims[1].Out
		if x := j % pitch; x > 0 {
			n := min(pitch-x, len(src))
			copyRows(c, dst, src[:n], j)
			src, j = src[n:], j+n
		}
		if rows := min((len(src)+pitch-width)/pitch, height-j/pitch); rows > 0 {
			copyBlock(rows, width, dst[j/pitch*width:], width, src, pitch, 0)
			n := min(rows*pitch, len(src))
			src, j = src[n:], j+n
		}
	}
	copyRows(c, dst, src, j)
}

// outputRow returns which row of the output row r of the grid is, if it is one.
func (c *Conv) outputRow(r int) (int, bool) {
	row, step := 0, 1
	for i := len(c.Dims) - 2; i >= 0; i-- {
		at := r
		if i > 0 {
			at = r % c.grids.size[i]
			r /= c.grids.size[i]
		}
		if at >= c.Dims[i].Out {
			return 0, false
		}
		row += at * step
		step *= c.Dims[i].Out
	}
	return row, true
}
