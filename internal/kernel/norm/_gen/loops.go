package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// distances sums distances to a pivot and their squares, in four vectors each;
// sums does so with the elements themselves.
func (v isa) distances(pivoted bool) {
	if pivoted {
		v.text("distances", "func(x *float32, n int, pivot float64) (s, q float64)", "returns Σ (x[i]-pivot) and Σ (x[i]-pivot)².")
	} else {
		v.text("sums", "func(x *float32, n int) (s, q float64)", "returns Σ x[i] and Σ x[i]².")
	}
	x, n := param("x"), param("n")
	var pivot reg.VecVirtual
	if pivoted {
		pivot = v.spread("pivot")
	}
	var s, q [4]reg.VecVirtual
	for i := range s {
		s[i], q[i] = v.zero(), v.zero()
	}
	add := func(i int, d, mask reg.VecVirtual) {
		if pivoted {
			VSUBPD(pivot, d, d)
			if mask != nil {
				VANDPD(mask, d, d)
			}
		}
		VADDPD(d, s[i], s[i])
		VFMADD231PD(d, d, q[i])
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				add(i, v.element(x, i*v.bytes/2), nil)
			}
		}
	}
	v.loop("wide", 4, n, map[reg.GPVirtual]int{x: 4}, step(4))
	v.loop("narrow", 1, n, map[reg.GPVirtual]int{x: 4}, step(1))
	TESTQ(n, n)
	JZ(LabelRef("end"))
	m := v.mask(n)
	add(1, v.part(x, m), v.wide(m))
	Label("end")
	for i, a := range [][4]reg.VecVirtual{s, q} {
		VADDPD(a[1], a[0], a[0])
		VADDPD(a[3], a[2], a[2])
		VADDPD(a[2], a[0], a[0])
		Store(v.total(a[0]), ReturnIndex(i))
	}
	v.ret()
}

// maximum needs as many elements as a vector of float32 has, so that the last
// vector may overlap the one before.
func (v isa) maximum() {
	v.text("maximum", "func(x *float32, n int) float32", "returns the largest of at least 16 elements that are not NaN, -∞ if there is none.")
	x, n := param("x"), param("n")
	width := v.bytes / 4
	var acc [4]reg.VecVirtual
	for i := range acc {
		acc[i] = v.vec()
		VBROADCASTSS(minusInfinity(), acc[i])
	}
	// Where x is NaN the instruction returns its second source, written first.
	take := func(i, disp int) {
		w := v.vec()
		VMOVUPS(Mem{Base: x, Disp: disp}, w)
		VMAXPS(acc[i], w, acc[i])
	}
	Label("wide")
	CMPQ(n, U32(4*width))
	JLT(LabelRef("narrow"))
	for i := range 4 {
		take(i, i*v.bytes)
	}
	ADDQ(U32(4*v.bytes), x)
	SUBQ(U32(4*width), n)
	JMP(LabelRef("wide"))
	Label("narrow")
	CMPQ(n, U32(width))
	JLT(LabelRef("rest"))
	take(0, 0)
	ADDQ(U32(v.bytes), x)
	SUBQ(U32(width), n)
	JMP(LabelRef("narrow"))
	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("end"))
	LEAQ(Mem{Base: x, Index: n, Scale: 4, Disp: -v.bytes}, x)
	take(1, 0)
	Label("end")
	VMAXPS(acc[1], acc[0], acc[0])
	VMAXPS(acc[3], acc[2], acc[2])
	VMAXPS(acc[2], acc[0], acc[0])
	low, two, one := YMM(), XMM(), XMM()
	if v.bytes == 64 {
		high := YMM()
		VEXTRACTF64X4(U8(1), acc[0], high)
		VMOVAPD(acc[0].AsY(), low)
		VMAXPS(high, low, low)
	} else {
		VMOVAPD(acc[0], low)
	}
	VEXTRACTF128(U8(1), low, two)
	VMAXPS(two, low.AsX(), two)
	VPERMILPS(U8(0x4E), two, one)
	VMAXPS(one, two, two)
	VPERMILPS(U8(0xB1), two, one)
	VMAXPS(one, two, two)
	Store(two, ReturnIndex(0))
	v.ret()
}

var infinity *Mem

func minusInfinity() Mem {
	if infinity == nil {
		m := GLOBL("minusInfinity", RODATA|NOPTR)
		DATA(0, U32(math.Float32bits(float32(math.Inf(-1)))))
		infinity = &m
	}
	return *infinity
}

