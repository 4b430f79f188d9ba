package gemm

import (
	"sync"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Packed is a constant operand in the order in which the micro-kernel reads
// it. It packs itself at its first use, so that opening a model touches no
// weight, and is safe for concurrent use.
type Packed[T Number] struct {
	once sync.Once
	from Operand[T] // rows of A, or columns of B, along its first index; gone once packed
	left bool       // A
	n    int        // rows of A, columns of B

	tile *tile[T]
	data []T
	size int // n rounded up to whole panels
	k    int
}

// PackA packs A, m×k with rows lda apart, or stored as k×m if trans. The
// elements are read at the first use and must not change.
func PackA[T Number](trans bool, m, k int, a []T, lda int) *Packed[T] {
	return &Packed[T]{from: Matrix(trans, a, lda), left: true, n: m, k: k}
}

// PackB packs B, k×n with rows ldb apart, or stored as n×k if trans. The
// elements are read at the first use and must not change.
func PackB[T Number](trans bool, k, n int, b []T, ldb int) *Packed[T] {
	return &Packed[T]{from: Matrix(!trans, b, ldb), n: n, k: k}
}

// Operand returns the packed matrix as an operand of Mul, on the side for
// which it was packed.
func (p *Packed[T]) Operand() Operand[T] {
	if p.flat() {
		p.pack(nil)
		return Matrix(false, p.data, 1)
	}
	return Operand[T]{packed: p}
}

// flat reports whether data is a vector as it is, which panels would only widen.
func (p *Packed[T]) flat() bool { return !p.left && p.n == 1 }

// pack does the packing, once.
func (p *Packed[T]) pack(pool *par.Pool) {
	p.once.Do(func() {
		t := tileFor[T]()
		switch {
		case p.flat():
			p.data = aligned[T](p.k)
			for i := range p.data {
				p.data[i] = p.from.data[i*p.from.cs]
			}
		default:
			w := t.nr
			if p.left {
				w = t.mr
			}
			p.tile, p.size = t, roundUp(p.n, w)
			p.data = aligned[T](p.size * p.k)
			stripes := (p.n + packStripe*w - 1) / (packStripe * w)
			blocks := (p.k + kcMax - 1) / kcMax
			par.Each(pool, stripes*blocks, 1, packer[T]{p, w, stripes})
		}
		p.from = Operand[T]{}
	})
}

// packStripe is how many panels are packed by one thread at a time.
const packStripe = 8

// packer packs blocks of k by stripes of panels of w rows or columns.
type packer[T Number] struct {
	*Packed[T]
	w, stripes int
}

// Part packs the pieces lo to hi-1.
func (p *packer[T]) Part(lo, hi int) {
	for i := lo; i < hi; i++ {
		k0, first := i/p.stripes*kcMax, i%p.stripes*packStripe*p.w
		k1, end := min(k0+kcMax, p.k), min(first+packStripe*p.w, p.n)
		p.tile.pack(p.data[k0*p.size+first*(k1-k0):k1*p.size], p.w, p.from.data, p.from.rs, p.from.cs, first, end, k0, k1)
	}
}

// panel returns panel i, of w rows or columns, of the block that starts at k0
// and has kc.
func (p *Packed[T]) panel(i, w, k0, kc int) []T {
	off := k0*p.size + i*w*kc
	return p.data[off : off+w*kc]
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// packA writes the rows i0 to i1-1 of the columns k0 to k1-1 of A as panels of
// mr rows, each column by column.
func (t *tile[T]) packA(dst []T, a Operand[T], i0, i1, k0, k1 int) {
	t.pack(dst, t.mr, a.data, a.rs, a.cs, i0, i1, k0, k1)
}

// packB writes the rows k0 to k1-1 of the columns j0 to j1-1 of B as panels of
// nr columns, each row by row. They are panels of rows of B transposed.
func (t *tile[T]) packB(dst []T, b Operand[T], k0, k1, j0, j1 int) {
	t.pack(dst, t.nr, b.data, b.cs, b.rs, j0, j1, k0, k1)
}

// pack writes the rows i0 to i1-1 of the columns k0 to k1-1 of a matrix, whose
// element (i, k) is data[i*rs+k*cs], as panels of w rows, column by column.
func (t *tile[T]) pack(dst []T, w int, data []T, rs, cs, i0, i1, k0, k1 int) {
	kc := k1 - k0
	for i := i0; i < i1; i += w {
		panel := dst[:w*kc]
		dst = dst[w*kc:]
		rows := min(w, i1-i)
		src := data[i*rs+k0*cs:]
		switch {
		case rows < w:
			clear(panel)
			packPart(panel, w, src, rs, cs, rows, 0, kc)
		case rs == 1 && w == t.nr && t.copyBlocks != nil:
			t.copyBlocks(panel, w, src, cs, kc)
		case rs == 1:
			for p := range kc {
				copy(panel[p*w:(p+1)*w], src[p*cs:])
			}
		case cs == 1 && t.transpose8 != nil && kc >= 8:
			r, k := 0, kc&^7
			for ; r+8 <= w; r += 8 {
				t.transpose8(panel[r:], w, src[r*rs:], rs, k/8)
			}
			if r < w {
				packPart(panel[r:], w, src[r*rs:], rs, 1, w-r, 0, kc)
			}
			packPart(panel, w, src, rs, 1, r, k, kc)
		default:
			packPart(panel, w, src, rs, cs, rows, 0, kc)
		}
	}
}

// packPart writes rows of the columns k0 to k1-1 to a panel of w.
func packPart[T Number](panel []T, w int, src []T, rs, cs, rows, k0, k1 int) {
	for r := range rows {
		s, o := src[r*rs:], r+k0*w
		if cs == 1 {
			for _, v := range s[k0:k1] {
				panel[o] = v
				o += w
			}
			continue
		}
		for p := k0; p < k1; p++ {
			panel[o] = s[p*cs]
			o += w
		}
	}
}

// Panels is a block of B that a Source fills, row by row.
type Panels[T Number] struct {
	tile *tile[T]
	data []T
	rows int
}

// Row writes row r, of all columns of the block.
func (p *Panels[T]) Row(r int, row []T) {
	nr := p.tile.nr
	o, step := r*nr, p.rows*nr
	if full := len(row) / nr; full > 0 {
		if p.tile.copyBlocks != nil {
			p.tile.copyBlocks(p.data[o:], step, row, nr, full)
		} else {
			for i := range full {
				copy(p.data[o+i*step:][:nr], row[i*nr:])
			}
		}
		row = row[full*nr:]
		o += full * step
	}
	if len(row) > 0 {
		n := copy(p.data[o:o+nr], row)
		clear(p.data[o+n : o+nr])
	}
}
