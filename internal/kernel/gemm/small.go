package gemm

// PanelWidth returns how many columns of B, packed by PackB, lie together: the
// cuts of MulColumns are multiples of it.
func (p *Packed[T]) PanelWidth() int {
	p.pack(nil)
	if p.flat() {
		return 1
	}
	return p.tile.nr
}

// fewRows computes products so small that the way to the micro-kernel would cost
// more than they do: those of a tick. It reports false for others.
func fewRows[T Number](m, n, k int, a, b *Operand[T], c []T, ldc int, f *Finish[T]) bool {
	if b.packed == nil || a.packed != nil || a.cs != 1 || m > 4 || k <= 0 || n*k > minTask ||
		f.Alpha != 1 || f.Plus != nil || f.RowBias != nil || f.Clamp || f.Then != nil {
		return false
	}
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		switch {
		case f.Add && f.ColBias != nil:
			for j, v := range f.ColBias[:n] {
				row[j] += v
			}
		case f.ColBias != nil:
			copy(row, f.ColBias)
		case !f.Add:
			clear(row)
		}
	}
	b.packed.MulColumns(m, a.data, a.rs, 0, n, c, ldc)
	return true
}

// MulColumns adds the columns j0 to j1-1 of A·B to those of C, for a few rows
// and one goroutine: A is m×k with rows lda apart, B what PackB packed, and
// C[i][j] is c[i*ldc+j]. j0 is a multiple of PanelWidth, and so is j1 unless it
// is the number of B's columns. An element does not depend on the cuts.
//
// It is for products so small that each reads all of B from the cache once, and
// what else Mul does would show.
func (p *Packed[T]) MulColumns(m int, a []T, lda, j0, j1 int, c []T, ldc int) {
	p.pack(nil)
	if p.flat() {
		for i := range m {
			sum := T(0)
			for q, v := range p.data {
				sum += a[i*lda+q] * v
			}
			c[i*ldc+j0] += sum
		}
		return
	}
	t := p.tile
	w := getWork[T]()
	defer w.put()
	f := &w.finish
	*f = Finish[T]{Alpha: 1, Add: true}
	for k0 := 0; k0 < p.k; k0 += kcMax {
		kc := min(kcMax, p.k-k0)
		for j := j0; j < j1; j += t.nr {
			b := p.panel(j/t.nr, t.nr, k0, kc)
			cols := min(t.nr, j1-j)
			for i := 0; i < m; i += t.mr {
				rows := min(t.mr, m-i)
				if cols == t.nr {
					t.run(rows, kc, a[i*lda+k0:], lda, 1, b, t.nr, c[i*ldc+j:], ldc, f)
					continue
				}
				for r := range rows {
					copy(w.tile[r*t.nr:r*t.nr+cols], c[(i+r)*ldc+j:])
				}
				t.run(rows, kc, a[i*lda+k0:], lda, 1, b, t.nr, w.tile, t.nr, f)
				for r := range rows {
					copy(c[(i+r)*ldc+j:][:cols], w.tile[r*t.nr:])
				}
			}
		}
	}
}
