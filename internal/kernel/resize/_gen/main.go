// Command gen writes the assembly of package resize.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func main() {
	ConstraintExpr("!noasm")
	double()
	Generate()
}

// double writes the copy of elements of four bytes to squares of four. The last
// vector of a row overlaps the one before.
func double() {
	TEXT("doubleAVX2", NOSPLIT, "func(rows int, dst, src *uint32, n int)")
	Doc("doubleAVX2 is doubleGo for n ≥ 8 and rows > 0.")
	Pragma("noescape")
	rows := Load(Param("rows"), GP64())
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n := Load(Param("n"), GP64())
	below, last, i := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: n, Disp: -8}, last)
	Label("row")
	LEAQ(Mem{Base: dst, Index: n, Scale: 8}, below)
	XORQ(i, i)
	Label("loop")
	CMPQ(i, last)
	CMOVQGT(last, i)
	for h := range 2 {
		x := YMM()
		VPMOVZXDQ(Mem{Base: src, Index: i, Scale: 4, Disp: 16 * h}, x)
		VPSHUFD(U8(0xA0), x, x)
		VMOVDQU(x, Mem{Base: dst, Index: i, Scale: 8, Disp: 32 * h})
		VMOVDQU(x, Mem{Base: below, Index: i, Scale: 8, Disp: 32 * h})
	}
	ADDQ(U32(8), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	LEAQ(Mem{Base: src, Index: n, Scale: 4}, src)
	LEAQ(Mem{Base: below, Index: n, Scale: 8}, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