// affine1 writes the loop for one scale, in float64.
func (v isa) affine1(stream bool) {
	put := v.named("affine1", stream, "mean, a, b float64", "writes (x[i]-mean)·a + b")
	y, x, n := param("y"), param("x"), param("n")
	pointers := map[reg.GPVirtual]int{x: 4, y: 4}
	mean, a, b := v.spread("mean"), v.spread("a"), v.spread("b")
	f := func(w reg.VecVirtual) reg.VecVirtual {
		VSUBPD(mean, w, w)
		VFMADD213PD(b, a, w)
		return v.round(w)
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				put(f(v.element(x, i*v.bytes/2)), Mem{Base: y, Disp: i * v.bytes / 2})
			}
		}
	}
	v.loop("wide", 4, n, pointers, step(4))
	v.loop("narrow", 1, n, pointers, step(1))
	if !stream {
		TESTQ(n, n)
		JZ(LabelRef("end"))
		m := v.mask(n)
		VMASKMOVPS(f(v.part(x, m)), m, Mem{Base: y})
		Label("end")
	}
	v.ret()
}

// named starts a loop from x to y, and returns how it stores: past the cache if
// stream.
func (v isa) named(name string, stream bool, params, doc string) (put func(...Op)) {
	put = VMOVUPS
	if stream {
		name += "Stream"
		doc += fmt.Sprintf(" past the cache, for a multiple of %d elements and y at one of %d bytes", v.bytes/4, v.bytes)
		put = func(o ...Op) { VMOVNTPS(o[0], o[1]) }
	}
	v.text(name, "func(y, x *float32, n int, "+params+")", doc+".")
	return put
}

// scaled writes the loops that bring a row to a common scale in float32: the
// factor is the sum of inv and low, and what is added, and exact differences,
// keep the error of a result below one unit in the last place of its factors.
func (v isa) scaled(bias, stream bool) {
	name, more, doc := "normA", "a *float32", "writes ((x[i]-mean)·(inv+low) + add)·a[i]"
	if bias {
		name, more, doc = "normAB", "a, b *float32", doc+" + b[i]"
	}
	put := v.named(name, stream, "mean, inv, low, add float32, "+more, doc)
	y, x, n, a := param("y"), param("x"), param("n"), param("a")
	pointers := map[reg.GPVirtual]int{x: 4, y: 4, a: 4}
	var b reg.GPVirtual
	if bias {
		b = param("b")
		pointers[b] = 4
	}
	mean, inv, low, more1 := v.spread32("mean"), v.spread32("inv"), v.spread32("low"), v.spread32("add")
	f := func(d reg.VecVirtual, a, b Op) reg.VecVirtual {
		VSUBPS(mean, d, d)
		z := v.vec()
		VMOVAPS(more1, z)
		VFMADD231PS(low, d, z)
		VFMADD231PS(inv, d, z)
		if b == nil {
			VMULPS(a, z, z)
			return z
		}
		w := v.vec()
		VMOVUPS(b, w)
		VFMADD231PS(a, z, w)
		return w
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				d := v.vec()
				VMOVUPS(Mem{Base: x, Disp: i * v.bytes}, d)
				var shift Op
				if bias {
					shift = Mem{Base: b, Disp: i * v.bytes}
				}
				put(f(d, Mem{Base: a, Disp: i * v.bytes}, shift), Mem{Base: y, Disp: i * v.bytes})
			}
		}
	}
	v.loop32("wide", 4, n, pointers, step(4))
	v.loop32("narrow", 1, n, pointers, step(1))
	if !stream {
		TESTQ(n, n)
		JZ(LabelRef("end"))
		move := v.masked(n)
		d, scale := v.vec(), v.vec()
		move(Mem{Base: x}, d)
		move(Mem{Base: a}, scale)
		var shift Op
		if bias {
			r := v.vec()
			move(Mem{Base: b}, r)
			shift = r
		}
		move(f(d, scale, shift), Mem{Base: y})
		Label("end")
	}
	v.ret()
}

// affineN leaves what does not fill a vector to the caller.
func (v isa) affineN() {
	v.text("affineN", "func(y, x *float32, n int, mean, a, b *float64)", "writes (x[i]-mean[i])·a[i] + b[i] for a multiple of 8 elements.")
	y, x, n := param("y"), param("x"), param("n")
	mean, a, b := param("mean"), param("a"), param("b")
	v.loop("loop", 1, n, map[reg.GPVirtual]int{x: 4, y: 4, mean: 8, a: 8, b: 8}, func() {
		w, c := v.element(x, 0), v.vec()
		VSUBPD(Mem{Base: mean}, w, w)
		VMOVUPD(Mem{Base: b}, c)
		VFMADD231PD(Mem{Base: a}, w, c)
		VMOVUPS(v.round(c), Mem{Base: y})
	})
	v.ret()
}

// maximumN leaves what does not fill a vector to the caller.
func (v isa) maximumN() {
	v.text("maximumN", "func(m, x *float32, n int)", "raises m[i] to x[i] where that is larger, for a multiple of 8 elements.")
	m, x, n := param("m"), param("x"), param("n")
	v.loop("loop", 1, n, map[reg.GPVirtual]int{x: 4, m: 4}, func() {
		w, l := v.half(), v.half()
		VMOVUPS(Mem{Base: x}, w)
		VMOVUPS(Mem{Base: m}, l)
		VMAXPS(l, w, l)
		VMOVUPS(l, Mem{Base: m})
	})
	v.ret()
}
