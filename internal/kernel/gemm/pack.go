package gemm

// Packed is a constant operand in the order in which the micro-kernel reads
// it. It is immutable.
type Packed[T Number] struct {
	tile *tile[T]
	data []T
	size int // rows of A, columns of B, rounded up to whole panels
	k    int
}

// PackA packs A, m×k with rows lda apart, or stored as k×m if trans.
func PackA[T Number](trans bool, m, k int, a []T, lda int) *Packed[T] {
	t := tileFor[T]()
	o := Matrix(trans, a, lda)
	p := &Packed[T]{tile: t, size: roundUp(m, t.mr), k: k}
	p.data = aligned[T](p.size * k)
	for k0 := 0; k0 < k; k0 += kcMax {
		k1 := min(k0+kcMax, k)
		packA(p.data[k0*p.size:k1*p.size], t.mr, o, 0, m, k0, k1)
	}
	return p
}

// PackB packs B, k×n with rows ldb apart, or stored as n×k if trans.
func PackB[T Number](trans bool, k, n int, b []T, ldb int) *Packed[T] {
	t := tileFor[T]()
	o := Matrix(trans, b, ldb)
	p := &Packed[T]{tile: t, size: roundUp(n, t.nr), k: k}
	p.data = aligned[T](p.size * k)
	for k0 := 0; k0 < k; k0 += kcMax {
		k1 := min(k0+kcMax, k)
		packB(p.data[k0*p.size:k1*p.size], t.nr, o, k0, k1, 0, n)
	}
	return p
}

// Operand returns the packed matrix as an operand of Mul, on the side for
// which it was packed.
func (p *Packed[T]) Operand() Operand[T] { return Operand[T]{packed: p} }

// panel returns panel i, of w rows or columns, of the block that starts at k0
// and has kc.
func (p *Packed[T]) panel(i, w, k0, kc int) []T {
	off := k0*p.size + i*w*kc
	return p.data[off : off+w*kc]
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// packA writes the rows i0 to i1-1 of the columns k0 to k1-1 of A as panels of
// mr rows, each column by column.
func packA[T Number](dst []T, mr int, a Operand[T], i0, i1, k0, k1 int) {
	kc := k1 - k0
	for i := i0; i < i1; i += mr {
		panel := dst[:mr*kc]
		dst = dst[mr*kc:]
		rows := min(mr, i1-i)
		if rows < mr {
			clear(panel)
		}
		src := a.data[i*a.rs+k0*a.cs:]
		if a.rs == 1 {
			for p := range kc {
				copy(panel[p*mr:p*mr+rows], src[p*a.cs:])
			}
			continue
		}
		for r := range rows {
			s := src[r*a.rs:]
			o := r
			if a.cs == 1 {
				for _, v := range s[:kc] {
					panel[o] = v
					o += mr
				}
				continue
			}
			for p := range kc {
				panel[o] = s[p*a.cs]
				o += mr
			}
		}
	}
}

// packB writes the rows k0 to k1-1 of the columns j0 to j1-1 of B as panels of
// nr columns, each row by row.
func packB[T Number](dst []T, nr int, b Operand[T], k0, k1, j0, j1 int) {
	// B's panels of columns are the panels of rows of B transposed.
	packA(dst, nr, Operand[T]{data: b.data, rs: b.cs, cs: b.rs}, j0, j1, k0, k1)
}

// ScatterRow writes a row of columns into panels as Source.Pack wants it: row
// k-k0 = r of kc.
func ScatterRow[T Number](dst []T, nr, r, kc int, row []T) {
	o := r * nr
	for len(row) >= nr {
		copy(dst[o:o+nr], row)
		row = row[nr:]
		o += nr * kc
	}
	if len(row) > 0 {
		n := copy(dst[o:o+nr], row)
		clear(dst[o+n : o+nr])
	}
}
