package igemm

import (
	"encoding/binary"
	"sync"
	"unsafe"
)

// Packed is a constant B in the order in which the tiles read it. It packs
// itself at its first use, so that opening a model touches no weight, and is
// safe for concurrent use.
type Packed struct {
	once   sync.Once
	source Matrix
	k, n   int
	signed bool

	tile *tile
	data []byte
	sums []int32 // of the columns, as they are packed
}

// PackB packs B, of k×n. The elements are read at the first use and must not
// change.
func PackB(k, n int, b Matrix) *Packed {
	return &Packed{source: b, k: k, n: n, signed: b.Signed}
}

func (p *Packed) pack() {
	t := tileFor()
	p.tile = t
	b := columns{data: p.source.Data, flip: flipUnless(p.signed), trans: p.source.Trans, ld: p.source.Ld}
	p.source = Matrix{}
	if p.k == 0 || p.n == 0 {
		return
	}
	if !b.trans {
		b.rows = make([]int, roundUp(p.k, t.unit))
		for i := range b.rows {
			b.rows[i] = min(i, p.k-1) * b.ld
		}
	}
	units, panels := (p.k+t.unit-1)/t.unit, (p.n+t.nr-1)/t.nr
	step := units * t.unit * t.nr
	p.data = aligned(panels * step)
	p.sums = make([]int32, panels*t.nr)
	w := getWork()
	defer w.put()
	b.pack(t, p.data, step, units, p.k, 0, p.n, w)
	t.columnSums(0, units, p.k, panels, p.data, p.sums, w)
}

// packedRows is a constant A, of signed bytes once it is packed, for products
// with unsigned ones.
type packedRows struct {
	tile *tile
	data []byte
	lda  int
	sums []int32
}

// packRows packs A, of m×k.
func packRows(m, k int, a Matrix) *packedRows {
	t := tileFor()
	units := (k + t.unit - 1) / t.unit
	p := &packedRows{tile: t, lda: t.ldaFor(units), sums: make([]int32, m)}
	p.data = aligned(m * p.lda)
	row := make([]byte, roundUp(k, 16))
	for i := range m {
		t.row(p.data[i*p.lda:], a, i, k, units, flipUnless(a.Signed), true, row)
		for _, v := range row[:k] {
			p.sums[i] += int32(int8(v))
		}
	}
	return p
}

// ldaFor returns how many bytes apart rows of A are laid out: an odd number of
// cache lines, so that they do not take each other's place.
func (t *tile) ldaFor(units int) int {
	lines := (units*t.unitA()+63)/64 | 1
	return 64 * lines
}

// unitA returns the bytes of a unit of a row of A.
func (t *tile) unitA() int {
	if t.wide {
		return 2 * t.unit
	}
	return t.unit
}

// row lays out row i of A, of k bytes, and zeros after it up to whole units.
// The bytes, XORed with flip, are also left in buf.
func (t *tile) row(dst []byte, a Matrix, i, k, units int, flip byte, signed bool, buf []byte) {
	buf = buf[:roundUp(k, 16)]
	if a.Trans {
		src := a.Data[i:]
		for p := range k {
			buf[p] = src[p*a.Ld] ^ flip
		}
	} else {
		xorBytes(buf[:k], a.Data[i*a.Ld:], flip)
	}
	n := units * t.unit
	if !t.wide {
		copy(dst, buf[:k])
		clear(dst[k:n])
		return
	}
	t.widen(dst, buf[:k], signed)
	clear(dst[2*k : 2*n])
}

// xorBytes writes src XORed with flip, of len(dst) bytes.
func xorBytes(dst, src []byte, flip byte) {
	src = src[:len(dst)]
	if flip == 0 {
		copy(dst, src)
		return
	}
	mask := 0x0101010101010101 * uint64(flip)
	for len(src) >= 8 {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src)^mask)
		dst, src = dst[8:], src[8:]
	}
	for i, v := range src {
		dst[i] = v ^ flip
	}
}

