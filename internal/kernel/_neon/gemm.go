package main

import "fmt"

// number is an element type of matrices: its arithmetic.
type number struct {
	name, suffix string
	elem         elem
	size         int
	float        bool
}

func gemm(f *file) {
	for _, t := range []number{{"float32", "", s, 4, true}, {"float64", "F64", d, 8, true}, {"int32", "I32", s, 4, false}} {
		for rows := 1; rows <= 6; rows++ {
			f.tile(t, rows)
		}
	}
	f.copyBlocks()
	f.transpose()
	f.dots()
	f.rows()
}

// sets returns how many products per element are summed apart, so that an
// addition need not wait for the one before: few rows have few sums.
func (t number) sets(rows int) int {
	switch {
	case rows == 1:
		return 4
	case rows <= 3:
		return 2
	}
	return 1
}

// tile writes the micro-kernel for a number of rows and four vectors of
// columns.
func (f *file) tile(t number, rows int) {
	const vectors = 4
	cols := vectors * 16 / t.size
	name := fmt.Sprintf("tile%dx%d%s", rows, cols, t.suffix)
	a := f.function(name, fmt.Sprintf("func(kc int, a *%[1]s, ars, aps int, b *%[1]s, bs int, c *%[1]s, ldc int, add, row, col *%[1]s, alpha, lo, hi %[1]s, flags int)", t.name),
		fmt.Sprintf("is tile.run for %d rows of %d columns; strides are in bytes.\nflags: 1 adds add, whose rows are ldc apart, 2 the bias of rows, 4 that of\ncolumns, 8 clamps (floats), 16 multiplies the sums by alpha.", rows, cols))
	n := t.sets(rows)
	acc := make([][][vectors]vec, n)
	for k := range acc {
		acc[k] = make([][vectors]vec, rows)
		for r := range acc[k] {
			for i := range vectors {
				acc[k][r][i] = a.none()
			}
		}
	}
	kc, base, ars, aps, b, bs := a.load("kc"), a.load("a"), a.load("ars"), a.load("aps"), a.load("b"), a.load("bs")
	row := []gp{base}
	for r := 1; r < rows; r++ {
		next := a.register()
		a.line("ADD %s, %s, %s", ars, row[r-1], next)
		row = append(row, next)
	}
	at := a.register() // of the elements of A in their rows
	a.zero(at)
	step := func(k int) {
		var bv [vectors]vec
		for i := range bv {
			bv[i] = a.loadQ(b, 16*i)
		}
		for r := range rows {
			x := a.vector()
			a.line("FMOV"+t.elem.asm[:1]+" (%s)(%s), F%d", row[r], at, x)
			for i, y := range bv {
				if t.float {
					a.fmlaFirst(t.elem, acc[k][r][i], y, x)
				} else {
					a.mlaFirst(acc[k][r][i], y, x)
				}
			}
		}
		a.add(at, aps)
		a.add(b, bs)
	}
	if n > 1 {
		a.label("wide")
		a.ifLess(kc, n, "narrow")
		for k := range n {
			step(k)
		}
		a.sub(kc, n)
		a.goTo("wide")
		a.label("narrow")
		a.ifZero(kc, "store")
	}
	a.label("loop")
	step(0)
	a.sub(kc, 1)
	a.unlessZero(kc, "loop")
	a.label("store")
	for k := n - 1; k > 0; k-- {
		for r := range rows {
			for i := range vectors {
				t.add(a, acc[(k-1)/2][r][i], acc[k][r][i])
			}
		}
	}
	a.finish(t, acc[0])
	a.ret()
}

// add adds x to acc.
func (t number) add(a *fn, acc, x vec) {
	if t.float {
		a.addTo(t.elem, acc, x)
	} else {
		a.line("VADD V%d.S4, V%d.S4, V%d.S4", x, acc, acc)
	}
}

// finish writes what follows the sums: scaling, what is added, bounds, stores.
func (a *fn) finish(t number, acc [][4]vec) {
	a.general = 0 // the registers of the loop are free
	c, ldc, flags := a.load("c"), a.load("ldc"), a.load("flags")
	each := func(f func(r, i int, x vec)) {
		for r := range acc {
			for i, x := range acc[r] {
				f(r, i, x)
			}
		}
	}
	a.unlessBit(flags, 4, "add")
	alpha := a.scalar(t.elem, "alpha")
	each(func(r, i int, x vec) {
		if t.float {
			a.move(x, a.op("fmul", t.elem, x, alpha))
		} else {
			a.mulInts(x, x, alpha)
		}
	})

	a.label("add")
	a.unlessBit(flags, 0, "row")
	at := a.load("add")
	each(func(r, i int, x vec) {
		t.add(a, x, a.loadQ(at, 16*i))
		if i == 3 {
			a.add(at, ldc)
		}
	})

	a.label("row")
	a.unlessBit(flags, 1, "column")
	row := a.load("row")
	for r := range acc {
		v := a.spread(t.elem, a.get("FMOV"+t.elem.asm[:1], row, t.size*r))
		for _, x := range acc[r] {
			t.add(a, x, v)
		}
	}

	a.label("column")
	a.unlessBit(flags, 2, "clamp")
	col := a.load("col")
	var bias [4]vec
	for i := range bias {
		bias[i] = a.loadQ(col, 16*i)
	}
	each(func(r, i int, x vec) { t.add(a, x, bias[i]) })

	a.label("clamp")
	if t.float {
		a.unlessBit(flags, 3, "set")
		lo, hi := a.scalar(t.elem, "lo"), a.scalar(t.elem, "hi")
		each(func(r, i int, x vec) { // NaN stays
			a.move(x, a.op("fmin", t.elem, a.op("fmax", t.elem, x, lo), hi))
		})
		a.label("set")
	}
	each(func(r, i int, x vec) {
		a.storeQ(x, c, 16*i)
		if i == 3 && r < len(acc)-1 {
			a.add(c, ldc)
		}
	})
}

