// Command gen writes the assembly of package quant.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	for _, v := range []isa{
		{name: "AVX2", bytes: 32, vec: func() reg.VecVirtual { return YMM() }},
		{name: "AVX512", bytes: 64, vec: func() reg.VecVirtual { return ZMM() }},
	} {
		v.addSums()
		v.requantize()
		v.scaleSums()
		v.divide()
		v.saturate()
		v.dequantize()
		v.extremes()
		v.combine()
	}
	bytesOf(true)
	bytesOf(false)
	Generate()
}

// isa is a width of vectors, of 32-bit elements.
type isa struct {
	name  string
	bytes int
	vec   func() reg.VecVirtual
}

func (v isa) lanes() int { return v.bytes / 4 }

func (v isa) text(name, signature, doc string) {
	name += v.name
	TEXT(name, NOSPLIT, signature)
	Doc(name + " " + doc)
	Pragma("noescape")
}

func param(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// spread loads an argument of four bytes into all lanes.
func (v isa) spread(name string) reg.VecVirtual {
	addr, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.vec()
	VBROADCASTSS(addr.Addr, r)
	return r
}

// next moves pointers on by so many bytes and jumps to loop while n > 0.
func next(loop string, n reg.Register, by map[reg.Register]int, order ...reg.Register) {
	for _, p := range order {
		ADDQ(U32(by[p]), p)
	}
	DECQ(n)
	JNZ(LabelRef(loop))
	VZEROUPPER()
	RET()
}

// sums loads sums, plus what is added to them.
func (v isa) sums(src, col reg.Register, add reg.VecVirtual, label string) reg.VecVirtual {
	x := v.vec()
	VMOVUPS(Mem{Base: src}, x)
	VPADDD(add, x, x)
	TESTQ(col, col)
	JZ(LabelRef(label))
	VPADDD(Mem{Base: col}, x, x)
	ADDQ(U32(v.bytes), col)
	Label(label)
	return x
}

func (v isa) addSums() {
	v.text("addSums", "func(n int, dst, src *int32, add int32, col *int32)",
		"writes src + add + col, for n > 0 whole vectors; col may be nil.")
	n, dst, src, col := param("n"), param("dst"), param("src"), param("col")
	add := v.spread("add")
	Label("loop")
	x := v.sums(src, col, add, "store")
	VMOVUPS(x, Mem{Base: dst})
	next("loop", n, map[reg.Register]int{src: v.bytes, dst: v.bytes}, src, dst)
}

// storeBytes writes the low byte of each lane.
func (v isa) storeBytes(x reg.VecVirtual, dst reg.Register, low reg.VecVirtual) {
	if v.bytes == 64 {
		VPMOVDB(x, Mem{Base: dst})
		return
	}
	// Lanes are less than 256 once they are masked, so that packing saturates none.
	VPAND(low, x, x)
	half := XMM()
	VEXTRACTI128(U8(1), x, half)
	VPACKUSDW(half, x.AsX(), half)
	VPACKUSWB(half, half, half)
	VMOVQ(half, Mem{Base: dst})
}

// lowBytes returns the mask that storeBytes needs.
func (v isa) lowBytes() reg.VecVirtual {
	if v.bytes == 64 {
		return nil
	}
	low := YMM()
	VPCMPEQD(low, low, low)
	VPSRLD(U8(24), low, low)
	return low
}

// round writes saturate(round(x) + zero): the first operand of the maximum is
// what is not NaN.
func (v isa) round(x, lo, hi, zero reg.VecVirtual) {
	VMAXPS(lo, x, x)
	VMINPS(hi, x, x)
	VCVTPS2DQ(x, x)
	VPADDD(zero, x, x)
}

func (v isa) requantize() {
	v.text("requantize", "func(n int, dst *byte, src *int32, add int32, col *int32, mul *float32, each int, zero int32, lo, hi float32)",
		"is RequantizeSums for n > 0 whole vectors; col may be nil, lo and hi are bounds less zero, mul is one if each is 0.")
	n, dst, src, col, mul := param("n"), param("dst"), param("src"), param("col"), param("mul")
	each := param("each")
	add, zero, lo, hi, low := v.spread("add"), v.spread("zero"), v.spread("lo"), v.spread("hi"), v.lowBytes()
	m := v.vec()
	VBROADCASTSS(Mem{Base: mul}, m)
	Label("loop")
	x := v.sums(src, col, add, "scale")
	VCVTDQ2PS(x, x)
	TESTQ(each, each)
	JZ(LabelRef("one"))
	VMOVUPS(Mem{Base: mul}, m)
	ADDQ(U32(v.bytes), mul)
	Label("one")
	VMULPS(m, x, x)
	v.round(x, lo, hi, zero)
	v.storeBytes(x, dst, low)
	next("loop", n, map[reg.Register]int{src: v.bytes, dst: v.lanes()}, src, dst)
}

func (v isa) scaleSums() {
	v.text("scaleSums", "func(n int, dst *float32, src *int32, add int32, col *int32, mul *float32, each int, bias *float32)",
		"is ScaleSums for n > 0 whole vectors; col and bias may be nil, mul is one if each is 0.")
	n, dst, src, col, mul, bias := param("n"), param("dst"), param("src"), param("col"), param("mul"), param("bias")
	each := param("each")
	add := v.spread("add")
	m := v.vec()
	VBROADCASTSS(Mem{Base: mul}, m)
	Label("loop")
	x := v.sums(src, col, add, "scale")
	VCVTDQ2PS(x, x)
	TESTQ(each, each)
	JZ(LabelRef("one"))
	VMOVUPS(Mem{Base: mul}, m)
	ADDQ(U32(v.bytes), mul)
	Label("one")
	VMULPS(m, x, x)
	TESTQ(bias, bias)
	JZ(LabelRef("store"))
	VADDPS(Mem{Base: bias}, x, x)
	ADDQ(U32(v.bytes), bias)
	Label("store")
	VMOVUPS(x, Mem{Base: dst})
	next("loop", n, map[reg.Register]int{src: v.bytes, dst: v.bytes}, src, dst)
}

func (v isa) divide() {
	v.text("divide", "func(n int, dst, src *float32, by *float32, each int)",
		"writes src/by for n > 0 whole vectors; by is one if each is 0.")
	n, dst, src, by, each := param("n"), param("dst"), param("src"), param("by"), param("each")
	d := v.vec()
	VBROADCASTSS(Mem{Base: by}, d)
	Label("loop")
	TESTQ(each, each)
	JZ(LabelRef("one"))
	VMOVUPS(Mem{Base: by}, d)
	ADDQ(U32(v.bytes), by)
	Label("one")
	x := v.vec()
	VMOVUPS(Mem{Base: src}, x)
	VDIVPS(d, x, x)
	VMOVUPS(x, Mem{Base: dst})
	next("loop", n, map[reg.Register]int{src: v.bytes, dst: v.bytes}, src, dst)
}

func (v isa) saturate() {
	v.text("saturate", "func(n int, dst *byte, src *float32, zero int32, lo, hi float32)",
		"is Saturate to bytes for n > 0 whole vectors; lo and hi are bounds less zero.")
	n, dst, src := param("n"), param("dst"), param("src")
	zero, lo, hi, low := v.spread("zero"), v.spread("lo"), v.spread("hi"), v.lowBytes()
	Label("loop")
	x := v.vec()
	VMOVUPS(Mem{Base: src}, x)
	v.round(x, lo, hi, zero)
	v.storeBytes(x, dst, low)
	next("loop", n, map[reg.Register]int{src: v.bytes, dst: v.lanes()}, src, dst)
}

func (v isa) dequantize() {
	v.text("dequantize", "func(n int, dst *float32, src *byte, signed int, zero, scale float32)",
		"writes (src - zero)·scale for n > 0 whole vectors.")
	n, dst, src, signed := param("n"), param("dst"), param("src"), param("signed")
	zero, scale := v.spread("zero"), v.spread("scale")
	TESTQ(signed, signed)
	JNZ(LabelRef("signed"))
	for _, s := range []struct {
		label string
		widen func(...Op)
	}{{"unsigned", VPMOVZXBD}, {"signed", VPMOVSXBD}} {
		Label(s.label)
		x := v.vec()
		s.widen(Mem{Base: src}, x)
		VCVTDQ2PS(x, x)
		VSUBPS(zero, x, x)
		VMULPS(scale, x, x)
		VMOVUPS(x, Mem{Base: dst})
		next(s.label, n, map[reg.Register]int{src: v.lanes(), dst: v.bytes}, src, dst)
	}
}

func (v isa) extremes() {
	v.text("extremes", "func(n int, src *float32, lo, hi *float32)",
		"lowers the lanes of lo to those of 2·n > 0 whole vectors, and raises those of hi; NaN does not count.")
	n, src, lo, hi := param("n"), param("src"), param("lo"), param("hi")
	l, h := [2]reg.VecVirtual{v.vec(), v.vec()}, [2]reg.VecVirtual{v.vec(), v.vec()}
	for i := range 2 {
		VMOVUPS(Mem{Base: lo}, l[i])
		VMOVUPS(Mem{Base: hi}, h[i])
	}
	Label("loop")
	for i := range 2 {
		// The second operand is what a comparison with NaN returns.
		x := v.vec()
		VMOVUPS(Mem{Base: src, Disp: i * v.bytes}, x)
		VMINPS(l[i], x, l[i])
		VMAXPS(h[i], x, h[i])
	}
	ADDQ(U32(2*v.bytes), src)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VMINPS(l[1], l[0], l[0])
	VMAXPS(h[1], h[0], h[0])
	VMOVUPS(l[0], Mem{Base: lo})
	VMOVUPS(h[0], Mem{Base: hi})
	VZEROUPPER()
	RET()
}

func (v isa) combine() {
	v.text("combine", "func(n int, dst, a, b *byte, signed, mul int, zeroA, scaleA, zeroB, scaleB, scale float32, zero int32, lo, hi float32)",
		"is Combine for n > 0 whole vectors; lo and hi are bounds less zero.")
	n, dst, a, b, signed, mul := param("n"), param("dst"), param("a"), param("b"), param("signed"), param("mul")
	zeros, scales := [2]reg.VecVirtual{v.spread("zeroA"), v.spread("zeroB")}, [2]reg.VecVirtual{v.spread("scaleA"), v.spread("scaleB")}
	scale, zero, lo, hi, low := v.spread("scale"), v.spread("zero"), v.spread("lo"), v.spread("hi"), v.lowBytes()
	Label("loop")
	x := [2]reg.VecVirtual{v.vec(), v.vec()}
	TESTQ(signed, signed)
	JNZ(LabelRef("signed"))
	VPMOVZXBD(Mem{Base: a}, x[0])
	VPMOVZXBD(Mem{Base: b}, x[1])
	JMP(LabelRef("widened"))
	Label("signed")
	VPMOVSXBD(Mem{Base: a}, x[0])
	VPMOVSXBD(Mem{Base: b}, x[1])
	Label("widened")
	for i := range x {
		VCVTDQ2PS(x[i], x[i])
		VSUBPS(zeros[i], x[i], x[i])
		VMULPS(scales[i], x[i], x[i])
	}
	TESTQ(mul, mul)
	JNZ(LabelRef("mul"))
	VADDPS(x[1], x[0], x[0])
	JMP(LabelRef("divide"))
	Label("mul")
	VMULPS(x[1], x[0], x[0])
	Label("divide")
	VDIVPS(scale, x[0], x[0])
	v.round(x[0], lo, hi, zero)
	v.storeBytes(x[0], dst, low)
	next("loop", n, map[reg.Register]int{a: v.lanes(), b: v.lanes(), dst: v.lanes()}, a, b, dst)
}

// bytesOf writes the quantization of a row of sums with one multiplier, or of
// floats with one scale. They become words and bytes by packing, which saturates
// and keeps to the quarters of vectors; a permutation puts them in order. Only
// the upper bound is taken of floats: what is too small, and NaN, becomes the
// least integer.
func bytesOf(sums bool) {
	if sums {
		TEXT("requantizeOneAVX512", NOSPLIT, "func(n int, dst *byte, src *int32, add int32, col *int32, mul float32, zero int32, hi float32, lo, flip byte, order *int32)")
		Doc("requantizeOneAVX512 is RequantizeSums for n > 0 elements and one multiplier; col may be nil. The",
			"type is unsigned, with zero and lo, and the result XORed with flip; hi is the bound less zero.")
	} else {
		TEXT("quantizeOneAVX512", NOSPLIT, "func(n int, dst *byte, src *float32, scale float32, zero int32, hi float32, lo, flip byte, order *int32)")
		Doc("quantizeOneAVX512 is Saturate of src/scale for n > 0 elements. The type is unsigned, with zero",
			"and lo, and the result XORed with flip; hi is the bound less zero.")
	}
	Pragma("noescape")
	n, dst, src := param("n"), param("dst"), param("src")
	v := isa{bytes: 64, vec: func() reg.VecVirtual { return ZMM() }}
	var col reg.Register
	var add, mul, scale reg.VecVirtual
	if sums {
		col, add, mul = param("col"), v.spread("add"), v.spread("mul")
	} else {
		scale = v.spread("scale")
	}
	hi := v.spread("hi")
	zero, lo, flip, order := ZMM(), ZMM(), ZMM(), ZMM()
	VPBROADCASTW(Load(Param("zero"), GP32()), zero)
	VPBROADCASTB(Load(Param("lo"), GP32()), lo)
	VPBROADCASTB(Load(Param("flip"), GP32()), flip)
	VMOVDQU32(Mem{Base: param("order")}, order)
	x := [4]reg.VecVirtual{ZMM(), ZMM(), ZMM(), ZMM()}
	body := func() {
		for _, x := range x {
			if sums {
				VCVTDQ2PS(x, x)
				VMULPS(mul, x, x)
			} else {
				VDIVPS(scale, x, x)
			}
			VMINPS(x, hi, x)
			VCVTPS2DQ(x, x)
		}
		for i := 0; i < 4; i += 2 {
			VPACKSSDW(x[i+1], x[i], x[i])
			VPADDSW(zero, x[i], x[i])
		}
		VPACKUSWB(x[2], x[0], x[0])
		VPMAXUB(lo, x[0], x[0])
		VPXORD(flip, x[0], x[0])
		VPERMD(x[0], order, x[0])
	}
	CMPQ(n, U32(64))
	JLT(LabelRef("tail"))
	Label("loop")
	for i, x := range x {
		if sums {
			VPADDD(Mem{Base: src, Disp: 64 * i}, add, x)
		} else {
			VMOVUPS(Mem{Base: src, Disp: 64 * i}, x)
		}
	}
	if sums {
		TESTQ(col, col)
		JZ(LabelRef("scale"))
		for i, x := range x {
			VPADDD(Mem{Base: col, Disp: 64 * i}, x, x)
		}
		ADDQ(U32(256), col)
		Label("scale")
	}
	body()
	VMOVDQU32(x[0], Mem{Base: dst})
	ADDQ(U32(256), src)
	ADDQ(U32(64), dst)
	SUBQ(U32(64), n)
	CMPQ(n, U32(64))
	JGE(LabelRef("loop"))
	Label("tail")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	ones := GP64()
	MOVQ(I32(-1), ones)
	BZHIQ(n, ones, ones)
	all := K()
	KMOVQ(ones, all)
	var k [4]reg.OpmaskVirtual
	k[0] = all
	for i := 1; i < 4; i++ {
		k[i] = K()
		KSHIFTRQ(U8(16*i), all, k[i])
	}
	for i, x := range x {
		VMOVDQU32_Z(Mem{Base: src, Disp: 64 * i}, k[i], x)
		if sums {
			VPADDD(add, x, x)
		}
	}
	if sums {
		TESTQ(col, col)
		JZ(LabelRef("last"))
		for i, x := range x {
			VPADDD(Mem{Base: col, Disp: 64 * i}, x, k[i], x)
		}
		Label("last")
	}
	body()
	VMOVDQU8(x[0], all, Mem{Base: dst})
	Label("done")
	VZEROUPPER()
	RET()
}