// pack lays out the columns j0 to j1-1 in panels, step bytes apart. Columns
// beyond j1 and rows beyond k have any elements: their sums are not read, and
// rows of A have zeros there.
func (b *columns) pack(t *tile, dst []byte, step, units, k, j0, j1 int, w *work) {
	if b.trans {
		b.packTransposed(t, dst, step, units, k, j0, j1)
		return
	}
	panels := (j1 - j0 + t.nr - 1) / t.nr
	last := 0
	for _, r := range b.rows {
		last = max(last, r)
	}
	if whole := min(panels, max(len(b.data)-last-j0, 0)/t.nr); whole > 0 {
		t.pack(units, whole, dst, step, b.data[j0:], b.rows, b.flip)
		dst = dst[whole*step:]
		j0 += whole * t.nr
		panels -= whole
	}
	if panels == 0 {
		return
	}
	// What is read beyond the end of the data goes by way of a copy.
	w.edge = sized(w.edge, len(b.rows)*t.nr)
	w.edgeRows = sized(w.edgeRows, len(b.rows))
	for i := range w.edgeRows {
		w.edgeRows[i] = i * t.nr
	}
	for ; panels > 0; panels-- {
		for i, r := range b.rows {
			copy(w.edge[i*t.nr:(i+1)*t.nr], b.data[min(r+j0, len(b.data)):])
		}
		t.pack(units, 1, dst, step, w.edge, w.edgeRows, b.flip)
		dst = dst[min(step, len(dst)):]
		j0 += t.nr
	}
}

// packTransposed is pack where columns are rows in memory.
func (b *columns) packTransposed(t *tile, dst []byte, step, units, k, j0, j1 int) {
	u := t.unit
	whole := k / u
	for j := j0; j < j1; j++ {
		src := b.data[j*b.ld:][:k]
		out := dst[(j-j0)/t.nr*step+(j-j0)%t.nr*u:]
		next := t.nr * u
		if u == 4 {
			mask := 0x01010101 * uint32(b.flip)
			for q := range whole {
				binary.LittleEndian.PutUint32(out[q*next:], binary.LittleEndian.Uint32(src[4*q:])^mask)
			}
		} else {
			for q := range whole {
				for x := range u {
					out[q*next+x] = src[q*u+x] ^ b.flip
				}
			}
		}
		for x := whole * u; x < units*u; x++ {
			v := byte(0)
			if x < k {
				v = src[x] ^ b.flip
			}
			out[whole*next+x-whole*u] = v
		}
	}
}

// columnSums adds up the columns of panels: it multiplies them with ones.
func (t *tile) columnSums(signedA, units, k, panels int, b []byte, sums []int32, w *work) {
	n := t.unitA() / t.unit
	w.ones = sized(w.ones, units*t.unitA())
	clear(w.ones)
	for i := range k {
		w.ones[i*n] = 1
	}
	t.run(signedA, 1, units, panels, w.ones, 0, b, sums, panels*t.nr)
}

// work is the memory of one task. Its slices grow to what is needed.
type work struct {
	a, b, ones, row, edge    []byte
	edgeRows                 []int
	sums, colSums, col, each []int32
	rowSums                  []int32
	out                      []byte
	outInts                  []int32
	scaling                  scaling
}

var works = sync.Pool{New: func() any { return new(work) }}

func getWork() *work { return works.Get().(*work) }

func (w *work) put() { works.Put(w) }

// sized returns n elements of any value, in the memory of s if it suffices.
func sized[T byte | int | int32](s []T, n int) []T {
	if n == 0 || cap(s) >= n {
		return s[:n]
	}
	var z T
	b := aligned(n * int(unsafe.Sizeof(z)))
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
}

// aligned returns n zeros that start at a cache line.
func aligned(n int) []byte {
	if n == 0 {
		return nil
	}
	s := make([]uint64, (n+7)/8+7)
	for uintptr(unsafe.Pointer(&s[0]))%64 != 0 {
		s = s[1:]
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), n)
}
