package main

import "math"

// norm writes the loops of package norm.
func norm(f *file) {
	f.distances(true)
	f.distances(false)
	f.maximum()
	f.affine()
	f.scaled(false)
	f.scaled(true)
	f.exponentials()
}

// distances sums distances to a pivot and their squares, in four vectors each;
// sums does so with the elements themselves.
func (f *file) distances(pivoted bool) {
	var a *fn
	var pivot vec
	if pivoted {
		a = f.function("distances", "func(x *float32, n int, pivot float64) (s, q float64)", "returns Σ (x[i]-pivot) and Σ (x[i]-pivot)².")
		pivot = a.scalar(d, "pivot")
	} else {
		a = f.function("sums", "func(x *float32, n int) (s, q float64)", "returns Σ x[i] and Σ x[i]².")
	}
	x, n := a.load("x"), a.load("n")
	var sum, square [4]vec
	for i := range sum {
		sum[i], square[i] = a.none(), a.none()
	}
	distance := func(x vec) vec {
		if pivoted {
			return a.op("fsub", d, x, pivot)
		}
		return x
	}
	add := func(i int, x vec) {
		a.addTo(d, sum[i], x)
		a.fmla(d, square[i], x, x)
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				w := a.wides(a.loadQ(x, 16*i))
				add(2*i, distance(w[0]))
				add(2*i+1, distance(w[1]))
			}
		}
	}
	a.loop("wide", 8, n, floats(x), step(2))
	a.loop("narrow", 4, n, floats(x), step(1))
	a.loop("rest", 1, n, floats(x), func() { add(1, a.first(distance(a.wide(a.loadS(x, 0), false)))) })
	for i, v := range [][4]vec{sum, square} {
		a.addTo(d, v[0], v[1])
		a.addTo(d, v[2], v[3])
		a.addTo(d, v[0], v[2])
		a.result(d, a.total(v[0]), []string{"s", "q"}[i])
	}
	a.ret()
}

// raise sets m to x where that is larger, never where it is NaN.
func (a *fn) raise(m, x vec) { a.less(s, m, x, x, m) }

// maximum needs as many elements as a vector has, so that the last vector may
// overlap the one before. maximumN leaves what does not fill a vector to the
// caller.
func (f *file) maximum() {
	a := f.function("maximum", "func(x *float32, n int) float32", "returns the largest of at least 16 elements that are not NaN, -∞ if there is none.")
	x, n := a.load("x"), a.load("n")
	var m [4]vec
	for i := range m {
		m[i] = a.word(0xFF800000FF800000) // -∞
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				a.raise(m[i], a.loadQ(x, 16*i))
			}
		}
	}
	a.loop("wide", 16, n, floats(x), step(4))
	a.loop("narrow", 4, n, floats(x), step(1))
	a.ifZero(n, "end")
	a.line("ADD %s<<2, %s", n, x)
	a.raise(m[1], a.loadQ(x, -16))
	a.label("end")
	a.raise(m[0], m[1])
	a.raise(m[2], m[3])
	a.raise(m[0], m[2])
	for _, by := range []int{8, 4} { // bytes that the other half is away
		other := a.vector()
		a.line("VEXT $%d, V%d.B16, V%d.B16, V%d.B16", by, m[0], m[0], other)
		a.raise(m[0], other)
	}
	a.result(s, m[0], "ret")
	a.ret()

	a = f.function("maximumN", "func(m, x *float32, n int)", "raises m[i] to x[i] where that is larger, for a multiple of 8 elements.")
	largest, x, n := a.load("m"), a.load("x"), a.load("n")
	a.loop("loop", 8, n, floats(largest, x), func() {
		for i := range 2 {
			v := a.loadQ(largest, 16*i)
			a.raise(v, a.loadQ(x, 16*i))
			a.storeQ(v, largest, 16*i)
		}
	})
	a.ret()
}

