package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sums writes the folds of a row into float64: four vectors of partial sums.
func (v isa) sums() {
	for _, o := range []struct {
		name, doc string
		add       func(acc, x reg.VecVirtual)
	}{
		{"sum", "returns the sum of x, added up in float64.", func(acc, x reg.VecVirtual) { VADDPD(x, acc, acc) }},
		{"sumSquare", "returns the sum of the squares of x, added up in float64.", func(acc, x reg.VecVirtual) { VFMADD231PD(x, x, acc) }},
	} {
		v.text(o.name, "func(x *float32, n int) float64", o.doc)
		p := params("x", "n")
		x, n := p[0], p[1]
		var acc [4]reg.VecVirtual
		for i := range acc {
			acc[i] = v.zero()
		}
		width := v.bytes / 8
		step := func(vectors int) {
			for i := range vectors {
				w := v.vec()
				VCVTPS2PD(Mem{Base: x, Disp: i * v.bytes / 2}, w)
				o.add(acc[i], w)
			}
			ADDQ(U32(vectors*v.bytes/2), x)
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
		m, part, w := v.half(), v.half(), v.vec()
		mask(n, m)
		VMASKMOVPS(Mem{Base: x}, m, part)
		VCVTPS2PD(part, w)
		o.add(acc[1], w)
		Label("end")
		VADDPD(acc[1], acc[0], acc[0])
		VADDPD(acc[3], acc[2], acc[2])
		VADDPD(acc[2], acc[0], acc[0])
		low, high := YMM(), YMM()
		if v.bytes == 64 {
			VEXTRACTF64X4(U8(1), acc[0], high)
			VMOVAPD(acc[0].AsY(), low)
			VADDPD(high, low, low)
		} else {
			VMOVAPD(acc[0], low)
		}
		two := XMM()
		VEXTRACTF128(U8(1), low, two)
		VADDPD(two, low.AsX(), two)
		VHADDPD(two, two, two)
		Store(two, ReturnIndex(0))
		v.ret()
	}
}

// sumColumns writes the addition of a row to float64 sums.
func (v isa) sumColumns() {
	v.text("sumColumns", "func(acc *float64, x *float32, n int)", "adds x to acc.")
	p := params("acc", "x", "n")
	acc, x, n := p[0], p[1], p[2]
	width := v.bytes / 8
	step := func(vectors int) {
		for i := range vectors {
			w := v.vec()
			VCVTPS2PD(Mem{Base: x, Disp: i * v.bytes / 2}, w)
			VADDPD(Mem{Base: acc, Disp: i * v.bytes}, w, w)
			VMOVUPD(w, Mem{Base: acc, Disp: i * v.bytes})
		}
		ADDQ(U32(vectors*v.bytes/2), x)
		ADDQ(U32(vectors*v.bytes), acc)
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
	w := XMM()
	VXORPS(w, w, w)
	VCVTSS2SD(Mem{Base: x}, w, w)
	VADDSD(Mem{Base: acc}, w, w)
	VMOVSD(w, Mem{Base: acc})
	ADDQ(U32(4), x)
	ADDQ(U32(8), acc)
	DECQ(n)
	JMP(LabelRef("rest"))
	Label("end")
	v.ret()
}

// sumColumns4 writes the addition of four rows to float64 sums.
func (v isa) sumColumns4() {
	v.text("sumColumns4", "func(acc *float64, a, b, c, d *float32, n int)", "adds (a+b)+(c+d) to acc, for a multiple of 8 elements.")
	p := params("acc", "a", "b", "c", "d", "n")
	acc, rows, n := p[0], p[1:5], p[5]
	v.sumLoop(n, func(vectors int) {
		for i := range vectors {
			var w [4]reg.VecVirtual
			for k, x := range rows {
				w[k] = v.vec()
				VCVTPS2PD(Mem{Base: x, Disp: i * v.bytes / 2}, w[k])
			}
			VADDPD(w[1], w[0], w[0])
			VADDPD(w[3], w[2], w[2])
			VADDPD(w[2], w[0], w[0])
			VADDPD(Mem{Base: acc, Disp: i * v.bytes}, w[0], w[0])
			VMOVUPD(w[0], Mem{Base: acc, Disp: i * v.bytes})
		}
		for _, x := range rows {
			ADDQ(U32(vectors*v.bytes/2), x)
		}
		ADDQ(U32(vectors*v.bytes), acc)
	})
	v.ret()
}

// sumLoop runs step with two vectors at a time, then with one.
func (v isa) sumLoop(n reg.GPVirtual, step func(vectors int)) {
	for _, vectors := range []int{2, 1} {
		name := []string{"", "narrow", "wide"}[vectors]
		Label(name)
		CMPQ(n, U32(vectors*v.bytes/8))
		JLT(LabelRef(name + "End"))
		step(vectors)
		SUBQ(U32(vectors*v.bytes/8), n)
		JMP(LabelRef(name))
		Label(name + "End")
	}
}
