package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exp32 computes e^(x-m) of float32s in float32, for all x and one m, with
// AVX-512.
//
// With t the multiple of 1/16 next to x/ln 2, and r = x - t·ln 2, it is 2^t·e^r
// times e^-m = 2^-k·f: whole powers of two go to the exponent, and what is left
// of them, times f, is a table of 16 numbers in two parts, which fits two
// registers. The first part of r is exact, |r| ≤ ln 2/32, and q = e^r - 1 has
// two terms more than r. The result, still in two parts, is the table's number
// and less than 1/40 of it, so that its error is below 2^-29 before it is
// rounded.
type exp32 struct {
	high, low                       reg.VecVirtual // table
	toT, shift, ln2, ln2low, c2, c3 reg.VecVirtual
	least                           reg.VecVirtual // m-200: what is less counts as that
	k                               reg.VecVirtual
}

var table16 *Mem

func exp2Table() Mem {
	if table16 == nil {
		m := GLOBL("exp2Table", RODATA|NOPTR)
		for i := range 16 {
			DATA(8*i, U64(math.Float64bits(math.Exp2(float64(i)/16))))
		}
		table16 = &m
	}
	return *table16
}

var words = map[uint32]Mem{}

func f32(x float32) reg.VecVirtual {
	b := math.Float32bits(x)
	m, ok := words[b]
	if !ok {
		m = ConstData(fmt.Sprintf("f32_%08x", b), U32(b))
		words[b] = m
	}
	r := ZMM()
	VBROADCASTSS(m, r)
	return r
}

// newExp32 loads the constants. f and k are such that e^-m is f·2^-k.
func newExp32() *exp32 {
	const ln2 = float32(math.Ln2)
	e := &exp32{
		high: ZMM(), low: ZMM(),
		toT: f32(float32(1 / math.Ln2)), shift: f32(0x1.8p19), // of which the last bit is 1/16
		ln2: f32(-ln2), ln2low: f32(float32(float64(ln2) - math.Ln2)),
		c2: f32(0.5000162), c3: f32(1. / 6),
	}
	v := isa{name: "AVX512", bytes: 64, vec: func() reg.VecVirtual { return ZMM() }, half: func() reg.VecVirtual { return YMM() }}
	f := v.spread("f")
	var high, low [2]reg.VecVirtual
	for i := range high {
		w, back := ZMM(), ZMM()
		VMULPD(exp2Table().Offset(64*i), f, w)
		high[i], low[i] = YMM(), YMM()
		VCVTPD2PS(w, high[i])
		VCVTPS2PD(high[i], back)
		VSUBPD(back, w, w)
		VCVTPD2PS(w, low[i])
	}
	VINSERTF32X8(U8(1), high[1], high[0].AsZ(), e.high)
	VINSERTF32X8(U8(1), low[1], low[0].AsZ(), e.low)
	e.least, e.k = v.spread32("least"), v.spread32("k")
	return e
}

// of returns the table's number and the rest of e^(x-m)·2^(k-t), and t-k, to
// which both are to be scaled.
func (e *exp32) of(x reg.VecVirtual) (high, low, t reg.VecVirtual) {
	s, r, p := ZMM(), ZMM(), ZMM()
	VMAXPS(x, e.least, r) // NaN stays
	VMOVAPS(e.shift, s)
	VFMADD231PS(e.toT, r, s)
	t = ZMM()
	VSUBPS(e.shift, s, t)
	VFMADD231PS(e.ln2, t, r)
	VFMADD231PS(e.ln2low, t, r)
	VMOVAPS(e.c2, p)
	VFMADD231PS(e.c3, r, p)
	q := ZMM()
	VMULPS(r, r, q)
	VFMADD213PS(r, p, q) // r + r²·p
	high, low = ZMM(), ZMM()
	VPERMPS(e.high, s, high)
	VPERMPS(e.low, s, low)
	VFMADD231PS(q, high, low)
	VSUBPS(e.k, t, t)
	return high, low, t
}

// sum32 is a sum of numbers of at most 4 in two parts: the first starts at 4, so
// that it is always the larger.
type sum32 struct{ large, small reg.VecVirtual }

func newSum32() sum32 {
	s := sum32{f32(4), ZMM()}
	VPXORD(s.small, s.small, s.small)
	return s
}

// add adds x.
func (s sum32) add(x reg.VecVirtual) {
	t, d := ZMM(), ZMM()
	VADDPS(x, s.large, t)
	VSUBPS(s.large, t, d)
	VSUBPS(d, x, d)
	VMOVAPS(t, s.large)
	VADDPS(d, s.small, s.small)
}

// total returns the sum in float64.
func (v isa) sum32(sums ...sum32) reg.VecVirtual {
	all := v.zero()
	VADDPS(sums[1].small, sums[0].small, sums[0].small)
	for _, s := range sums {
		VSUBPS(f32(4), s.large, s.large) // exact: both are multiples of the last bit of 4
		for _, part := range []reg.VecVirtual{s.large, s.small} {
			if part == sums[1].small {
				continue
			}
			low, high, half := ZMM(), ZMM(), YMM()
			VCVTPS2PD(part.AsY(), low)
			VEXTRACTF32X8(U8(1), part, half)
			VCVTPS2PD(half, high)
			VADDPD(low, all, all)
			VADDPD(high, all, all)
		}
	}
	return v.total(all)
}