// affine writes the loops that scale in float64, and the one that multiplies
// with a number in two parts. affineN leaves what does not fill a vector to the
// caller.
func (f *file) affine() {
	a := f.function("affine1", "func(y, x *float32, n int, mean, a, b float64)", "writes (x[i]-mean)·a + b.")
	y, x, n := a.load("y"), a.load("x"), a.load("n")
	mean, factor, more := a.scalar(d, "mean"), a.scalar(d, "a"), a.scalar(d, "b")
	one := func(w vec) vec {
		z := a.copyOf(more)
		a.fmla(d, z, a.op("fsub", d, w, mean), factor)
		return z
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				w := a.wides(a.loadQ(x, 16*i))
				a.storeQ(a.narrows([2]vec{one(w[0]), one(w[1])}), y, 16*i)
			}
		}
	}
	a.loop("wide", 8, n, floats(x, y), step(2))
	a.loop("narrow", 4, n, floats(x, y), step(1))
	a.loop("rest", 1, n, floats(x, y), func() { a.storeS(a.narrow(one(a.wide(a.loadS(x, 0), false))), y, 0) })
	a.ret()

	a = f.function("affineN", "func(y, x *float32, n int, mean, a, b *float64)", "writes (x[i]-mean[i])·a[i] + b[i] for a multiple of 8 elements.")
	y, x, n = a.load("y"), a.load("x"), a.load("n")
	means, factors, mores := a.load("mean"), a.load("a"), a.load("b")
	a.loop("loop", 4, n, append(floats(x, y), pointer{means, 8}, pointer{factors, 8}, pointer{mores, 8}), func() {
		w := a.wides(a.loadQ(x, 0))
		for i := range w {
			z := a.loadQ(mores, 16*i)
			a.fmla(d, z, a.op("fsub", d, w[i], a.loadQ(means, 16*i)), a.loadQ(factors, 16*i))
			w[i] = z
		}
		a.storeQ(a.narrows(w), y, 0)
	})
	a.ret()

	a = f.function("scale", "func(y, x *float32, n int, a, low float32)", "writes x[i]·(a+low).")
	y, x, n = a.load("y"), a.load("x"), a.load("n")
	high, low := a.scalar(s, "a"), a.scalar(s, "low")
	a.elementwise([]gp{x}, y, n, func(in []vec) vec {
		z := a.op("fmul", s, in[0], low)
		a.fmla(s, z, in[0], high)
		return z
	})
}

// scaled writes the loops that bring a row to a common scale in float32: the
// factor is the sum of inv and low, and what is added, and exact differences,
// keep the error of a result below one unit in the last place of its factors.
func (f *file) scaled(bias bool) {
	name, more, doc, names := "normA", "a *float32", "writes ((x[i]-mean)·(inv+low) + add)·a[i]", []string{"x", "a"}
	if bias {
		name, more, doc, names = "normAB", "a, b *float32", doc+" + b[i]", []string{"x", "a", "b"}
	}
	a := f.function(name, "func(y, x *float32, n int, mean, inv, low, add float32, "+more+")", doc+".")
	y, n, operands := a.load("y"), a.load("n"), a.loads(names...)
	mean, inv, low, add := a.scalar(s, "mean"), a.scalar(s, "inv"), a.scalar(s, "low"), a.scalar(s, "add")
	a.elementwise(operands, y, n, func(in []vec) vec {
		x := a.op("fsub", s, in[0], mean)
		z := a.copyOf(add)
		a.fmla(s, z, x, low)
		a.fmla(s, z, x, inv)
		if !bias {
			return a.op("fmul", s, z, in[1])
		}
		a.fmla(s, in[2], z, in[1])
		return in[2]
	})
}

// exponential returns e^x for x ≤ 0, at least e^-700; NaN stays.
func (a *fn) exponential(x vec) vec { return a.exp(a.op("fmax", d, x, a.number(-700))) }

