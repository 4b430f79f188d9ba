package gemm

import (
	"github.com/onnxrun/onnxrun/internal/par"
)

// Block sizes in elements: kcMax×nr of B fit the first cache, mcMax×kcMax of A
// the second. mcMax is a multiple of every tile's mr, ncMax of every nr.
const (
	kcMax = 256
	mcMax = 144
	ncMax = 512
)

// product is one call of Mul.
type product[T Number] struct {
	tile    *tile[T]
	m, n, k int
	a, b    Operand[T]
	c       []T
	ldc     int
	finish  Finish[T]
}

// run divides C among threads.
func (p *product[T]) run(pool *par.Pool) {
	for _, o := range [2]*Packed[T]{p.a.packed, p.b.packed} {
		if o != nil {
			o.pack(pool)
			p.tile = o.tile
		}
	}
	if p.tile == nil {
		p.tile = tileFor[T]()
	}
	if p.k <= 0 {
		p.empty()
		p.then(0, p.m, 0, p.n)
		return
	}
	if p.vector(pool) {
		p.then(0, p.m, 0, p.n)
		return
	}
	t := p.tile
	rows, cols := (p.m+t.mr-1)/t.mr, (p.n+t.nr-1)/t.nr
	tasks := 1
	if threads := pool.Threads(); threads > 1 {
		tasks = min(4*threads, int(float64(p.m)*float64(p.n)*float64(p.k)/minTask))
	}
	if tasks <= 1 {
		p.part(0, p.m, 0, p.n)
		return
	}
	// What is packed already costs nothing to be read by several tasks.
	byRows := p.m > p.n
	if packedA, packedB := p.a.packed != nil, p.b.packed != nil; packedA != packedB {
		byRows = packedB
	}
	rt, ct := 1, 1
	if byRows {
		rt = min(tasks, rows)
		ct = min((tasks+rt-1)/rt, cols)
	} else {
		ct = min(tasks, cols)
		rt = min((tasks+ct-1)/ct, rows)
	}
	if rt > 1 && p.packsB(p.m/rt) && cols*t.nr*p.k <= sharedMax {
		shared := p.shareB(pool)
		defer shared.put()
	}
	par.Each(pool, rt*ct, 1, parts[T]{*p, rt, ct})
}

// parts is a product cut into rt by ct parts.
type parts[T Number] struct {
	product[T]
	rt, ct int
}

// Part computes the parts lo to hi-1.
func (p *parts[T]) Part(lo, hi int) {
	t := p.tile
	rows, cols := (p.m+t.mr-1)/t.mr, (p.n+t.nr-1)/t.nr
	for i := lo; i < hi; i++ {
		r, c := i/p.ct, i%p.ct
		p.part(rows*r/p.rt*t.mr, min(rows*(r+1)/p.rt*t.mr, p.m), cols*c/p.ct*t.nr, min(cols*(c+1)/p.ct*t.nr, p.n))
	}
}

// minTask is how many multiplications are worth a goroutine.
const minTask = 1 << 16

// packsB reports whether B is packed for so many rows of C.
func (p *product[T]) packsB(rows int) bool {
	return p.b.packed == nil && (p.b.source != nil || p.b.cs != 1 || rows > 2*p.tile.mr)
}

// sharedMax is how many elements of B are packed once for all threads, where
// several of them would each pack the same.
const sharedMax = 1 << 20

// shareB packs B for all threads; the memory goes back with put.
func (p *product[T]) shareB(pool *par.Pool) *sharedMem {
	t := p.tile
	n := roundUp(p.n, t.nr)
	mem, data := getShared[T](n * p.k)
	blocks := (p.k + kcMax - 1) / kcMax
	chunks := (n + ncMax - 1) / ncMax
	par.Each(pool, blocks*chunks, 1, packing[T]{*p, data, n, chunks})
	b, ok := mem.last.(*Packed[T])
	if !ok {
		b = new(Packed[T])
		mem.last = b
	}
	b.tile, b.data, b.size, b.k = t, data, n, p.k
	p.b = Operand[T]{packed: b}
	return mem
}

