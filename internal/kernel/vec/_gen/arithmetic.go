package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// loop is four vectors at once, then one, then the rest under a mask. body gets
// the operands of one vector and returns the result.
func (v isa) loop(operands []reg.GPVirtual, dst, n reg.GPVirtual, body func(in []reg.VecVirtual) reg.VecVirtual) {
	width := v.bytes / 4
	step := func(vectors int) {
		for i := range vectors {
			var in []reg.VecVirtual
			for _, p := range operands {
				r := v.vec()
				VMOVUPS(Mem{Base: p, Disp: i * v.bytes}, r)
				in = append(in, r)
			}
			VMOVUPS(body(in), Mem{Base: dst, Disp: i * v.bytes})
		}
		for _, p := range append(operands, dst) {
			ADDQ(U32(vectors*v.bytes), p)
		}
		SUBQ(U32(vectors*width), n)
	}
	Label("wide")
	CMPQ(n, U32(4*width))
	JLT(LabelRef("narrow"))
	step(4)
	JMP(LabelRef("wide"))
	Label("narrow")
	CMPQ(n, U32(width))
	JLT(LabelRef("rest"))
	step(1)
	JMP(LabelRef("narrow"))
	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("end"))
	var in []reg.VecVirtual
	put := v.masked(n)
	for _, p := range operands {
		r := v.vec()
		put(Mem{Base: p}, r)
		in = append(in, r)
	}
	put(body(in), Mem{Base: dst})
	Label("end")
	v.ret()
}

// masked returns the move of the first n elements of a vector from or to
// memory; elements that are not loaded are 0.
func (v isa) masked(n reg.GPVirtual) func(from, to Op) {
	if v.bytes == 64 {
		bits, count, k := GP64(), GP64(), K()
		MOVQ(I32(-1), bits)
		MOVQ(n, count)
		BZHIQ(count, bits, bits)
		KMOVW(bits.As32(), k)
		return func(from, to Op) {
			if _, ok := to.(Mem); ok {
				VMOVUPS(from, k, to)
			} else {
				VMOVUPS_Z(from, k, to)
			}
		}
	}
	m := v.vec()
	mask(n, m)
	return func(from, to Op) { VMASKMOVPS(from, m, to) }
}

// params loads the pointers.
func params(names ...string) []reg.GPVirtual {
	var r []reg.GPVirtual
	for _, p := range names {
		r = append(r, Load(Param(p), GP64()).(reg.GPVirtual))
	}
	return r
}

// scalar broadcasts a float32 parameter.
func (v isa) scalar(name string) reg.VecVirtual {
	addr, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.vec()
	VBROADCASTSS(addr.Addr, r)
	return r
}

// pick sets dst to x where the comparison of a with b holds.
func (v isa) pick(predicate int, b, a, x, dst reg.VecVirtual) {
	if v.bytes == 64 {
		k := K()
		VCMPPS(U8(predicate), b, a, k)
		VMOVAPS(x, k, dst)
		return
	}
	m := v.vec()
	VCMPPS(U8(predicate), b, a, m)
	VBLENDVPS(m, x, dst, dst)
}

const (
	unordered = 0x03
	lessThan  = 0x11
)

