// Command gen writes the assembly of package grid.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	sums()
	maxima()
	everySecond()
	Generate()
}

// sums writes sumsGo.
func sums() {
	TEXT("sumsAVX2", NOSPLIT, "func(n int, dst, src *float32, offsets *int, taps int, weights *float32, bias, lo, hi float32)")
	Doc("sumsAVX2 is sumsGo for 8·n elements, n > 0, and taps > 0; offsets are in bytes.")
	Pragma("noescape")
	weights := Load(Param("weights"), GP64())
	bias, lo, hi := broadcast("bias"), broadcast("lo"), broadcast("hi")
	overTaps(func(acc []reg.VecVirtual) {
		for _, a := range acc {
			VMOVAPS(bias, a)
		}
	}, func(t, at reg.GPVirtual, acc []reg.VecVirtual) {
		w := YMM()
		VBROADCASTSS(Mem{Base: weights, Index: t, Scale: 4}, w)
		for i, a := range acc {
			VFMADD231PS(Mem{Base: at, Disp: 32 * i}, w, a)
		}
	}, func(acc []reg.VecVirtual) {
		// The second operand is what a comparison with NaN returns.
		for _, a := range acc {
			VMAXPS(a, lo, a)
			VMINPS(a, hi, a)
		}
	})
}

// maxima writes maximaGo.
func maxima() {
	TEXT("maximaAVX2", NOSPLIT, "func(n int, dst, src *float32, offsets *int, taps int)")
	Doc("maximaAVX2 is maximaGo for 8·n elements, n > 0, and taps > 0; offsets are in bytes.")
	Pragma("noescape")
	least := YMM()
	VPCMPEQD(least, least, least)
	VPSLLD(U8(23), least, least) // -Inf
	overTaps(func(acc []reg.VecVirtual) {
		for _, a := range acc {
			VMOVAPS(least, a)
		}
	}, func(t, at reg.GPVirtual, acc []reg.VecVirtual) {
		for i, a := range acc {
			v, nan := YMM(), YMM()
			VMOVUPS(Mem{Base: at, Disp: 32 * i}, v)
			VCMPPS(U8(3), v, a, nan) // all ones, a NaN, where either is one
			VMAXPS(v, a, a)
			VORPS(nan, a, a)
		}
	}, func(acc []reg.VecVirtual) {})
}

// overTaps writes a loop over the outputs, four vectors at a time, then one,
// and in it one over the taps.
func overTaps(start func(acc []reg.VecVirtual), tap func(t, at reg.GPVirtual, acc []reg.VecVirtual), finish func(acc []reg.VecVirtual)) {
	n := Load(Param("n"), GP64())
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	offsets, taps := Load(Param("offsets"), GP64()), Load(Param("taps"), GP64())
	for _, v := range []struct {
		vectors       int
		label, inside string
		next          string
	}{{4, "wide", "wideTap", "narrow"}, {1, "narrow", "narrowTap", "done"}} {
		Label(v.label)
		CMPQ(n, U32(v.vectors))
		JLT(LabelRef(v.next))
		var acc []reg.VecVirtual
		for range v.vectors {
			acc = append(acc, YMM())
		}
		start(acc)
		t := GP64()
		XORQ(t, t)
		Label(v.inside)
		at := GP64()
		MOVQ(Mem{Base: offsets, Index: t, Scale: 8}, at)
		ADDQ(src, at)
		tap(t, at, acc)
		INCQ(t)
		CMPQ(t, taps)
		JLT(LabelRef(v.inside))
		finish(acc)
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
}

func broadcast(param string) reg.VecVirtual {
	addr, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	x := YMM()
	VBROADCASTSS(addr.Addr, x)
	return x
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