// exponentials writes the loops of exp32.
func (v isa) exponentials() {
	v.text("expTo32", "func(y, x *float32, n int, f float64, least, k float32) float64",
		"writes e^(x[i]-m), at most 2, and returns the sum. e^-m is f·2^-k; least is m-200.")
	y, x, n := param("y"), param("x"), param("n")
	e := newExp32()
	sums := []sum32{newSum32(), newSum32()}
	one := func(x reg.VecVirtual) reg.VecVirtual {
		high, low, t := e.of(x)
		VADDPS(low, high, high)
		VSCALEFPS(t, high, high)
		return high
	}
	step := func(i int) reg.VecVirtual {
		d := ZMM()
		VMOVUPS(Mem{Base: x, Disp: 64 * i}, d)
		d = one(d)
		VMOVUPS(d, Mem{Base: y, Disp: 64 * i})
		return d
	}
	v.loop32("wide", 4, n, map[reg.GPVirtual]int{x: 4, y: 4}, func() {
		for i := range 2 { // in pairs: a rounding for each costs less than two parts
			a, b := step(2*i), step(2*i+1)
			VADDPS(b, a, a)
			sums[i].add(a)
		}
	})
	v.loop32("narrow", 1, n, map[reg.GPVirtual]int{x: 4, y: 4}, func() { sums[0].add(step(0)) })
	TESTQ(n, n)
	JZ(LabelRef("end"))
	k := first(n)
	d, some := ZMM(), ZMM()
	VMOVUPS_Z(Mem{Base: x}, k, d)
	d = one(d)
	VMOVUPS(d, k, Mem{Base: y})
	VMOVAPS_Z(d, k, some)
	sums[1].add(some)
	Label("end")
	Store(v.sum32(sums...), ReturnIndex(0))
	v.ret()

	v.text("expSums32", "func(x *float32, n int, f float64, least, k, m float32) (less float64, zeros int)",
		"returns Σ e^(x[i]-m) over the x[i] that are not m, the largest, and the number of the others. e^-m is f·2^-k; least is m-200.")
	x, n = param("x"), param("n")
	e = newExp32()
	m := v.spread32("m")
	sums = []sum32{newSum32(), newSum32()}
	zeros := GP64()
	XORQ(zeros, zeros)
	add := func(d reg.VecVirtual, only reg.OpmaskVirtual, s sum32) {
		const equal, notEqual = 0, 4 // ordered; or unordered
		same, others, count := K(), K(), GP32()
		if only == nil {
			VCMPPS(U8(equal), m, d, same)
			VCMPPS(U8(notEqual), m, d, others)
		} else {
			VCMPPS(U8(equal), m, d, only, same)
			VCMPPS(U8(notEqual), m, d, only, others)
		}
		KMOVW(same, count)
		POPCNTL(count, count)
		ADDQ(count.As64(), zeros)
		high, low, t := e.of(d)
		VSCALEFPS_Z(t, high, others, high)
		VSCALEFPS_Z(t, low, others, low)
		s.add(high)
		VADDPS(low, s.small, s.small)
	}
	v.loop32("wide", 2, n, map[reg.GPVirtual]int{x: 4}, func() {
		for i := range 2 {
			d := ZMM()
			VMOVUPS(Mem{Base: x, Disp: 64 * i}, d)
			add(d, nil, sums[i])
		}
	})
	TESTQ(n, n)
	JZ(LabelRef("end"))
	for i := range 2 { // up to two vectors are left
		some := GP64()
		MOVQ(n, some)
		CMPQ(some, U32(16))
		JLE(LabelRef([]string{"last0", "last1"}[i]))
		MOVQ(U32(16), some)
		Label([]string{"last0", "last1"}[i])
		k := first(some)
		d := ZMM()
		VMOVUPS_Z(Mem{Base: x}, k, d)
		add(d, k, sums[i])
		ADDQ(U32(64), x)
		SUBQ(some, n)
		JZ(LabelRef("end"))
	}
	Label("end")
	Store(v.sum32(sums...), ReturnIndex(0))
	Store(zeros, ReturnIndex(1))
	v.ret()
}

// first returns the mask of the first n lanes.
func first(n reg.GPVirtual) reg.OpmaskVirtual {
	bits, k := GP64(), K()
	MOVQ(I32(-1), bits)
	BZHIQ(n, bits, bits)
	KMOVW(bits.As32(), k)
	return k
}

// scale writes the loop that multiplies with a number in two parts.
func (v isa) scale() {
	v.text("scale", "func(y, x *float32, n int, a, low float32)", "writes x[i]·(a+low).")
	y, x, n := param("y"), param("x"), param("n")
	a, low := v.spread32("a"), v.spread32("low")
	f := func(d reg.VecVirtual) reg.VecVirtual {
		t := v.vec()
		VMULPS(low, d, t)
		VFMADD231PS(a, d, t)
		return t
	}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				d := v.vec()
				VMOVUPS(Mem{Base: x, Disp: i * v.bytes}, d)
				VMOVUPS(f(d), Mem{Base: y, Disp: i * v.bytes})
			}
		}
	}
	pointers := map[reg.GPVirtual]int{x: 4, y: 4}
	v.loop32("wide", 4, n, pointers, step(4))
	v.loop32("narrow", 1, n, pointers, step(1))
	TESTQ(n, n)
	JZ(LabelRef("end"))
	move := v.masked(n)
	d := v.vec()
	move(Mem{Base: x}, d)
	move(f(d), Mem{Base: y})
	Label("end")
	v.ret()
}
