package main

func grid(f *file) {
	a := f.function("sums", "func(n int, dst, src *float32, offsets *int, taps int, weights *float32, bias, lo, hi float32)",
		"is sumsGo for 8·n elements, n > 0, and taps > 0; offsets are in bytes.")
	weights := a.load("weights")
	bias, lo, hi := a.scalar(s, "bias"), a.scalar(s, "lo"), a.scalar(s, "hi")
	a.overTaps(func() vec { return a.copyOf(bias) }, func(t, at gp, acc []vec) {
		w := a.vector()
		a.line("FMOVS (%s)(%s<<2), F%d", weights, t, w)
		for i, x := range acc {
			a.fmlaFirst(s, x, a.loadQ(at, 16*i), w)
		}
	}, func(x vec) vec { return a.op("fmin", s, a.op("fmax", s, x, lo), hi) }) // NaN stays

	a = f.function("maxima", "func(n int, dst, src *float32, offsets *int, taps int)",
		"is maximaGo for 8·n elements, n > 0, and taps > 0; offsets are in bytes.")
	least := a.word(0xFF800000FF800000) // -Inf
	a.overTaps(func() vec { return a.copyOf(least) }, func(t, at gp, acc []vec) {
		for i, x := range acc {
			a.move(x, a.op("fmax", s, x, a.loadQ(at, 16*i)))
		}
	}, func(x vec) vec { return x })

	a = f.function("everySecond", "func(n int, dst, src *float32)",
		"sets dst[i] to src[2·i] for 8·n elements, n > 0; it reads 16·n of src.")
	n, dst, src := a.load("n"), a.load("dst"), a.load("src")
	a.label("loop")
	var y [2]vec
	for i := range y {
		y[i] = a.ints("VUZP1", s, a.loadQ(src, 32*i), a.loadQ(src, 32*i+16))
	}
	a.storeQ(y[0], dst, 0)
	a.storeQ(y[1], dst, 16)
	a.add(src, 64)
	a.add(dst, 32)
	a.sub(n, 1)
	a.unlessZero(n, "loop")
	a.ret()
}

// overTaps writes a loop over the outputs, eight vectors at a time, then two,
// and in it one over the taps.
func (a *fn) overTaps(start func() vec, tap func(t, at gp, acc []vec), finish func(vec) vec) {
	n, dst, src, offsets, taps := a.load("n"), a.load("dst"), a.load("src"), a.load("offsets"), a.load("taps")
	t, at := a.register(), a.register()
	for _, v := range []struct {
		name   string
		blocks int
	}{{"wide", 4}, {"narrow", 1}} {
		a.loop(v.name, v.blocks, n, []pointer{{src, 32}, {dst, 32}}, func() {
			var acc []vec
			for range 2 * v.blocks {
				acc = append(acc, start())
			}
			a.zero(t)
			a.label(v.name + "Tap")
			a.line("MOVD (%s)(%s<<3), %s", offsets, t, at)
			a.add(at, src)
			tap(t, at, acc)
			a.add(t, 1)
			a.line("CMP %s, %s", taps, t)
			a.jump("BLT", v.name+"Tap")
			for i, x := range acc {
				a.storeQ(finish(x), dst, 16*i)
			}
		})
	}
	a.ret()
}