// copyBlocks writes the copy of blocks of four vectors.
func (f *file) copyBlocks() {
	a := f.function("copyBlocks16", "func(dst *float32, ds int, src *float32, ss, n int)",
		"copies n > 0 blocks of 16 elements, ds and ss bytes apart.")
	dst, ds, src, ss, n := a.load("dst"), a.load("ds"), a.load("src"), a.load("ss"), a.load("n")
	a.label("loop")
	var x [4]vec
	for i := range x {
		x[i] = a.loadQ(src, 16*i)
	}
	for i, v := range x {
		a.storeQ(v, dst, 16*i)
	}
	a.add(src, ss)
	a.add(dst, ds)
	a.sub(n, 1)
	a.unlessZero(n, "loop")
	a.ret()
}

// transpose writes the transposition of eight rows, in squares of four.
func (f *file) transpose() {
	a := f.function("transpose8", "func(dst *float32, ds int, src *float32, ss, n int)",
		"writes eight rows of 8·n elements (n > 0), ss bytes apart, as 8·n\nrows of eight, ds bytes apart.")
	dst, ds, src, ss, n := a.load("dst"), a.load("ds"), a.load("src"), a.load("ss"), a.load("n")
	row := []gp{src}
	for r := 1; r < 8; r++ {
		next := a.register()
		a.line("ADD %s, %s, %s", ss, row[r-1], next)
		row = append(row, next)
	}
	a.label("loop")
	for half := range 2 { // of the columns
		var out [2][4]vec
		for k := range out {
			var r [4]vec
			for i := range r {
				r[i] = a.loadQ(row[4*k+i], 16*half)
			}
			// Pairs of columns 0 2 and 1 3 of two rows each, then of four.
			even, odd := a.ints("VTRN1", s, r[0], r[1]), a.ints("VTRN2", s, r[0], r[1])
			even2, odd2 := a.ints("VTRN1", s, r[2], r[3]), a.ints("VTRN2", s, r[2], r[3])
			out[k] = [4]vec{a.ints("VTRN1", d, even, even2), a.ints("VTRN1", d, odd, odd2), a.ints("VTRN2", d, even, even2), a.ints("VTRN2", d, odd, odd2)}
		}
		for i := range 4 {
			a.storeQ(out[0][i], dst, 0)
			a.storeQ(out[1][i], dst, 16)
			a.add(dst, ds)
		}
	}
	for _, r := range row {
		a.add(r, 32)
	}
	a.sub(n, 1)
	a.unlessZero(n, "loop")
	a.ret()
}

// dots writes the product of four rows with a vector.
func (f *file) dots() {
	a := f.function("dots4", "func(n int, x, a *float32, as int, sums *[4]float32)",
		"sets sums to the products of four rows of a, as bytes apart, with x; all\nhave 16·n elements, n > 0.")
	n, x, base, as := a.load("n"), a.load("x"), a.load("a"), a.load("as")
	row := []gp{base}
	for r := 1; r < 4; r++ {
		next := a.register()
		a.line("ADD %s, %s, %s", as, row[r-1], next)
		row = append(row, next)
	}
	var acc [4][4]vec
	for r := range acc {
		for i := range acc[r] {
			acc[r][i] = a.none()
		}
	}
	a.label("loop")
	for i := range 4 {
		v := a.loadQ(x, 16*i)
		for r := range row {
			a.fmla(s, acc[r][i], v, a.loadQ(row[r], 16*i))
		}
	}
	for _, r := range append(row, x) {
		a.add(r, 64)
	}
	a.sub(n, 1)
	a.unlessZero(n, "loop")
	var sum [4]vec
	for r, v := range acc {
		a.addTo(s, v[0], v[1])
		a.addTo(s, v[2], v[3])
		a.addTo(s, v[0], v[2])
		sum[r] = v[0]
	}
	all := a.op("faddp", s, a.op("faddp", s, sum[0], sum[1]), a.op("faddp", s, sum[2], sum[3]))
	a.storeQ(all, a.load("sums"), 0)
	a.ret()
}

// rows writes the addition of eight rows, each times a number.
func (f *file) rows() {
	a := f.function("rows8", "func(n int, a, b *float32, bs int, c *float32)",
		"adds a[p]·b[p*bs+j], p from 0 to 7, to c[j] for j < 16·n, n > 0; bs is in bytes.")
	n, factors, b, bs, c := a.load("n"), a.load("a"), a.load("b"), a.load("bs"), a.load("c")
	row := []gp{b}
	for r := 1; r < 8; r++ {
		next := a.register()
		a.line("ADD %s, %s, %s", bs, row[r-1], next)
		row = append(row, next)
	}
	var factor [8]vec
	for i := range factor {
		factor[i] = a.spread(s, a.loadS(factors, 4*i))
	}
	a.label("loop")
	for i := range 4 {
		// Two sums, so that not every product waits for the one before; and
		// what is in C, which is larger, is rounded once.
		var sum [2]vec
		for r, x := range factor {
			v := a.loadQ(row[r], 16*i)
			if r < 2 {
				sum[r] = a.op("fmul", s, v, x)
			} else {
				a.fmla(s, sum[r%2], v, x)
			}
		}
		a.storeQ(a.op("fadd", s, a.loadQ(c, 16*i), a.op("fadd", s, sum[0], sum[1])), c, 16*i)
	}
	for _, r := range append(row, c) {
		a.add(r, 64)
	}
	a.sub(n, 1)
	a.unlessZero(n, "loop")
	a.ret()
}
