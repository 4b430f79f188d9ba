package main

import "strings"

// half writes the loops of package half, over eight elements at a time.
func half(f *file) {
	widen := func(name string, convert func(a *fn, x vec, last bool) vec) {
		a := f.function(name, "func(n int, dst *float32, src *uint16)", "is "+title(name)+" for 8·n > 0 elements.")
		n, dst, src := a.load("n"), a.load("dst"), a.load("src")
		a.blocks(n, []pointer{{dst, 32}, {src, 16}}, func() {
			x := a.loadQ(src, 0)
			for i, last := range []bool{false, true} {
				a.storeQ(convert(a, x, last), dst, 16*i)
			}
		})
	}
	narrow := func(name string, convert func(a *fn, y, x vec, last bool)) {
		a := f.function(name, "func(n int, dst *uint16, src *float32)", "is "+title(name)+" for 8·n > 0 elements.")
		n, dst, src := a.load("n"), a.load("dst"), a.load("src")
		a.blocks(n, []pointer{{dst, 16}, {src, 32}}, func() {
			y := a.vector()
			for i, last := range []bool{false, true} {
				convert(a, y, a.loadQ(src, 16*i), last)
			}
			a.storeQ(y, dst, 0)
		})
	}
	widen("widen16", func(a *fn, x vec, last bool) vec {
		y := a.vector()
		a.longs(0x0E217800, "fcvtl v%d.4s, v%d.4h", last, y, x)
		return y
	})
	widen("widenB16", func(a *fn, x vec, last bool) vec {
		y := a.vector()
		a.longs(0x2E613800, "shll v%d.4s, v%d.4h, #16", last, y, x)
		return y
	})
	narrow("narrow16", func(a *fn, y, x vec, last bool) {
		a.longs(0x0E216800, "fcvtn v%d.4h, v%d.4s", last, y, x)
	})
	narrow("narrowB16", func(a *fn, y, x vec, last bool) {
		// Rounded to even by adding half of what is cut off, less one where the
		// last bit that stays is 0.
		top := a.shifted("VUSHR", s, x, 16)
		odd := a.bits("VAND", top, a.word(0x0000000100000001))
		t := a.ints("VADD", s, x, a.ints("VADD", s, odd, a.word(0x00007FFF00007FFF)))
		t = a.shifted("VUSHR", s, t, 16)
		a.unset(t, a.bits("VORR", top, a.word(0x0000004000000040)), a.op("fcmeq", s, x, x))
		a.longs(0x0E612800, "xtn v%d.4h, v%d.4s", last, y, t)
	})
}

// longs writes an instruction whose narrow elements, those of x or y, are the
// first or the last half of their vector.
func (a *fn) longs(code uint32, comment string, last bool, y, x vec) {
	narrow := "4h"
	if last {
		code, narrow = code|1<<30, "8h"
		comment = strings.Replace(comment, " ", "2 ", 1)
	}
	a.encoded(strings.Replace(comment, "4h", narrow, 1), func(r []int) uint32 { return code | uint32(r[1]<<5|r[0]) }, y, x)
}

// blocks runs body n > 0 times, moving the pointers on by their sizes, and ends
// the function.
func (a *fn) blocks(n gp, pointers []pointer, body func()) {
	a.label("loop")
	body()
	for _, p := range pointers {
		a.add(p.register, p.size)
	}
	a.sub(n, 1)
	a.unlessZero(n, "loop")
	a.ret()
}

// title is a name as others see it.
func title(name string) string { return string(name[0]-'a'+'A') + name[1:] }