func (v isa) arithmetic() {
	simple := func(f func(...Op)) func(a, b reg.VecVirtual) reg.VecVirtual {
		return func(a, b reg.VecVirtual) reg.VecVirtual {
			y := v.vec()
			f(b, a, y)
			return y
		}
	}
	// VMAXPS and VMINPS return their second source where one is NaN or both
	// are zeros: a here, and a NaN in b is put in by hand.
	extreme := func(f func(...Op)) func(a, b reg.VecVirtual) reg.VecVirtual {
		return func(a, b reg.VecVirtual) reg.VecVirtual {
			y := v.vec()
			f(a, b, y)
			v.pick(unordered, b, b, b, y)
			return y
		}
	}
	for _, o := range []struct {
		name, doc string
		f         func(a, b reg.VecVirtual) reg.VecVirtual
		sv        bool
	}{
		{"add", "a + b", simple(VADDPS), false},
		{"sub", "a - b", simple(VSUBPS), true},
		{"mul", "a × b", simple(VMULPS), false},
		{"div", "a / b", simple(VDIVPS), true},
		{"max", "the larger of a and b, NaN where one is", extreme(VMAXPS), false},
		{"min", "the smaller of a and b, NaN where one is", extreme(VMINPS), false},
	} {
		v.text(o.name+"VV", "func(dst, a, b *float32, n int)", "writes "+o.doc+".")
		p := params("dst", "a", "b", "n")
		v.loop(p[1:3], p[0], p[3], func(in []reg.VecVirtual) reg.VecVirtual { return o.f(in[0], in[1]) })

		v.text(o.name+"VS", "func(dst, a *float32, b float32, n int)", "writes "+o.doc+".")
		p = params("dst", "a", "n")
		s := v.scalar("b")
		v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual { return o.f(in[0], s) })

		if o.sv {
			v.text(o.name+"SV", "func(dst *float32, a float32, b *float32, n int)", "writes "+o.doc+".")
			p = params("dst", "b", "n")
			s = v.scalar("a")
			v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual { return o.f(s, in[0]) })
		}
	}

	v.text("clip", "func(dst, x *float32, n int, lo, hi float32)", "writes min(max(x, lo), hi); NaN stays.")
	p := params("dst", "x", "n")
	lo, hi := v.scalar("lo"), v.scalar("hi")
	v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
		y := v.vec()
		VMAXPS(in[0], lo, y)
		VMINPS(y, hi, y)
		return y
	})

	v.text("leakyRelu", "func(dst, x *float32, n int, alpha float32)", "writes x where x ≥ 0, alpha x elsewhere.")
	p = params("dst", "x", "n")
	alpha := v.scalar("alpha")
	zero := v.zero()
	v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
		y := v.vec()
		VMULPS(in[0], alpha, y)
		v.pick(lessThan, zero, in[0], y, in[0])
		return in[0]
	})

	v.text("hardSwish", "func(dst, x *float32, n int, sixth, half, three float32)", "writes x where x ≥ 3, 0 where x ≤ -3, x (x/6 + ½) between.")
	p = params("dst", "x", "n")
	sixth, half, three := v.scalar("sixth"), v.scalar("half"), v.scalar("three")
	zero = v.zero()
	minus := v.vec()
	VSUBPS(three, zero, minus)
	v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
		y := v.vec()
		VMULPS(in[0], sixth, y)
		VADDPS(half, y, y)
		VMULPS(in[0], y, y)
		const atLeast, atMost = 0x1D, 0x12
		v.pick(atLeast, three, in[0], in[0], y)
		v.pick(atMost, minus, in[0], zero, y)
		return y
	})

	v.text("hardSigmoid", "func(dst, x *float32, n int, alpha, beta, one float32)", "writes max(0, min(1, alpha x + beta)).")
	p = params("dst", "x", "n")
	alpha, beta, one := v.scalar("alpha"), v.scalar("beta"), v.scalar("one")
	zero = v.zero()
	v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
		y := v.vec()
		VMULPS(in[0], alpha, y)
		VADDPS(beta, y, y)
		VMAXPS(y, zero, y)
		VMINPS(y, one, y)
		return y
	})

	const down, up, even = 0x09, 0x0A, 0x08 // without the flag of inexact results
	for _, o := range []struct {
		name, doc string
		mode      U8
	}{
		{"floor", "rounds down.", down},
		{"ceil", "rounds up.", up},
		{"round", "rounds to the nearest integer, halves to the even one.", even},
	} {
		v.text(o.name, "func(dst, x *float32, n int)", o.doc)
		p = params("dst", "x", "n")
		v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
			y := v.vec()
			if v.bytes == 64 {
				VRNDSCALEPS(o.mode, in[0], y)
			} else {
				VROUNDPS(o.mode, in[0], y)
			}
			return y
		})
	}

	signs := bits(0x8000000080000000)
	v.text("neg", "func(dst, x *float32, n int)", "writes -x.")
	p = params("dst", "x", "n")
	v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
		y := v.vec()
		VXORPS(signs, in[0], y)
		return y
	})
	v.text("abs", "func(dst, x *float32, n int)", "writes |x|.")
	p = params("dst", "x", "n")
	v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
		y := v.vec()
		VANDPS(bits(0x7FFFFFFF7FFFFFFF), in[0], y)
		return y
	})

	v.text("sqrt", "func(dst, x *float32, n int)", "writes the square root.")
	p = params("dst", "x", "n")
	v.loop(p[1:2], p[0], p[2], func(in []reg.VecVirtual) reg.VecVirtual {
		y := v.vec()
		VSQRTPS(in[0], y)
		return y
	})
}