// packing is B of a product on its way into data: columns padded to n, in
// blocks of k that have chunks of columns.
type packing[T Number] struct {
	product[T]
	data      []T
	n, chunks int
}

// Part packs the chunks lo to hi-1.
func (p *packing[T]) Part(lo, hi int) {
	w := getWork[T]()
	defer w.put()
	for i := lo; i < hi; i++ {
		k0, j0 := i/p.chunks*kcMax, i%p.chunks*ncMax
		k1, j1 := min(k0+kcMax, p.k), min(j0+ncMax, p.product.n)
		dst := p.data[k0*p.n+j0*(k1-k0):]
		if p.b.source != nil {
			w.panels = Panels[T]{p.tile, dst, k1 - k0}
			p.b.source.Pack(&w.panels, k0, k1, j0, j1, w.row)
		} else {
			p.tile.packB(dst, p.b, k0, k1, j0, j1)
		}
	}
}

// empty is the product over no k.
func (p *product[T]) empty() {
	for i := range p.m {
		for j := range p.n {
			p.set(i, j, 0)
		}
	}
}

// set finishes one sum.
func (p *product[T]) set(i, j int, sum T) {
	f := &p.finish
	at := &p.c[i*p.ldc+j]
	v := f.Alpha * sum
	if f.Plus != nil {
		v += f.Plus[i*p.ldc+j]
	} else if f.Add {
		v += *at
	}
	if f.RowBias != nil {
		v += f.RowBias[i]
	}
	if f.ColBias != nil {
		v += f.ColBias[j]
	}
	if f.Clamp {
		v = clamp(v, f.Lo, f.Hi)
	}
	*at = v
}

// part computes the rows i0 to i1-1 of the columns j0 to j1-1 of C.
func (p *product[T]) part(i0, i1, j0, j1 int) {
	t := p.tile
	w := getWork[T]()
	defer w.put()
	// Packing pays where a panel is read several times, for A only where its
	// rows would take each other's place in the cache.
	directA := p.a.packed == nil && (j1-j0 <= 4*t.nr || p.a.cs == 1 && (t.mr <= 8 || p.a.rs%1024 != 0))
	directB := p.b.packed == nil && !p.packsB(i1-i0)
	nc := ncMax
	if p.k <= 16 && p.b.source == nil {
		nc *= 4 // longer runs of B and C
	}
	for jc := j0; jc < j1; jc += nc {
		jEnd := min(jc+nc, j1)
		for k0 := 0; k0 < p.k; k0 += kcMax {
			k1 := min(k0+kcMax, p.k)
			b := block[T]{w: t.nr, kc: k1 - k0, first: jc / t.nr, packed: p.b.packed, k0: k0}
			switch {
			case p.b.packed != nil:
			case p.b.source != nil:
				w.panels = Panels[T]{t, w.b, k1 - k0}
				p.b.source.Pack(&w.panels, k0, k1, jc, jEnd, w.row)
				b.data = w.b
			case directB:
				b.direct, b.rs = p.b.data[k0*p.b.rs+jc:], p.b.rs
				if full := jc + (jEnd-jc)/t.nr*t.nr; full < jEnd {
					t.packB(w.b, p.b, k0, k1, full, jEnd)
				}
				b.data = w.b
			default:
				t.packB(w.b, p.b, k0, k1, jc, jEnd)
				b.data = w.b
			}
			for ic := i0; ic < i1; ic += mcMax {
				iEnd := min(ic+mcMax, i1)
				a := block[T]{w: t.mr, kc: k1 - k0, first: ic / t.mr, packed: p.a.packed, k0: k0}
				switch {
				case p.a.packed != nil:
				case directA:
				default:
					t.packA(w.a, p.a, ic, iEnd, k0, k1)
					a.data = w.a
				}
				p.macro(&a, &b, ic, iEnd, jc, jEnd, w)
			}
		}
	}
}

// block is a block of panels of one operand.
type block[T Number] struct {
	packed *Packed[T] // panels first, first+1, … at k0
	first  int
	k0     int
	w, kc  int
	data   []T // panels made for this block
	direct []T // B where it lies, rows rs apart; data then holds the last panel, if that is not full
	rs     int
}

