// Package igemm multiplies matrices of bytes, signed or not, exactly in int32,
// whose sums wrap around, and convolves images of bytes. What becomes of the
// sums is up to an Output.
//
// The algorithm is that of package gemm: C is cut into tiles that fit the
// registers, and threads divide C. Here k is not cut, as it is short in bytes:
// a block of columns of B that fits the second cache is laid out in panels, each
// unit of neighbours along k together, since one instruction adds up their
// products; A is read row by row.
//
// Instructions multiply an unsigned byte with a signed one. The other operands
// are moved by 128, which turns their top bit over, and so are their zero
// points. Those are taken into account afterwards:
//
//	Σ (a-za)·(b-zb) = Σ a·b - za·Σ b - zb·(Σ a - k·za)
package igemm

import (
	"github.com/onnxrun/onnxrun/internal/par"
)

// Matrix is an operand with rows Ld bytes apart. Trans says that Data holds
// the transposed matrix, Signed that its bytes are int8.
type Matrix struct {
	Data   []byte
	Signed bool
	Trans  bool
	Ld     int
}

// Product is the product of A, of M×K bytes, and B, of K×N, each less its zero
// points.
type Product struct {
	M, N, K int

	A      Matrix
	AZeros []int32 // nil: 0; one for A, or one for each row

	B      Matrix
	Packed *Packed // B where it is constant
	BZeros []int32 // nil: 0; one for B, or one for each column

	Bias []int32 // nil: none; one for each column, added to the sums

	Out Output
}

// minTask is how many multiplications are worth a goroutine.
const minTask = 1 << 19

// Run computes the product.
func (p *Product) Run(pool *par.Pool) {
	if p.M <= 0 || p.N <= 0 {
		return
	}
	e := engine{n: p.N, k: p.K, bias: p.Bias, out: p.Out}
	signedB := p.B.Signed
	if p.Packed != nil {
		p.Packed.once.Do(p.Packed.pack)
		e.tile, e.packed, signedB = p.Packed.tile, p.Packed, p.Packed.signed
	} else {
		e.tile = tileFor()
		e.b = columns{data: p.B.Data, flip: flipUnless(p.B.Signed), trans: p.B.Trans, ld: p.B.Ld}
		if !p.B.Trans && p.K > 0 {
			e.b.rows = make([]int, roundUp(p.K, e.tile.unit))
			for i := range e.b.rows {
				e.b.rows[i] = min(i, p.K-1) * p.B.Ld
			}
		}
	}
	e.a = p.A
	e.flipA = 0
	moveA, moveB := int32(0), int32(0)
	if p.A.Signed {
		e.flipA, moveA = 0x80, 128
	}
	if !signedB {
		moveB = -128
	}
	e.za, e.zb = moved(p.AZeros, moveA), moved(p.BZeros, moveB)

	t := e.tile
	rows, cols := (p.M+t.mr-1)/t.mr, (p.N+t.nr-1)/t.nr
	tasks := 1
	if threads := pool.Threads(); threads > 1 {
		tasks = min(4*threads, int(float64(p.M)*float64(p.N)*float64(p.K)/minTask))
	}
	if shared := e.layOut(pool, p.M); shared != nil {
		defer shared.put()
	}
	if tasks <= 1 {
		e.part(0, p.M, 0, p.N)
		return
	}
	rt, ct := 1, 1
	if p.M > p.N && (p.Packed != nil || cols < tasks) {
		rt = min(tasks, rows)
		ct = min((tasks+rt-1)/rt, cols)
	} else {
		ct = min(tasks, cols)
		rt = min((tasks+ct-1)/ct, rows)
	}
	pool.For(rt*ct, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r, c := i/ct, i%ct
			e.part(rows*r/rt*t.mr, min(rows*(r+1)/rt*t.mr, p.M), cols*c/ct*t.nr, min(cols*(c+1)/ct*t.nr, p.N))
		}
	})
}

