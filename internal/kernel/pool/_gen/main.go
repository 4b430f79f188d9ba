// Command gen writes the assembly of package pool.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	for _, k := range []kind{maximum, sum} {
		columns(k)
		for _, stride := range []int{1, 2} {
			rows(k, stride)
		}
	}
	Generate()
}

// kind is an operation on the elements of windows.
type kind struct {
	name   string
	params string // further ones of rows
	start  func() func(acc []reg.VecVirtual)
	take   func(v, acc reg.VecVirtual)
	isMax  bool
}

var maximum = kind{
	name: "Max", isMax: true,
	start: func() func([]reg.VecVirtual) {
		least := YMM()
		VPCMPEQD(least, least, least)
		VPSLLD(U8(23), least, least) // -Inf
		return func(acc []reg.VecVirtual) {
			for _, a := range acc {
				VMOVAPS(least, a)
			}
		}
	},
	take: func(v, acc reg.VecVirtual) {
		nan := YMM()
		VCMPPS(U8(3), v, acc, nan) // all ones, a NaN, where either is one
		VMAXPS(v, acc, acc)
		VORPS(nan, acc, acc)
	},
}

var sum = kind{
	name: "Sum", params: ", divisors *float32, which *int",
	start: func() func([]reg.VecVirtual) {
		return func(acc []reg.VecVirtual) {
			for _, a := range acc {
				VXORPS(a, a, a)
			}
		}
	},
	take: func(v, acc reg.VecVirtual) { VADDPS(v, acc, acc) },
}

// blocks are the vectors that are taken at a time.
var blocks = []int{4, 2, 1}

// columns writes the operation over rows of the plane.
func columns(k kind) {
	TEXT("columns"+k.name+"AVX2", NOSPLIT, "func(rows int, dst, src *float32, pitch, vectors int, taps *int, mask, pad *float32)")
	Doc("columns" + k.name + "AVX2 is columns" + k.name + "Go with pitch in bytes, and 8 elements to a vector.")
	Pragma("noescape")
	n := Load(Param("rows"), GP64())
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	pitch, vectors := Load(Param("pitch"), GP64()), Load(Param("vectors"), GP64())
	taps := Load(Param("taps"), GP64())
	mask := Load(Param("mask"), GP64())
	pad := GP64()
	if k.isMax {
		Load(Param("pad"), pad)
	}
	start := k.start()
	Label("row")
	count := GP64()
	MOVQ(Mem{Base: taps}, count)
	ADDQ(U32(8), taps)
	at, left := GP64(), GP64()
	XORQ(at, at)
	MOVQ(vectors, left)
	for i, b := range blocks {
		head, next := fmt.Sprintf("block%d", b), "rowDone"
		if i+1 < len(blocks) {
			next = fmt.Sprintf("block%d", blocks[i+1])
		}
		Label(head)
		CMPQ(left, U32(b))
		JLT(LabelRef(next))
		var acc []reg.VecVirtual
		for range b {
			acc = append(acc, YMM())
		}
		start(acc)
		base := GP64()
		LEAQ(Mem{Base: src, Index: at, Scale: 1}, base)
		t := GP64()
		XORQ(t, t)
		Label(head + "tap")
		CMPQ(t, count)
		JGE(LabelRef(head + "end"))
		p := GP64()
		MOVQ(Mem{Base: taps, Index: t, Scale: 8}, p)
		for i, a := range acc {
			if k.isMax {
				v := YMM()
				VMOVUPS(Mem{Base: base, Index: p, Scale: 1, Disp: 32 * i}, v)
				k.take(v, a)
			} else {
				VADDPS(Mem{Base: base, Index: p, Scale: 1, Disp: 32 * i}, a, a)
			}
		}
		INCQ(t)
		JMP(LabelRef(head + "tap"))
		Label(head + "end")
		for i, a := range acc {
			VANDPS(Mem{Base: mask, Index: at, Scale: 1, Disp: 32 * i}, a, a)
			if k.isMax {
				VORPS(Mem{Base: pad, Index: at, Scale: 1, Disp: 32 * i}, a, a)
			}
			VMOVUPS(a, Mem{Base: dst, Index: at, Scale: 1, Disp: 32 * i})
		}
		ADDQ(U32(32*b), at)
		SUBQ(U32(b), left)
		JMP(LabelRef(head))
	}
	Label("rowDone")
	LEAQ(Mem{Base: taps, Index: count, Scale: 8}, taps)
	ADDQ(pitch, dst)
	DECQ(n)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// rows writes the operation within rows.
func rows(k kind, stride int) {
	name := fmt.Sprintf("rows%s%d", k.name, stride)
	TEXT(name+"AVX2", NOSPLIT, "func(rows int, dst, src *float32, dstPitch, srcPitch, vectors, taps, step int"+k.params+")")
	Doc(fmt.Sprintf("%sAVX2 is rows%sGo with stride %d, 8 elements to a vector, and pitches, step and which in bytes.", name, k.name, stride))
	Pragma("noescape")
	n := Load(Param("rows"), GP64())
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	taps, step := Load(Param("taps"), GP64()), Load(Param("step"), GP64())
	var divisors, which reg.Register
	if !k.isMax {
		which = Load(Param("which"), GP64())
	}
	start := k.start()
	Label("row")
	if !k.isMax {
		d := GP64()
		Load(Param("divisors"), d)
		ADDQ(Mem{Base: which}, d)
		ADDQ(U32(8), which)
		divisors = d
	}
	left, at := Load(Param("vectors"), GP64()), GP64()
	from := GP64()
	MOVQ(src, from)
	XORQ(at, at)
	for i, b := range blocks {
		head, next := fmt.Sprintf("block%d", b), "rowDone"
		if i+1 < len(blocks) {
			next = fmt.Sprintf("block%d", blocks[i+1])
		}
		Label(head)
		CMPQ(left, U32(b))
		JLT(LabelRef(next))
		var acc []reg.VecVirtual
		for range b {
			acc = append(acc, YMM())
		}
		start(acc)
		p, t := GP64(), GP64()
		MOVQ(from, p)
		MOVQ(taps, t)
		Label(head + "tap")
		for i, a := range acc {
			if stride == 1 && !k.isMax {
				VADDPS(Mem{Base: p, Disp: 32 * i}, a, a)
				continue
			}
			v := YMM()
			VMOVUPS(Mem{Base: p, Disp: 32 * stride * i}, v)
			if stride == 2 {
				// 0 2 8 10 | 4 6 12 14, in order only at the end
				VSHUFPS(U8(0x88), Mem{Base: p, Disp: 64*i + 32}, v, v)
			}
			k.take(v, a)
		}
		ADDQ(step, p)
		DECQ(t)
		JNZ(LabelRef(head + "tap"))
		for i, a := range acc {
			if stride == 2 {
				VPERMPD(U8(0xD8), a, a)
			}
			if !k.isMax {
				VDIVPS(Mem{Base: divisors, Index: at, Scale: 1, Disp: 32 * i}, a, a)
			}
			VMOVUPS(a, Mem{Base: dst, Index: at, Scale: 1, Disp: 32 * i})
		}
		ADDQ(U32(32*b), at)
		ADDQ(U32(32*stride*b), from)
		SUBQ(U32(b), left)
		JMP(LabelRef(head))
	}
	Label("rowDone")
	pitch := GP64()
	Load(Param("dstPitch"), pitch)
	ADDQ(pitch, dst)
	Load(Param("srcPitch"), pitch)
	ADDQ(pitch, src)
	DECQ(n)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