// exponentials writes the loops of softmax.
func (f *file) exponentials() {
	a := f.function("expTo", "func(y, x *float32, n int, m float64) float64", "writes e^(x[i]-m), where m is at least the largest, and returns the sum.")
	y, x, n, m := a.load("y"), a.load("x"), a.load("n"), a.scalar(d, "m")
	sums := [2]vec{a.none(), a.none()}
	a.loop("loop", 4, n, floats(x, y), func() {
		w := a.wides(a.loadQ(x, 0))
		for i := range w {
			w[i] = a.exponential(a.op("fsub", d, w[i], m))
			a.addTo(d, sums[i], w[i])
		}
		a.storeQ(a.narrows(w), y, 0)
	})
	a.loop("rest", 1, n, floats(x, y), func() {
		e := a.exponential(a.op("fsub", d, a.wide(a.loadS(x, 0), false), m))
		a.addTo(d, sums[1], a.first(e))
		a.storeS(a.narrow(e), y, 0)
	})
	a.addTo(d, sums[0], sums[1])
	a.result(d, a.total(sums[0]), "ret")
	a.ret()

	a = f.function("expN", "func(y, x *float32, n int, m, less, zeros *float64)",
		"writes e^(x[i]-m[i]), and adds it to less[i], or 1 to zeros[i] where x[i] is m[i], for a multiple of 8 elements.")
	y, x, n = a.load("y"), a.load("x"), a.load("n")
	ms, lesses, zeroses := a.load("m"), a.load("less"), a.load("zeros")
	none := a.none()
	a.loop("loop", 4, n, append(floats(x, y), pointer{ms, 8}, pointer{lesses, 8}, pointer{zeroses, 8}), func() {
		w := a.wides(a.loadQ(x, 0))
		for i := range w {
			t := a.op("fsub", d, w[i], a.loadQ(ms, 16*i))
			w[i] = a.exponential(t)
			count, others := a.split(t, w[i], none)
			a.storeQ(a.op("fadd", d, a.loadQ(lesses, 16*i), others), lesses, 16*i)
			a.storeQ(a.op("fadd", d, a.loadQ(zeroses, 16*i), count), zeroses, 16*i)
		}
		a.storeQ(a.narrows(w), y, 0)
	})
	a.ret()

	a = f.function("expSums", "func(x *float32, n int, m float64) (less, zeros float64)",
		"returns Σ e^(x[i]-m) over the x[i] that are not m, the largest, and the number of the others.")
	x, n, m = a.load("x"), a.load("n"), a.scalar(d, "m")
	none = a.none()
	less, zeros := [2]vec{a.none(), a.none()}, [2]vec{a.none(), a.none()}
	one := func(w vec) (count, others vec) {
		t := a.op("fsub", d, w, m)
		return a.split(t, a.exponential(t), none)
	}
	a.loop("loop", 4, n, floats(x), func() {
		for i, w := range a.wides(a.loadQ(x, 0)) {
			count, others := one(w)
			a.addTo(d, less[i], others)
			a.addTo(d, zeros[i], count)
		}
	})
	a.loop("rest", 1, n, floats(x), func() {
		count, others := one(a.wide(a.loadS(x, 0), false))
		a.addTo(d, less[1], a.first(others))
		a.addTo(d, zeros[1], a.first(count))
	})
	a.addTo(d, less[0], less[1])
	a.addTo(d, zeros[0], zeros[1])
	a.result(d, a.total(less[0]), "less")
	a.result(d, a.total(zeros[0]), "zeros")
	a.ret()
}

// split returns 1 where t is 0 and e where it is not, 0 elsewhere.
func (a *fn) split(t, e, none vec) (count, others vec) {
	same := a.op("fcmeq", d, t, none)
	count = a.bits("VAND", same, a.word(math.Float64bits(1)))
	others = a.copyOf(e)
	a.set(others, none, same)
	return count, others
}
