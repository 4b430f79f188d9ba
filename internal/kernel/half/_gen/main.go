// Command gen writes the assembly of package half.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	loop("widen16", "func(n int, dst *float32, src *uint16)", "is Widen16 for 8·n > 0 elements.", 32, 16, func(src, dst Mem) {
		x := YMM()
		VCVTPH2PS(src, x)
		VMOVUPS(x, dst)
	})
	loop("narrow16", "func(n int, dst *uint16, src *float32)", "is Narrow16 for 8·n > 0 elements.", 16, 32, func(src, dst Mem) {
		x := YMM()
		VMOVUPS(src, x)
		VCVTPS2PH(U8(0), x, dst)
	})
	loop("widenB16", "func(n int, dst *float32, src *uint16)", "is WidenB16 for 8·n > 0 elements.", 32, 16, func(src, dst Mem) {
		x := YMM()
		VPMOVZXWD(src, x)
		VPSLLD(U8(16), x, x)
		VMOVUPS(x, dst)
	})
	narrowB16()
	Generate()
}

func param(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// loop writes a loop over eight elements at a time; dst and src move on by so
// many bytes.
func loop(name, signature, doc string, dstStep, srcStep uint32, body func(src, dst Mem)) {
	name += "AVX2"
	TEXT(name, NOSPLIT, signature)
	Doc(name + " " + doc)
	Pragma("noescape")
	n, dst, src := param("n"), param("dst"), param("src")
	Label("loop")
	body(Mem{Base: src}, Mem{Base: dst})
	ADDQ(U32(srcStep), src)
	ADDQ(U32(dstStep), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// spread sets all lanes to a constant.
func spread(v uint32) reg.VecVirtual {
	g, x := GP32(), XMM()
	MOVL(U32(v), g)
	VMOVD(g, x)
	y := YMM()
	VPBROADCASTD(x, y)
	return y
}

// narrowB16 rounds to even by adding half of what is cut off, less one where
// the last bit that stays is 0.
func narrowB16() {
	TEXT("narrowB16AVX2", NOSPLIT, "func(n int, dst *uint16, src *float32)")
	Doc("narrowB16AVX2 is NarrowB16 for 8·n > 0 elements.")
	Pragma("noescape")
	n, dst, src := param("n"), param("dst"), param("src")
	abs, inf, half, one, quiet := spread(0x7FFFFFFF), spread(0x7F800000), spread(0x7FFF), spread(1), spread(0x40)
	Label("loop")
	x, top, t, nan := YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: src}, x)
	VPSRLD(U8(16), x, top)
	VPAND(abs, x, nan)
	VPCMPGTD(inf, nan, nan)
	VPAND(one, top, t)
	VPADDD(half, t, t)
	VPADDD(x, t, t)
	VPSRLD(U8(16), t, t)
	VPOR(quiet, top, top)
	VPBLENDVB(nan, top, t, t)
	low := XMM()
	VEXTRACTI128(U8(1), t, low)
	VPACKUSDW(low, t.AsX(), low)
	VMOVDQU(low, Mem{Base: dst})
	ADDQ(U32(32), src)
	ADDQ(U32(16), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
