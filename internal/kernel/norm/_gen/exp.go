package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exp returns e^x for x ≤ 0 with a relative error below 2^-34, at least e^-700:
// with k = round(x/ln 2), a polynomial for e^r, r = x - k·ln 2, and k added to
// its exponent field. NaN stays.
func (v isa) exp(x reg.VecVirtual) reg.VecVirtual {
	const shift = 0x1.8p52 // adding it leaves an integer in the low bits
	r := v.load(-700)
	VMAXPD(x, r, r) // of NaN and a number the second source, written first
	k := v.load(1 / math.Ln2)
	VFMADD213PD(f64(shift), r, k)
	kd := v.vec()
	VSUBPD(f64(shift), k, kd)
	VFNMADD231PD(f64(math.Ln2), kd, r)
	// The polynomial of least relative error on [-ln 2/2, ln 2/2].
	c := []float64{0.9999999999616823, 1.0000000002431124, 0.5000000104536017, 0.16666665126042618,
		0.041666225425702974, 0.00833356110563812, 0.0013948183323392223, 0.0001977516443096212}
	y := v.load(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		VFMADD213PD(f64(c[i]), r, y)
	}
	VPSLLQ(U8(52), k, k)
	VPADDQ(k, y, y)
	return y
}

// expTo writes exponentials and adds them up, in two vectors.
func (v isa) expTo() {
	v.text("expTo", "func(y, x *float32, n int, m float64) float64", "writes e^(x[i]-m), where m is at least the largest, and returns the sum.")
	y, x, n, m := param("y"), param("x"), param("n"), v.spread("m")
	sums := [2]reg.VecVirtual{v.zero(), v.zero()}
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				d := v.element(x, i*v.bytes/2)
				VSUBPD(m, d, d)
				e := v.exp(d)
				VADDPD(e, sums[i], sums[i])
				VMOVUPS(v.round(e), Mem{Base: y, Disp: i * v.bytes / 2})
			}
		}
	}
	v.loop("wide", 2, n, map[reg.GPVirtual]int{x: 4, y: 4}, step(2))
	v.loop("narrow", 1, n, map[reg.GPVirtual]int{x: 4, y: 4}, step(1))
	TESTQ(n, n)
	JZ(LabelRef("end"))
	mask := v.mask(n)
	d := v.part(x, mask)
	VSUBPD(m, d, d)
	e := v.exp(d)
	VANDPD(v.wide(mask), e, e)
	VADDPD(e, sums[1], sums[1])
	VMASKMOVPS(v.round(e), mask, Mem{Base: y})
	Label("end")
	VADDPD(sums[1], sums[0], sums[0])
	Store(v.total(sums[0]), ReturnIndex(0))
	v.ret()
}

// expN is expTo for as many rows as elements, each with its m and sums; it
// leaves what does not fill a vector to the caller.
func (v isa) expN() {
	v.text("expN", "func(y, x *float32, n int, m, less, zeros *float64)", "writes e^(x[i]-m[i]), and adds it to less[i], or 1 to zeros[i] where x[i] is m[i], for a multiple of 8 elements.")
	y, x, n := param("y"), param("x"), param("n")
	m, less, zeros := param("m"), param("less"), param("zeros")
	none, one := v.zero(), v.load(1)
	v.loop("loop", 1, n, map[reg.GPVirtual]int{x: 4, y: 4, m: 8, less: 8, zeros: 8}, func() {
		d, l, z := v.element(x, 0), v.vec(), v.vec()
		VSUBPD(Mem{Base: m}, d, d)
		e := v.exp(d)
		VMOVUPS(v.round(e), Mem{Base: y})
		VMOVUPD(Mem{Base: less}, l)
		VMOVUPD(Mem{Base: zeros}, z)
		v.split(d, e, none, one, nil, l, z)
		VMOVUPD(l, Mem{Base: less})
		VMOVUPD(z, Mem{Base: zeros})
	})
	v.ret()
}

// split adds e to less where d is not none, and one to zeros where it is, in
// the lanes that mask selects unless it is nil.
func (v isa) split(d, e, none, one, mask, less, zeros reg.VecVirtual) {
	const equal, notEqual = 0, 4 // ordered; or unordered
	if v.bytes == 64 {
		k, rest := K(), K()
		VCMPPD(U8(equal), none, d, k)
		VCMPPD(U8(notEqual), none, d, rest)
		if mask != nil {
			chosen := K()
			VPMOVQ2M(mask, chosen)
			KANDB(chosen, k, k)
			KANDB(chosen, rest, rest)
		}
		VADDPD(e, less, rest, less)
		VADDPD(one, zeros, k, zeros)
		return
	}
	k, count, others := v.vec(), v.vec(), v.vec()
	VCMPPD(U8(equal), none, d, k)
	VANDPD(one, k, count)
	VANDNPD(e, k, others)
	if mask != nil {
		VANDPD(mask, count, count)
		VANDPD(mask, others, others)
	}
	VADDPD(others, less, less)
	VADDPD(count, zeros, zeros)
}

// expSums adds up exponentials, but counts those of 0.
func (v isa) expSums() {
	v.text("expSums", "func(x *float32, n int, m float64) (less, zeros float64)", "returns Σ e^(x[i]-m) over the x[i] that are not m, the largest, and the number of the others.")
	x, n, m := param("x"), param("n"), v.spread("m")
	less, zeros, none := v.zero(), v.zero(), v.zero()
	one := v.load(1)
	add := func(d, mask reg.VecVirtual) { v.split(d, v.exp(d), none, one, mask, less, zeros) }
	v.loop("loop", 1, n, map[reg.GPVirtual]int{x: 4}, func() {
		d := v.element(x, 0)
		VSUBPD(m, d, d)
		add(d, nil)
	})
	TESTQ(n, n)
	JZ(LabelRef("end"))
	mask := v.mask(n)
	d := v.part(x, mask)
	VSUBPD(m, d, d)
	add(d, v.wide(mask))
	Label("end")
	Store(v.total(less), ReturnIndex(0))
	Store(v.total(zeros), ReturnIndex(1))
	v.ret()
}
