// Command gen writes the assembly of package move.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	transpose()
	Generate()
}

// transpose writes the transposition of eight rows.
func transpose() {
	TEXT("transpose8AVX2", NOSPLIT, "func(dst *uint32, ds int, src *uint32, ss, n int)")
	Doc("transpose8AVX2 writes eight rows of 8·n elements (n > 0), ss bytes apart, as 8·n",
		"rows of eight, ds bytes apart.")
	Pragma("noescape")
	dst, ds := Load(Param("dst"), GP64()), Load(Param("ds"), GP64())
	src, ss := Load(Param("src"), GP64()), Load(Param("ss"), GP64())
	n := Load(Param("n"), GP64())
	ss3, ds3 := GP64(), GP64()
	LEAQ(Mem{Base: ss, Index: ss, Scale: 2}, ss3)
	LEAQ(Mem{Base: ds, Index: ds, Scale: 2}, ds3)
	at := func(base, stride, stride3 reg.Register, i int) Mem {
		switch i {
		case 0:
			return Mem{Base: base}
		case 3:
			return Mem{Base: base, Index: stride3, Scale: 1}
		}
		return Mem{Base: base, Index: stride, Scale: uint8(i)}
	}
	four := GP64()
	Label("loop")
	LEAQ(Mem{Base: src, Index: ss, Scale: 4}, four)
	var r [8]reg.VecVirtual
	for i := range r {
		r[i] = YMM()
		base := src
		if i >= 4 {
			base = four
		}
		VMOVUPS(at(base, ss, ss3, i%4), r[i])
	}
	var t [8]reg.VecVirtual
	for i := 0; i < 8; i += 2 {
		t[i], t[i+1] = YMM(), YMM()
		VUNPCKLPS(r[i+1], r[i], t[i])
		VUNPCKHPS(r[i+1], r[i], t[i+1])
	}
	// t[0], t[2]: columns 0 1 | 4 5 of rows 0 1 and 2 3; t[1], t[3]: 2 3 | 6 7.
	var u [8]reg.VecVirtual
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			u[i+2*j], u[i+2*j+1] = YMM(), YMM()
			VSHUFPS(U8(0x44), t[i+j+2], t[i+j], u[i+2*j])
			VSHUFPS(U8(0xEE), t[i+j+2], t[i+j], u[i+2*j+1])
		}
	}
	LEAQ(Mem{Base: dst, Index: ds, Scale: 4}, four)
	for i := range 4 {
		lo, hi := YMM(), YMM()
		VPERM2F128(U8(0x20), u[i+4], u[i], lo)
		VPERM2F128(U8(0x31), u[i+4], u[i], hi)
		VMOVUPS(lo, at(dst, ds, ds3, i))
		VMOVUPS(hi, at(four, ds, ds3, i))
	}
	ADDQ(U32(32), src)
	LEAQ(Mem{Base: dst, Index: ds, Scale: 8}, dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
