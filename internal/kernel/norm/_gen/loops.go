package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// distances sums distances to a pivot and their squares, in four vectors each.
func (v isa) distances() {
	v.text("distances", "func(x *float32, n int, pivot float64) (s, q float64)", "returns Σ (x[i]-pivot) and Σ (x[i]-pivot)².")
	x, n, pivot := param("x"), param("n"), v.spread("pivot")
	var s, q [4]reg.VecVirtual
	for i := range s {
		s[i], q[i] = v.zero(), v.zero()
	}
	add := func(i int, d reg.VecVirtual) {
		VADDPD(d, s[i], s[i])
		VFMADD231PD(d, d, q[i])
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				d := v.element(x, i*v.bytes/2)
				VSUBPD(pivot, d, d)
				add(i, d)
			}
		}
	}
	v.loop("wide", 4, n, map[reg.GPVirtual]int{x: 4}, step(4))
	v.loop("narrow", 1, n, map[reg.GPVirtual]int{x: 4}, step(1))
	TESTQ(n, n)
	JZ(LabelRef("end"))
	m := v.mask(n)
	d := v.part(x, m)
	VSUBPD(pivot, d, d)
	VANDPD(v.wide(m), d, d)
	add(1, d)
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

// apply writes the loops that bring elements to a common scale.
func (v isa) apply() {
	for _, o := range []struct {
		name, params, doc string
		vectors           []string // parameters of each element
		scalars           []string
		f                 func(w reg.VecVirtual, s []reg.VecVirtual) reg.VecVirtual                     // in float64
		g                 func(h reg.VecVirtual, p []reg.Register, m reg.VecVirtual) (y reg.VecVirtual) // in float32
	}{
		{
			name: "affine1", params: "mean, low, a, b float64", doc: "writes (x[i]-mean)·a + b.",
			scalars: []string{"mean", "low", "a", "b"},
			f: func(w reg.VecVirtual, s []reg.VecVirtual) reg.VecVirtual {
				VSUBPD(s[0], w, w)
				VSUBPD(s[1], w, w)
				VFMADD213PD(s[3], s[2], w)
				return w
			},
			g: func(h reg.VecVirtual, _ []reg.Register, _ reg.VecVirtual) reg.VecVirtual { return h },
		},
		{
			name: "normA", params: "mean, low, inv float64, a *float32", doc: "writes (x[i]-mean)·inv·a[i].",
			scalars: []string{"mean", "low", "inv"}, vectors: []string{"a"},
			f: normalized,
			g: func(h reg.VecVirtual, p []reg.Register, m reg.VecVirtual) reg.VecVirtual {
				VMULPS(v.words(p[0], m), h, h)
				return h
			},
		},
		{
			name: "normAB", params: "mean, low, inv float64, a, b *float32", doc: "writes (x[i]-mean)·inv·a[i] + b[i].",
			scalars: []string{"mean", "low", "inv"}, vectors: []string{"a", "b"},
			f: normalized,
			g: func(h reg.VecVirtual, p []reg.Register, m reg.VecVirtual) reg.VecVirtual {
				b := v.words(p[1], m)
				VFMADD231PS(v.words(p[0], m), h, b)
				return b
			},
		},
	} {
		v.text(o.name, "func(y, x *float32, n int, "+o.params+")", o.doc)
		y, x, n := param("y"), param("x"), param("n")
		pointers := map[reg.GPVirtual]int{x: 4, y: 4}
		var scalars []reg.VecVirtual
		for _, s := range o.scalars {
			scalars = append(scalars, v.spread(s))
		}
		var vectors []reg.Register
		for _, s := range o.vectors {
			p := param(s)
			vectors = append(vectors, p)
			pointers[p] = 4
		}
		v.loop("loop", 1, n, pointers, func() {
			h := v.round(o.f(v.element(x, 0), scalars))
			VMOVUPS(o.g(h, vectors, nil), Mem{Base: y})
		})
		TESTQ(n, n)
		JZ(LabelRef("end"))
		m := v.mask(n)
		h := v.round(o.f(v.part(x, m), scalars))
		VMASKMOVPS(o.g(h, vectors, m), m, Mem{Base: y})
		Label("end")
		v.ret()
	}
}

// normalized returns ((w-mean)-low)·inv.
func normalized(w reg.VecVirtual, s []reg.VecVirtual) reg.VecVirtual {
	VSUBPD(s[0], w, w)
	VSUBPD(s[1], w, w)
	VMULPD(s[2], w, w)
	return w
}

// words reads a half of float32s, those that m selects unless that is nil.
func (v isa) words(p reg.Register, m reg.VecVirtual) reg.VecVirtual {
	h := v.half()
	if m == nil {
		VMOVUPS(Mem{Base: p}, h)
	} else {
		VMASKMOVPS(Mem{Base: p}, m, h)
	}
	return h
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