// sharedMax is how many bytes of A are laid out once for all blocks of columns
// and all threads.
const sharedMax = 4 << 20

// layOut lays out A where that is needed, and pays. What it returns is to be
// put back after the product.
func (e *engine) layOut(pool *par.Pool, m int) *work {
	t := e.tile
	units := (e.k + t.unit - 1) / t.unit
	lda := t.ldaFor(units)
	if units == 0 || e.direct(m) || m > sharedMax/lda {
		return nil
	}
	shared := getWork()
	shared.a = sized(shared.a, m*lda)
	shared.rowSums = sized(shared.rowSums, m)
	r := &packedRows{tile: t, data: shared.a, lda: lda, sums: shared.rowSums}
	pool.For(m, 1+(1<<16)/e.k, func(lo, hi int) {
		w := getWork()
		defer w.put()
		w.row = sized(w.row, roundUp(e.k, 16))
		for i := lo; i < hi; i++ {
			t.row(r.data[i*lda:], e.a, i, e.k, units, e.flipA, false, w.row)
			if !isZero(e.zb) {
				r.sums[i] = t.sum(w.row[:e.k])
			}
		}
	})
	e.rows = r
	return shared
}

// direct reports whether rows of A can be read where they lie.
func (e *engine) direct(rows int) bool {
	t := e.tile
	return !t.wide && e.flipA == 0 && !e.a.Trans && e.k%t.unit == 0 && (e.a.Ld%512 != 0 || rows <= 4)
}

// flipUnless returns what bytes are XORed with that must become signed.
func flipUnless(signed bool) byte {
	if signed {
		return 0
	}
	return 0x80
}

// moved returns zero points moved by d, one where all are the same.
func moved(zeros []int32, d int32) []int32 { return appendMoved(nil, zeros, d) }

// appendMoved is moved in the memory of dst, which is empty.
func appendMoved(dst, zeros []int32, d int32) []int32 {
	if len(zeros) == 0 {
		return append(dst, d)
	}
	same := true
	for _, z := range zeros {
		dst = append(dst, z+d)
		same = same && z == zeros[0]
	}
	if same {
		return dst[:1]
	}
	return dst
}

func isZero(z []int32) bool { return len(z) == 1 && z[0] == 0 }

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// engine is a product whose operands have the signs that its tile wants: A is
// unsigned and B signed, or the other way round.
type engine struct {
	tile *tile
	n, k int

	a     Matrix
	flipA byte
	rows  *packedRows // A where it is laid out already
	// signedA is 1 where A is the signed operand.
	signedA int

	b      columns
	packed *Packed // B where it is packed

	za, zb []int32
	bias   []int32
	out    Output
}

// columns is a matrix B of k rows that is laid out as it is needed: row i
// begins at data[rows[i]]; or the transposed one, rows ld apart.
type columns struct {
	data  []byte
	flip  byte
	rows  []int // a multiple of the unit
	trans bool
	ld    int
}

// blockBytes is how much of B is multiplied with all of A before the next; it
// fits the second cache. maxCols bounds its columns, so that a row of sums fits
// the first one.
const (
	blockBytes = 256 << 10
	maxCols    = 512
)

// blockCols returns how many columns of B are in a block.
func (t *tile) blockCols(k int) int {
	return max(min(blockBytes/max(k, 1), maxCols)/t.nr, 1) * t.nr
}