func (b *block[T]) panel(i int) []T {
	if b.packed != nil {
		return b.packed.panel(b.first+i, b.w, b.k0, b.kc)
	}
	return b.data[i*b.w*b.kc : (i+1)*b.w*b.kc]
}

// shallow is the depth of products up to which a block of C is done row by row
// of tiles: there is more to do for C than for B, whose panels come from the
// second cache.
const shallow = 160

// macro runs the micro-kernel over the tiles of one block of C.
func (p *product[T]) macro(a, b *block[T], i0, i1, j0, j1 int, w *work[T]) {
	t := p.tile
	// Biases and Plus join with the first block of k, bounds apply after the last.
	f := &w.finish
	*f = Finish[T]{Alpha: p.finish.Alpha, Add: true}
	if b.k0 == 0 {
		f.Add = p.finish.Add
	}
	if b.k0+b.kc == p.k {
		f.Clamp, f.Lo, f.Hi = p.finish.Clamp, p.finish.Lo, p.finish.Hi
	}
	if p.k <= shallow {
		for i := i0; i < i1; i += t.mr {
			for j := j0; j < j1; j += t.nr {
				p.oneTile(a, b, i, i0, i1, j, j0, j1, w)
			}
			p.then(i, min(i+t.mr, i1), j0, j1)
		}
		return
	}
	for j := j0; j < j1; j += t.nr {
		for i := i0; i < i1; i += t.mr {
			p.oneTile(a, b, i, i0, i1, j, j0, j1, w)
		}
	}
	if b.k0+b.kc == p.k {
		p.then(i0, i1, j0, j1)
	}
}

// then ends the rows i0 to i1-1 of the columns j0 to j1-1 of C.
func (p *product[T]) then(i0, i1, j0, j1 int) {
	if p.finish.Then == nil {
		return
	}
	for i := i0; i < i1; i++ {
		c := p.c[i*p.ldc+j0 : i*p.ldc+j1]
		p.finish.Then(c, c)
	}
}

// oneTile runs the micro-kernel for the tile at row i and column j of a block.
func (p *product[T]) oneTile(a, b *block[T], i, i0, i1, j, j0, j1 int, w *work[T]) {
	t, f := p.tile, &w.finish
	rows, cols := min(t.mr, i1-i), min(t.nr, j1-j)
	var ap, bp []T
	bs, ars, aps := t.nr, 1, t.mr
	switch {
	case b.direct == nil:
		bp = b.panel((j - j0) / t.nr)
	case cols < t.nr:
		bp = b.data
	default:
		bp, bs = b.direct[j-j0:], b.rs
	}
	if a.packed == nil && a.data == nil {
		ap, ars, aps = p.a.data[i*p.a.rs+b.k0*p.a.cs:], p.a.rs, p.a.cs
	} else {
		ap = a.panel((i - i0) / t.mr)
	}
	at := i*p.ldc + j
	if b.k0 == 0 {
		if p.finish.ColBias != nil {
			if f.ColBias = p.finish.ColBias[j : j+cols]; cols < t.nr {
				f.ColBias = w.bias[:t.nr]
				copy(f.ColBias, p.finish.ColBias[j:j+cols])
			}
		}
		if p.finish.RowBias != nil {
			f.RowBias = p.finish.RowBias[i:]
		}
		if p.finish.Plus != nil {
			f.Plus = p.finish.Plus[at:]
		}
	}
	c := p.c[at:]
	if cols == t.nr {
		t.run(rows, b.kc, ap, ars, aps, bp, bs, c, p.ldc, f)
		return
	}
	// A tile that reaches beyond C goes by way of one that does not.
	run := t.run
	if t.half != nil && 2*cols <= t.nr {
		run = t.half
	}
	from := c
	if f.Plus != nil {
		from, f.Plus, f.Add = f.Plus, nil, true
	}
	if f.Add {
		for r := range rows {
			copy(w.tile[r*t.nr:r*t.nr+cols], from[r*p.ldc:])
		}
	}
	run(rows, b.kc, ap, ars, aps, bp, bs, w.tile, t.nr, f)
	for r := range rows {
		copy(c[r*p.ldc:r*p.ldc+cols], w.tile[r*t.nr:])
	}
}
