// Command gen writes the assembly of package vec.
package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	masks()
	for _, v := range []isa{
		{name: "AVX2", bytes: 32, vec: func() reg.VecVirtual { return YMM() }, half: func() reg.VecVirtual { return XMM() }},
		{name: "AVX512", bytes: 64, vec: func() reg.VecVirtual { return ZMM() }, half: func() reg.VecVirtual { return YMM() }},
	} {
		v.functions()
		if v.bytes == 64 {
			v.functions32()
		}
		v.arithmetic()
		v.sums()
		v.sumColumns()
		v.sumColumns4()
	}
	Generate()
}

// isa is a width of vectors.
type isa struct {
	name      string
	bytes     int
	vec, half func() reg.VecVirtual
}

func (v isa) ret() {
	VZEROUPPER()
	RET()
}

func (v isa) zero() reg.VecVirtual {
	x := v.vec()
	if v.bytes == 64 {
		VPXORQ(x, x, x)
	} else {
		VXORPS(x, x, x)
	}
	return x
}

// text starts a function.
func (v isa) text(name, signature, doc string) {
	name += v.name
	TEXT(name, NOSPLIT, signature)
	Doc(name + " " + doc)
	Pragma("noescape")
}

var maskTable Mem

// masks writes 16 words of ones and 16 of zeros: what starts n words before
// the zeros selects the first n elements.
func masks() {
	maskTable = GLOBL("masks", RODATA|NOPTR)
	for i := range 32 {
		w := U32(0)
		if i < 16 {
			w = U32(math.MaxUint32)
		}
		DATA(4*i, w)
	}
}

// mask loads the mask of the first n of words elements.
func mask(n reg.GPVirtual, m reg.VecVirtual) {
	base, at := GP64(), GP64()
	LEAQ(maskTable, base)
	MOVQ(n, at)
	NEGQ(at)
	VMOVUPS(Mem{Base: base, Index: at, Scale: 4, Disp: 64}, m)
}

var constants = map[string]Mem{}

// f64 is eight copies of a number in memory.
func f64(x float64) Mem { return bits(math.Float64bits(x)) }

// bits is eight copies of a word in memory.
func bits(x uint64) Mem {
	name := fmt.Sprintf("word_%016x", x)
	m, ok := constants[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range 8 {
			DATA(8*i, U64(x))
		}
		constants[name] = m
	}
	return m
}

// load returns a register with a constant.
func (v isa) load(x float64) reg.VecVirtual {
	r := v.vec()
	VMOVUPD(f64(x), r)
	return r
}

// poly returns c[0] + c[1] x + c[2] x² + …
func (v isa) poly(x reg.VecVirtual, c ...float64) reg.VecVirtual {
	y := v.load(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		VFMADD213PD(f64(c[i]), x, y)
	}
	return y
}

// copyOf returns a copy of a register.
func (v isa) copyOf(x reg.VecVirtual) reg.VecVirtual {
	y := v.vec()
	VMOVAPD(x, y)
	return y
}

// clamp brings x into [lo, hi]; NaN stays, for the second source (the first of
// the operands as Go writes them) wins.
func (v isa) clamp(x reg.VecVirtual, lo, hi float64) reg.VecVirtual {
	l, h := v.load(lo), v.load(hi)
	VMAXPD(x, l, l)
	VMINPD(l, h, h)
	return h
}

// where sets dst to x in the elements where a < b.
func (v isa) where(a reg.VecVirtual, b Op, x, dst reg.VecVirtual) {
	const lessThan = 0x11 // ordered, quiet
	if v.bytes == 64 {
		k := K()
		VCMPPD(U8(lessThan), b, a, k)
		VMOVAPD(x, k, dst)
		return
	}
	m := v.vec()
	VCMPPD(U8(lessThan), b, a, m)
	VBLENDVPD(m, x, dst, dst)
}

// exp returns e^x of x in [-700, 700] with a relative error below 2^-34: with
// k = round(x/ln 2), a polynomial for e^r, r = x - k ln 2, and k added to its
// exponent field.
func (v isa) exp(x reg.VecVirtual) reg.VecVirtual {
	const shift = 0x1.8p52 // adding it leaves an integer in the low bits
	k := v.load(1 / math.Ln2)
	VFMADD213PD(f64(shift), x, k)
	kd := v.vec()
	VSUBPD(f64(shift), k, kd)
	r := v.copyOf(x)
	VFNMADD231PD(f64(math.Ln2), kd, r)
	y := v.poly(r, 0.9999999999616823, 1.0000000002431124, 0.5000000104536017, 0.16666665126042618,
		0.041666225425702974, 0.00833356110563812, 0.0013948183323392223, 0.0001977516443096212)
	VPSLLQ(U8(52), k, k)
	VPADDQ(k, y, y)
	return y
}

// unary writes dst[i] = f(x[i]), in float64. The arguments after n are loaded
// by params, and f gets them.
func (v isa) unary(name, params, doc string, names []string, f func(x reg.VecVirtual, args []reg.VecVirtual) reg.VecVirtual) {
	v.text(name, "func(dst, x *float32, n int"+params+")", doc)
	dst, x, n := Load(Param("dst"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64()).(reg.GPVirtual)
	var args []reg.VecVirtual
	for _, p := range names {
		addr, err := Param(p).Resolve()
		if err != nil {
			panic(err)
		}
		r := v.vec()
		VBROADCASTSD(addr.Addr, r)
		args = append(args, r)
	}
	width := v.bytes / 8
	Label("loop")
	CMPQ(n, U32(width))
	JLT(LabelRef("rest"))
	w := v.vec()
	VCVTPS2PD(Mem{Base: x}, w)
	v.store(f(w, args), func(y reg.VecVirtual) { VMOVUPS(y, Mem{Base: dst}) })
	ADDQ(U32(4*width), x)
	ADDQ(U32(4*width), dst)
	SUBQ(U32(width), n)
	JMP(LabelRef("loop"))

	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("end"))
	m, part := v.half(), v.half()
	mask(n, m)
	VMASKMOVPS(Mem{Base: x}, m, part)
	w = v.vec()
	VCVTPS2PD(part, w)
	v.store(f(w, args), func(y reg.VecVirtual) { VMASKMOVPS(y, m, Mem{Base: dst}) })
	Label("end")
	v.ret()
}

// store rounds y to float32 and hands it to put.
func (v isa) store(y reg.VecVirtual, put func(reg.VecVirtual)) {
	h := v.half()
	if v.bytes == 64 {
		VCVTPD2PS(y, h)
	} else {
		VCVTPD2PSY(y, h)
	}
	put(h)
}
