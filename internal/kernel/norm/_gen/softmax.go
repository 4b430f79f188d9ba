package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmax writes the softmax of rows, with AVX-512.
//
// The terms are those of exp32 without f: a factor that all terms of a row have
// is none of the quotients'. So nothing but k changes from row to row. Terms are added by
// fours in float32, and such sums in float64. Each step is done for a group of
// rows before the next, so that the processor need not wait for results of short
// rows.
func (v isa) softmax() {
	v.text("softmax", "func(y, x *float32, rows, n, group int) (done int)",
		"writes the softmax of each of the rows of n > 0 elements, which follow each other,",
		"up to the first whose largest element is NaN or beyond ±maxShift, and returns how many.",
		"A step is done for group, at most 8, of rows before the next.")
	toT, shift := f32(float32(1/math.Ln2)), f32(0x1.8p19)
	const ln2 = float32(math.Ln2)
	minusLn2, ln2low := f32(-ln2), f32(float32(float64(ln2)-math.Ln2))
	c2, c3, below := f32(0.5000162), f32(1./6), f32(200)
	tables := exp2Tables()
	high, low := ZMM(), ZMM()
	VMOVUPS(tables, high)
	VMOVUPS(tables.Offset(64), low)

	yRow, xRow, rows, n := param("y"), param("x"), param("rows"), param("n")
	x, y, left, tail := GP64(), GP64(), GP64(), GP64()
	largest := AllocLocal(4 * 8)
	totals := AllocLocal(8 * 8)
	done := GP64()
	XORQ(done, done)
	MOVQ(n, tail)
	ANDQ(U32(15), tail)
	k := first(tail)

	Label("group")
	some, row := GP64(), GP64() // rows of this group
	MOVQ(rows, some)
	SUBQ(done, some)
	{
		most := Load(Param("group"), GP64())
		CMPQ(some, most)
		CMOVQGT(most, some)
	}
	XORQ(row, row)
	MOVQ(xRow, x)
	Label("maxRow")
	{ // the largest
		acc := [4]reg.VecVirtual{ZMM(), ZMM(), ZMM(), ZMM()}
		for _, a := range acc {
			VBROADCASTSS(minusInfinity(), a)
		}
		MOVQ(n, left)
		pointers := map[reg.GPVirtual]int{x: 4}
		take := func(i int) func() {
			return func() {
				for j := range i {
					w := ZMM()
					VMOVUPS(Mem{Base: x, Disp: 64 * j}, w)
					VMAXPS(acc[j], w, acc[j]) // of NaN and a number the second source, written first
				}
			}
		}
		v.loop32("maxWide", 4, left, pointers, take(4))
		v.loop32("maxNarrow", 1, left, pointers, take(1))
		TESTQ(left, left)
		JZ(LabelRef("maxEnd"))
		w := ZMM()
		VBROADCASTSS(minusInfinity(), w)
		VMOVUPS(Mem{Base: x}, k, w)
		VMAXPS(acc[1], w, acc[1])
		LEAQ(Mem{Base: x, Index: tail, Scale: 4}, x)
		Label("maxEnd")
		VMAXPS(acc[1], acc[0], acc[0])
		VMAXPS(acc[3], acc[2], acc[2])
		VMAXPS(acc[2], acc[0], acc[0])
		half := YMM()
		VEXTRACTF64X4(U8(1), acc[0], half)
		VMAXPS(half, acc[0].AsY(), half)
		two, one := XMM(), XMM()
		VEXTRACTF128(U8(1), half, two)
		VMAXPS(two, half.AsX(), two)
		VPERMILPS(U8(0x4E), two, one)
		VMAXPS(one, two, two)
		VPERMILPS(U8(0xB1), two, one)
		VMAXPS(one, two, two)
		bits := GP32()
		VMOVD(two, bits)
		SHLL(U8(1), bits)
		CMPL(bits, U32(math.Float32bits(1<<15)<<1))
		JAE(LabelRef("maxStop"))
		VMOVSS(two, largest.Idx(row, 4))
		INCQ(row)
		CMPQ(row, some)
		JLT(LabelRef("maxRow"))
		JMP(LabelRef("exps"))
		Label("maxStop") // the rows before this one are left to do, and no others
		MOVQ(row, some)
		MOVQ(done, rows)
		ADDQ(row, rows)
		TESTQ(row, row)
		JZ(LabelRef("end"))
	}

	Label("exps")
	XORQ(row, row)
	MOVQ(xRow, x)
	MOVQ(yRow, y)
	Label("expRow")
	least, whole := ZMM(), ZMM() // m-200, and the whole powers of two of e^m
	VBROADCASTSS(largest.Idx(row, 4), least)
	VMULPS(toT, least, whole)
	VRNDSCALEPS(U8(1), whole, whole)
	VSUBPS(below, least, least)
	sums := [2]reg.VecVirtual{v.zero(), v.zero()}
	of := func(a reg.VecVirtual) reg.VecVirtual {
		r, s, t, p, q, h, l := ZMM(), ZMM(), ZMM(), ZMM(), ZMM(), ZMM(), ZMM()
		VMAXPS(a, least, r) // NaN stays
		VMOVAPS(shift, s)
		VFMADD231PS(toT, r, s)
		VSUBPS(shift, s, t)
		VFMADD231PS(minusLn2, t, r)
		VFMADD231PS(ln2low, t, r)
		VSUBPS(whole, t, t)
		VMOVAPS(c2, p)
		VFMADD231PS(c3, r, p)
		VMULPS(r, r, q)
		VFMADD213PS(r, p, q) // r + r²·p
		VPERMPS(high, s, h)
		VPERMPS(low, s, l)
		VFMADD231PS(q, h, l)
		VADDPS(l, h, h)
		VSCALEFPS(t, h, h)
		return h
	}
	add := func(e reg.VecVirtual) {
		for i, s := range sums {
			w, h := ZMM(), e.AsY()
			if i == 1 {
				h = YMM()
				VEXTRACTF32X8(U8(1), e, h)
			}
			VCVTPS2PD(h, w)
			VADDPD(w, s, s)
		}
	}
	MOVQ(n, left)
	pointers := map[reg.GPVirtual]int{x: 4, y: 4}
	exps := func(vectors int) func() {
		return func() {
			var e [4]reg.VecVirtual
			for i := range vectors {
				a := ZMM()
				VMOVUPS(Mem{Base: x, Disp: 64 * i}, a)
				e[i] = of(a)
				VMOVUPS(e[i], Mem{Base: y, Disp: 64 * i})
				if i%2 == 1 {
					VADDPS(e[i], e[i-1], e[i-1])
				}
			}
			if vectors == 4 {
				VADDPS(e[2], e[0], e[0])
			}
			add(e[0])
		}
	}
	v.loop32("expWide", 4, left, pointers, exps(4))
	v.loop32("expNarrow", 1, left, pointers, exps(1))
	TESTQ(left, left)
	JZ(LabelRef("expEnd"))
	a, part := ZMM(), ZMM()
	VMOVUPS_Z(Mem{Base: x}, k, a)
	a = of(a)
	VMOVUPS(a, k, Mem{Base: y})
	VMOVAPS_Z(a, k, part)
	add(part)
	LEAQ(Mem{Base: x, Index: tail, Scale: 4}, x)
	LEAQ(Mem{Base: y, Index: tail, Scale: 4}, y)
	Label("expEnd")
	VADDPD(sums[1], sums[0], sums[0])
	VMOVSD(v.total(sums[0]), totals.Idx(row, 8))
	INCQ(row)
	CMPQ(row, some)
	JLT(LabelRef("expRow"))
	MOVQ(x, xRow)

	XORQ(row, row)
	MOVQ(yRow, y)
	Label("scaleRow")
	// The inverse of the sum in two parts.
	one, inv, back := XMM(), XMM(), XMM()
	VMOVSD(f64(1), one)
	VDIVSD(totals.Idx(row, 8), one, one)
	VCVTSD2SS(one, one, inv)
	VCVTSS2SD(inv, inv, back)
	VSUBSD(back, one, one)
	VCVTSD2SS(one, one, one)
	f, g := ZMM(), ZMM()
	VBROADCASTSS(inv, f)
	VBROADCASTSS(one, g)
	MOVQ(n, left)
	scaled := func(a reg.VecVirtual) reg.VecVirtual {
		b := ZMM()
		VMULPS(g, a, b)
		VFMADD231PS(f, a, b)
		return b
	}
	scale := func(vectors int) func() {
		return func() {
			for i := range vectors {
				a := ZMM()
				VMOVUPS(Mem{Base: y, Disp: 64 * i}, a)
				VMOVUPS(scaled(a), Mem{Base: y, Disp: 64 * i})
			}
		}
	}
	v.loop32("scaleWide", 4, left, map[reg.GPVirtual]int{y: 4}, scale(4))
	v.loop32("scaleNarrow", 1, left, map[reg.GPVirtual]int{y: 4}, scale(1))
	TESTQ(left, left)
	JZ(LabelRef("scaleEnd"))
	a = ZMM()
	VMOVUPS_Z(Mem{Base: y}, k, a)
	VMOVUPS(scaled(a), k, Mem{Base: y})
	LEAQ(Mem{Base: y, Index: tail, Scale: 4}, y)
	Label("scaleEnd")
	INCQ(row)
	CMPQ(row, some)
	JLT(LabelRef("scaleRow"))
	MOVQ(y, yRow)
	ADDQ(some, done)
	CMPQ(done, rows)
	JLT(LabelRef("group"))
	Label("end")
	Store(done, ReturnIndex(0))
	v.ret()
}

// exp2Tables holds 2^(i/16), i from 0 to 15, as float32s, and what they lack.
func exp2Tables() Mem {
	m := GLOBL("exp2Parts", RODATA|NOPTR)
	for part := range 2 {
		for i := range 16 {
			x := math.Exp2(float64(i) / 16)
			f := float32(x)
			if part == 1 {
				f = float32(x - float64(f))
			}
			DATA(64*part+4*i, U32(math.Float32bits(f)))
		}
	}
	return m
}