// part computes the rows i0 to i1-1 of the columns j0 to j1-1 of C; j0 is the
// first of a panel.
func (e *engine) part(i0, i1, j0, j1 int) {
	t := e.tile
	units := (e.k + t.unit - 1) / t.unit
	nc := t.blockCols(e.k)
	w := getWork()
	defer w.put()
	w.sums = sized(w.sums, t.mr*nc)
	step := units * t.unit * t.nr
	for jc := j0; jc < j1; jc += nc {
		jEnd := min(jc+nc, j1)
		cols := jEnd - jc
		panels := (cols + t.nr - 1) / t.nr
		var b []byte
		var colSums []int32
		switch {
		case units == 0:
			clear(w.sums)
			w.colSums = sized(w.colSums, nc)
			colSums = w.colSums
			clear(colSums)
		case e.packed != nil:
			b = e.packed.data[jc/t.nr*step:]
			colSums = e.packed.sums[jc:]
		default:
			w.b = sized(w.b, panels*step)
			b = w.b
			e.b.pack(t, b, step, units, e.k, jc, jEnd, w)
			if !isZero(e.za) {
				w.colSums = sized(w.colSums, nc)
				colSums = w.colSums
				t.columnSums(e.signedA, units, e.k, panels, b, colSums, w)
			}
		}
		if o := e.scaled(); o != nil {
			e.partBytes(o, i0, i1, jc, cols, units, panels, b, w)
			continue
		}
		add := e.colAdd(colSums, jc, cols, w)
		for i := i0; i < i1; i += t.mr {
			rows := min(t.mr, i1-i)
			var a []byte
			lda := 0
			if units > 0 {
				a, lda = e.rowsAt(i, rows, units, w)
				t.run(e.signedA, rows, units, panels, a, lda, b, w.sums, nc)
			}
			for r := range rows {
				rowAdd, col := e.zeros(i+r, jc, a, lda, r, colSums, add, cols, w)
				e.out.finish(i+r, jc, w.sums[r*nc:r*nc+cols], rowAdd, col, w)
			}
		}
	}
}

// rowsAt returns rows of A as the tile reads them, and the bytes from one to
// the next.
func (e *engine) rowsAt(i, rows, units int, w *work) (a []byte, lda int) {
	t := e.tile
	if e.rows != nil {
		return e.rows.data[i*e.rows.lda:], e.rows.lda
	}
	if e.direct(rows) {
		return e.a.Data[i*e.a.Ld:], e.a.Ld
	}
	lda = t.ldaFor(units)
	w.a = sized(w.a, t.mr*lda)
	w.row = sized(w.row, roundUp(e.k, 16))
	for r := range rows {
		t.row(w.a[r*lda:], e.a, i+r, e.k, units, e.flipA, false, w.row)
	}
	return w.a, lda
}

// colAdd returns what is added to every row: the bias, and what comes from A's
// zero point, where that is the same for all rows. It may be nil.
func (e *engine) colAdd(sums []int32, jc, cols int, w *work) []int32 {
	var bias []int32
	if e.bias != nil {
		bias = e.bias[jc : jc+cols]
	}
	if len(e.za) > 1 || e.za[0] == 0 {
		return bias
	}
	w.col = sized(w.col, cols)
	z := e.za[0]
	for j, s := range sums[:cols] {
		w.col[j] = -z * s
	}
	for j, b := range bias {
		w.col[j] += b
	}
	return w.col
}

// zeros returns what zero points add to row i, which is row r of a.
func (e *engine) zeros(i, jc int, a []byte, lda, r int, colSums, colAdd []int32, cols int, w *work) (int32, []int32) {
	if isZero(e.zb) && len(e.za) == 1 {
		return 0, colAdd
	}
	za := e.za[0]
	if len(e.za) > 1 {
		za = e.za[i]
	}
	var own int32
	if !isZero(e.zb) {
		if e.rows != nil {
			own = e.rows.sums[i]
		} else if e.k > 0 {
			own = e.tile.rowSum(a[r*lda:], e.k)
		}
		own -= int32(e.k) * za
	}
	if len(e.za) == 1 && len(e.zb) == 1 {
		return -e.zb[0] * own, colAdd
	}
	w.each = sized(w.each, cols)
	for j := range w.each {
		zb := e.zb[0]
		if len(e.zb) > 1 {
			zb = e.zb[jc+j]
		}
		v := -zb * own
		if za != 0 {
			v -= za * colSums[j]
		}
		if e.bias != nil {
			v += e.bias[jc+j]
		}
		w.each[j] = v
	}
	return 0, w.each
}
