// Command gen writes the assembly of package conv.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	TEXT("tapsAVX2", NOSPLIT, "func(n int, dst, src *float32, offsets *int, weights *float32, taps int, bias float32)")
	Doc("tapsAVX2 is tapsGo for 8·n elements, n > 0, and taps > 0; offsets are in bytes.")
	Pragma("noescape")
	n := Load(Param("n"), GP64())
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	offsets, weights := Load(Param("offsets"), GP64()), Load(Param("weights"), GP64())
	taps := Load(Param("taps"), GP64())
	addr, err := Param("bias").Resolve()
	if err != nil {
		panic(err)
	}
	bias := YMM()
	VBROADCASTSS(addr.Addr, bias)
	// Eight vectors at a time, then one.
	for _, v := range []struct {
		vectors       int
		label, inside string
		next          string
	}{{8, "wide", "wideTap", "narrow"}, {1, "narrow", "narrowTap", "done"}} {
		Label(v.label)
		CMPQ(n, U32(v.vectors))
		JLT(LabelRef(v.next))
		var acc []reg.VecVirtual
		for range v.vectors {
			a := YMM()
			VMOVAPS(bias, a)
			acc = append(acc, a)
		}
		t := GP64()
		XORQ(t, t)
		Label(v.inside)
		w, at := YMM(), GP64()
		VBROADCASTSS(Mem{Base: weights, Index: t, Scale: 4}, w)
		MOVQ(Mem{Base: offsets, Index: t, Scale: 8}, at)
		ADDQ(src, at)
		for i, a := range acc {
			VFMADD231PS(Mem{Base: at, Disp: 32 * i}, w, a)
		}
		INCQ(t)
		CMPQ(t, taps)
		JLT(LabelRef(v.inside))
		for i, a := range acc {
			VMOVUPS(a, Mem{Base: dst, Disp: 32 * i})
		}
		ADDQ(U32(32*v.vectors), src)
		ADDQ(U32(32*v.vectors), dst)
		SUBQ(U32(v.vectors), n)
		JMP(LabelRef(v.label))
	}
	Label("done")
	VZEROUPPER()
	RET()
	everySecond()
	Generate()
}

// everySecond writes the copy of every second element.
func everySecond() {
	TEXT("everySecondAVX2", NOSPLIT, "func(n int, dst, src *float32)")
	Doc("everySecondAVX2 sets dst[i] to src[2·i] for 8·n elements, n > 0; it reads 16·n of src.")
	Pragma("noescape")
	n := Load(Param("n"), GP64())
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	Label("loop")
	x := YMM()
	VMOVUPS(Mem{Base: src}, x)
	// 0 2 8 10 | 4 6 12 14, then the pairs in order.
	VSHUFPS(U8(0x88), Mem{Base: src, Disp: 32}, x, x)
	VPERMPD(U8(0xD8), x, x)
	VMOVUPS(x, Mem{Base: dst})
	ADDQ(U32(64), src)
	ADDQ(U32(32), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
