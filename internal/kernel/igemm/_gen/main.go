// Command gen writes the assembly of package igemm.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	for _, signedA := range []bool{false, true} {
		for rows := 1; rows <= 12; rows++ {
			tile(vnni, signedA, rows, false)
		}
		for rows := 1; rows <= 6; rows++ {
			tile(avx2, signedA, rows, false)
		}
	}
	for rows := 1; rows <= 12; rows++ {
		tile(vnni, true, rows, true)
	}
	packVNNI()
	packAVX2()
	widen()
	sum()
	maxima()
	evens()
	copyRows()
	halveRows()
	separate(1)
	separate(2)
	Generate()
}

// isa is a way to multiply: units of k that one instruction adds up, for two
// vectors of columns.
type isa struct {
	name  string
	bytes int // of a unit of B
	vec   func() reg.VecVirtual
	load  func(b reg.Register, i int, signedA bool) reg.VecVirtual // vector i of a unit of B
	add   func(a, b, sum reg.VecVirtual, signedA bool)             // sum += a·b
}

var vnni = isa{
	name: "VNNI", bytes: 128, vec: func() reg.VecVirtual { return ZMM() },
	load: func(b reg.Register, i int, signedA bool) reg.VecVirtual {
		v := ZMM()
		VMOVDQU32(Mem{Base: b, Disp: 64 * i}, v)
		return v
	},
	add: func(a, b, sum reg.VecVirtual, signedA bool) {
		if signedA {
			VPDPBUSD(a, b, sum)
		} else {
			VPDPBUSD(b, a, sum)
		}
	},
}

var avx2 = isa{
	name: "AVX2", bytes: 32, vec: func() reg.VecVirtual { return YMM() },
	load: func(b reg.Register, i int, signedA bool) reg.VecVirtual {
		v := YMM()
		if signedA {
			VPMOVZXBW(Mem{Base: b, Disp: 16 * i}, v)
		} else {
			VPMOVSXBW(Mem{Base: b, Disp: 16 * i}, v)
		}
		return v
	},
	add: func(a, b, sum reg.VecVirtual, signedA bool) {
		t := YMM()
		VPMADDWD(a, b, t)
		VPADDD(t, sum, sum)
	},
}

func param(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// sets returns how many sums there are for each element, so that an addition
// need not wait for the one before: few rows have few sums.
func sets(rows int) int {
	switch rows {
	case 1:
		return 4
	case 2, 3:
		return 2
	}
	return 1
}

// tile writes the micro-kernel for a number of rows, whose results are sums or
// what these become as bytes.
func tile(v isa, signedA bool, rows int, bytes bool) {
	kind := "U"
	if signedA {
		kind = "S"
	}
	name := fmt.Sprintf("tile%d%s%s", rows, kind, v.name)
	if bytes {
		name = fmt.Sprintf("tile%dBytes%s", rows, v.name)
		TEXT(name, NOSPLIT, "func(units, panels int, a *byte, lda int, b *byte, c *byte, ldc int, to *byte)")
		Doc(fmt.Sprintf("%s is runBytes for %d rows; units and panels are positive.", name, rows))
	} else {
		TEXT(name, NOSPLIT, "func(units, panels int, a *byte, lda int, b *byte, c *int32, ldc int)")
		Doc(fmt.Sprintf("%s is tile.run for %d rows; units and panels are positive, lda and ldc in bytes.", name, rows))
	}
	Pragma("noescape")
	units, panels := param("units"), param("panels")
	a, lda := param("a"), param("lda")
	b, c, ldc := param("b"), param("c"), param("ldc")
	n := sets(rows)

	Label("panel")
	acc := make([][][2]reg.VecVirtual, n)
	for s := range acc {
		acc[s] = make([][2]reg.VecVirtual, rows)
		for r := range acc[s] {
			for i := range 2 {
				x := v.vec()
				if v.name == "VNNI" {
					VPXORD(x, x, x)
				} else {
					VPXOR(x, x, x)
				}
				acc[s][r][i] = x
			}
		}
	}
	// A base for every three rows: base, base+lda and base+2·lda.
	base := GP64()
	MOVQ(a, base)
	bases := []reg.Register{base}
	for r := 3; r < rows; r += 3 {
		next := GP64()
		LEAQ(Mem{Base: bases[len(bases)-1], Index: lda, Scale: 2}, next)
		ADDQ(lda, next)
		bases = append(bases, next)
	}
	step := func(s int) {
		b0, b1 := v.load(b, 0, signedA), v.load(b, 1, signedA)
		for r := range rows {
			m := Mem{Base: bases[r/3]}
			if r%3 > 0 {
				m.Index, m.Scale = lda, uint8(r%3)
			}
			x := v.vec()
			VPBROADCASTD(m, x)
			v.add(x, b0, acc[s][r][0], signedA)
			v.add(x, b1, acc[s][r][1], signedA)
		}
		for _, base := range bases {
			ADDQ(U32(4), base)
		}
		ADDQ(U32(v.bytes), b)
	}
	left := GP64()
	MOVQ(units, left)
	if n > 1 {
		Label("wide")
		CMPQ(left, U32(n))
		JLT(LabelRef("narrow"))
		for s := range n {
			step(s)
		}
		SUBQ(U32(n), left)
		JMP(LabelRef("wide"))
		Label("narrow")
		TESTQ(left, left)
		JZ(LabelRef("store"))
	}
	Label("loop")
	step(0)
	DECQ(left)
	JNZ(LabelRef("loop"))
	Label("store")
	for s := n - 1; s > 0; s-- {
		for r := range rows {
			for i := range 2 {
				VPADDD(acc[s][r][i], acc[(s-1)/2][r][i], acc[(s-1)/2][r][i])
			}
		}
	}
	size := 64
	if v.name == "AVX2" {
		size = 32
	}
	at := GP64()
	MOVQ(c, at)
	if bytes {
		storeBytes(acc[0], at, ldc, param("to"))
		ADDQ(U32(32), c)
	} else {
		for r := range rows {
			for i := range 2 {
				VMOVUPS(acc[0][r][i], Mem{Base: at, Disp: size * i})
			}
			if r < rows-1 {
				ADDQ(ldc, at)
			}
		}
		ADDQ(U32(2*size), c)
	}
	DECQ(panels)
	JNZ(LabelRef("panel"))
	VZEROUPPER()
	RET()
}

// storeBytes writes rows of 32 sums as bytes, the way of a scaling. Packing
// leaves the two vectors of a row in quarters, which a permutation puts in order.
func storeBytes(acc [][2]reg.VecVirtual, at, ldc, to reg.Register) {
	// The fields of a scaling.
	const adds, muls, order, hi, lo, zero, flip = 0, 48, 96, 128, 132, 134, 136
	high, low, z, f, o := ZMM(), ZMM(), ZMM(), YMM(), YMM()
	VBROADCASTSS(Mem{Base: to, Disp: hi}, high)
	VPBROADCASTW(Mem{Base: to, Disp: lo}, low)
	VPBROADCASTW(Mem{Base: to, Disp: zero}, z)
	VPBROADCASTB(Mem{Base: to, Disp: flip}, f)
	VMOVDQU32(Mem{Base: to, Disp: order}, o)
	for r, x := range acc {
		for _, x := range x {
			VPADDD_BCST(Mem{Base: to, Disp: adds + 4*r}, x, x)
			VCVTDQ2PS(x, x)
			VMULPS_BCST(Mem{Base: to, Disp: muls + 4*r}, x, x)
			VMINPS(x, high, x)
			VCVTPS2DQ(x, x)
		}
		VPACKSSDW(x[1], x[0], x[0])
		VPADDSW(z, x[0], x[0])
		VPMAXSW(low, x[0], x[0])
		out := YMM()
		VPMOVUSWB(x[0], out)
		VPXORD(f, out, out)
		VPERMD(out, o, out)
		VMOVDQU32(out, Mem{Base: at})
		if r < len(acc)-1 {
			ADDQ(ldc, at)
		}
	}
}

const packSignature = "func(units, panels int, dst *byte, step int, src *byte, rows *int, flip byte)"

// packVNNI writes the interleaving of four rows.
func packVNNI() {
	TEXT("packVNNI", NOSPLIT, packSignature)
	Doc("packVNNI is tile.pack for units of four rows and panels of 32 columns; units and panels",
		"are positive.")
	Pragma("noescape")
	units, panels := param("units"), param("panels")
	dst, step, src, rows := param("dst"), param("step"), param("src"), param("rows")
	flip := spread("flip")
	Label("unit")
	var p [4]reg.Register
	for i := range p {
		g := GP64()
		MOVQ(Mem{Base: rows, Disp: 8 * i}, g)
		ADDQ(src, g)
		p[i] = g
	}
	at, left := GP64(), GP64()
	MOVQ(dst, at)
	MOVQ(panels, left)
	Label("panel")
	var r [4]reg.VecVirtual
	for i := range r {
		r[i] = YMM()
		VPXOR(Mem{Base: p[i]}, flip, r[i])
		ADDQ(U32(32), p[i])
	}
	unpack := func(lo, hi func(...Op), x, y reg.VecVirtual) (l, h reg.VecVirtual) {
		l, h = YMM(), YMM()
		lo(y, x, l)
		hi(y, x, h)
		return l, h
	}
	bw := func(x, y reg.VecVirtual) (l, h reg.VecVirtual) { return unpack(VPUNPCKLBW, VPUNPCKHBW, x, y) }
	wd := func(x, y reg.VecVirtual) (l, h reg.VecVirtual) { return unpack(VPUNPCKLWD, VPUNPCKHWD, x, y) }
	l01, h01 := bw(r[0], r[1])
	l23, h23 := bw(r[2], r[3])
	q0, q1 := wd(l01, l23) // columns 0-3 and 16-19, 4-7 and 20-23
	q2, q3 := wd(h01, h23)
	for i, o := range []struct {
		x, y reg.VecVirtual
		half uint8
	}{{q0, q1, 0x20}, {q2, q3, 0x20}, {q0, q1, 0x31}, {q2, q3, 0x31}} {
		out := YMM()
		VPERM2I128(U8(o.half), o.y, o.x, out)
		VMOVDQU(out, Mem{Base: at, Disp: 32 * i})
	}
	ADDQ(step, at)
	DECQ(left)
	JNZ(LabelRef("panel"))
	ADDQ(U32(32), rows)
	ADDQ(U32(128), dst)
	DECQ(units)
	JNZ(LabelRef("unit"))
	VZEROUPPER()
	RET()
}

// packAVX2 writes the interleaving of two rows.
func packAVX2() {
	TEXT("packAVX2", NOSPLIT, packSignature)
	Doc("packAVX2 is tile.pack for units of two rows and panels of 16 columns; units and panels",
		"are positive.")
	Pragma("noescape")
	units, panels := param("units"), param("panels")
	dst, step, src, rows := param("dst"), param("step"), param("src"), param("rows")
	flip := spread("flip")
	Label("unit")
	var p [2]reg.Register
	for i := range p {
		g := GP64()
		MOVQ(Mem{Base: rows, Disp: 8 * i}, g)
		ADDQ(src, g)
		p[i] = g
	}
	at, left := GP64(), GP64()
	MOVQ(dst, at)
	MOVQ(panels, left)
	Label("panel")
	x, y, l, h := XMM(), XMM(), XMM(), XMM()
	VPXOR(Mem{Base: p[0]}, flip.AsX(), x)
	VPXOR(Mem{Base: p[1]}, flip.AsX(), y)
	ADDQ(U32(16), p[0])
	ADDQ(U32(16), p[1])
	VPUNPCKLBW(y, x, l)
	VPUNPCKHBW(y, x, h)
	VMOVDQU(l, Mem{Base: at})
	VMOVDQU(h, Mem{Base: at, Disp: 16})
	ADDQ(step, at)
	DECQ(left)
	JNZ(LabelRef("panel"))
	ADDQ(U32(16), rows)
	ADDQ(U32(32), dst)
	DECQ(units)
	JNZ(LabelRef("unit"))
	VZEROUPPER()
	RET()
}

// spread loads a byte argument into all lanes.
func spread(name string) reg.VecVirtual {
	addr, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := YMM()
	VPBROADCASTB(addr.Addr, v)
	return v
}

// widen writes the extension of bytes to words.
func widen() {
	TEXT("widenAVX2", NOSPLIT, "func(n int, dst, src *byte, flip byte, signed int)")
	Doc("widenAVX2 writes 16·n bytes, n > 0, XORed with flip, as words.")
	Pragma("noescape")
	n, dst, src, signed := param("n"), param("dst"), param("src"), param("signed")
	flip := spread("flip")
	x, y := XMM(), YMM()
	TESTQ(signed, signed)
	JNZ(LabelRef("signed"))
	for _, s := range []struct {
		name  string
		widen func(...Op)
	}{{"unsigned", VPMOVZXBW}, {"signed", VPMOVSXBW}} {
		Label(s.name)
		VPXOR(Mem{Base: src}, flip.AsX(), x)
		s.widen(x, y)
		VMOVDQU(y, Mem{Base: dst})
		ADDQ(U32(16), src)
		ADDQ(U32(32), dst)
		DECQ(n)
		JNZ(LabelRef(s.name))
		VZEROUPPER()
		RET()
	}
}

// sum writes the sum of bytes.
func sum() {
	TEXT("sumAVX2", NOSPLIT, "func(n int, src *byte) int")
	Doc("sumAVX2 returns the sum of 32·n bytes, n > 0.")
	Pragma("noescape")
	n, src := param("n"), param("src")
	acc, zero, x := YMM(), YMM(), YMM()
	VPXOR(acc, acc, acc)
	VPXOR(zero, zero, zero)
	Label("loop")
	VPSADBW(Mem{Base: src}, zero, x)
	VPADDQ(x, acc, acc)
	ADDQ(U32(32), src)
	DECQ(n)
	JNZ(LabelRef("loop"))
	half, low := XMM(), XMM()
	VEXTRACTI128(U8(1), acc, half)
	VPADDQ(half, acc.AsX(), low)
	VPSRLDQ(U8(8), low, half)
	VPADDQ(half, low, low)
	out := GP64()
	VMOVQ(low, out)
	Store(out, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// maxima writes the maximum of rows of bytes.
func maxima() {
	for _, k := range []struct {
		name string
		max  func(...Op)
	}{{"maxUnsigned", VPMAXUB}, {"maxSigned", VPMAXSB}} {
		TEXT(k.name+"AVX2", NOSPLIT, "func(n int, dst, src *byte, rows *int, taps int)")
		Doc(k.name+"AVX2 sets 32·n > 0 bytes to the maximum of those of taps > 0 rows, which begin at",
			"src[rows[i]].")
		Pragma("noescape")
		n, dst, src, rows, taps := param("n"), param("dst"), param("src"), param("rows"), param("taps")
		Label("loop")
		x, at, i := YMM(), GP64(), GP64()
		MOVQ(Mem{Base: rows}, at)
		VMOVDQU(Mem{Base: src, Index: at, Scale: 1}, x)
		MOVQ(U32(1), i)
		JMP(LabelRef("test"))
		Label("tap")
		MOVQ(Mem{Base: rows, Index: i, Scale: 8}, at)
		k.max(Mem{Base: src, Index: at, Scale: 1}, x, x)
		INCQ(i)
		Label("test")
		CMPQ(i, taps)
		JLT(LabelRef("tap"))
		VMOVDQU(x, Mem{Base: dst})
		ADDQ(U32(32), src)
		ADDQ(U32(32), dst)
		DECQ(n)
		JNZ(LabelRef("loop"))
		VZEROUPPER()
		RET()
	}
}

// evens writes the choice of every second byte.
func evens() {
	TEXT("evensAVX2", NOSPLIT, "func(n int, dst, src *byte)")
	Doc("evensAVX2 writes the bytes 0, 2, 4, … of 64·n > 0 bytes.")
	Pragma("noescape")
	n, dst, src := param("n"), param("dst"), param("src")
	mask := YMM()
	VPCMPEQD(mask, mask, mask)
	VPSRLW(U8(8), mask, mask)
	Label("loop")
	x, y := YMM(), YMM()
	VPAND(Mem{Base: src}, mask, x)
	VPAND(Mem{Base: src, Disp: 32}, mask, y)
	VPACKUSWB(y, x, x)
	VPERMQ(U8(0xD8), x, x)
	VMOVDQU(x, Mem{Base: dst})
	ADDQ(U32(64), src)
	ADDQ(U32(32), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// lowMask returns a mask of the low n bits, all if n is 64 or more, n less than
// 256.
func lowMask(n reg.Register) reg.OpmaskVirtual {
	ones, k := GP64(), K()
	MOVQ(I32(-1), ones)
	BZHIQ(n, ones, ones)
	KMOVQ(ones, k)
	return k
}

// copyRows writes the copy of rows of bytes.
func copyRows() {
	TEXT("copyRowsAVX512", NOSPLIT, "func(rows, n int, dst *byte, dstStep int, src *byte, srcStep int, flip byte)")
	Doc("copyRowsAVX512 copies rows > 0 rows of n > 0 bytes, XORed with flip.")
	Pragma("noescape")
	rows, n, dst, dstStep := param("rows"), param("n"), param("dst"), param("dstStep")
	src, srcStep := param("src"), param("srcStep")
	flip := ZMM()
	f := Load(Param("flip"), GP32()).(reg.GPVirtual)
	VPBROADCASTB(f, flip)
	Label("row")
	s, d, left := GP64(), GP64(), GP64()
	MOVQ(src, s)
	MOVQ(dst, d)
	MOVQ(n, left)
	x := ZMM()
	Label("loop")
	CMPQ(left, U32(64))
	JLE(LabelRef("tail"))
	VPXORD(Mem{Base: s}, flip, x)
	VMOVDQU32(x, Mem{Base: d})
	ADDQ(U32(64), s)
	ADDQ(U32(64), d)
	SUBQ(U32(64), left)
	JMP(LabelRef("loop"))
	Label("tail")
	k := lowMask(left)
	VMOVDQU8_Z(Mem{Base: s}, k, x)
	VPXORD(flip, x, x)
	VMOVDQU8(x, k, Mem{Base: d})
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// halveRows writes the choice of every second byte of rows.
func halveRows() {
	TEXT("halveRowsAVX512", NOSPLIT, "func(rows, n int, dst *byte, dstStep int, src *byte, srcStep int)")
	Doc("halveRowsAVX512 writes the bytes 0, 2, 4, … of rows > 0 rows, n > 0 of each.")
	Pragma("noescape")
	rows, n, dst, dstStep := param("rows"), param("n"), param("dst"), param("dstStep")
	src, srcStep := param("src"), param("srcStep")
	Label("row")
	s, d, left := GP64(), GP64(), GP64()
	MOVQ(src, s)
	MOVQ(dst, d)
	MOVQ(n, left)
	x, y := ZMM(), YMM()
	Label("loop")
	CMPQ(left, U32(32))
	JLE(LabelRef("tail"))
	VMOVDQU32(Mem{Base: s}, x)
	VPMOVWB(x, y)
	VMOVDQU(y, Mem{Base: d})
	ADDQ(U32(64), s)
	ADDQ(U32(32), d)
	SUBQ(U32(32), left)
	JMP(LabelRef("loop"))
	Label("tail")
	store := lowMask(left)
	ADDQ(left, left)
	DECQ(left)
	load := lowMask(left)
	VMOVDQU8_Z(Mem{Base: s}, load, x)
	VPMOVWB(x, y)
	VMOVDQU8(y, store, Mem{Base: d})
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// separate writes the convolution of one plane. A shuffle lays four neighbours
// together for each of the columns of a vector; which those are, packing of the
// sums undoes.
func separate(stride int) {
	name := fmt.Sprintf("separate%dVNNI", stride)
	TEXT(name, NOSPLIT, "func(rows, n int, dst *byte, dstStep int, src *byte, srcStep int, taps int, at *int, weights *int32, pattern *byte, add int32, mul, lo, hi float32, zero int32, flip byte)")
	Doc(fmt.Sprintf("%s is separateRows for a stride of %d.", name, stride))
	Pragma("noescape")
	rows, n, dst, src := param("rows"), param("n"), param("dst"), param("src")
	taps, at, weights := param("taps"), param("at"), param("weights")
	pattern := ZMM()
	VBROADCASTI32X4(Mem{Base: param("pattern")}, pattern)
	wide := func(name string) reg.VecVirtual {
		addr, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		r := ZMM()
		VBROADCASTSS(addr.Addr, r)
		return r
	}
	add, mul, lo, hi := wide("add"), wide("mul"), wide("lo"), wide("hi")
	zero, flip := ZMM(), ZMM()
	VPBROADCASTW(Load(Param("zero"), GP32()), zero)
	VPBROADCASTB(Load(Param("flip"), GP32()), flip)
	vectors, columns, step := 4, 64, 4
	if stride == 2 {
		vectors, columns, step = 2, 32, 8
	}
	srcStep, dstStep := param("srcStep"), param("dstStep")

	Label("row")
	s, d, left := GP64(), GP64(), GP64()
	MOVQ(src, s)
	MOVQ(dst, d)
	MOVQ(n, left)
	Label("columns")
	acc := make([]reg.VecVirtual, vectors)
	for i := range acc {
		acc[i] = ZMM()
		VMOVDQA32(add, acc[i])
	}
	t := GP64()
	XORQ(t, t)
	Label("tap")
	p := GP64()
	MOVQ(Mem{Base: at, Index: t, Scale: 8}, p)
	ADDQ(s, p)
	w := ZMM()
	VPBROADCASTD(Mem{Base: weights, Index: t, Scale: 4}, w)
	for i := range acc {
		x := ZMM()
		VMOVDQU32(Mem{Base: p, Disp: step * i}, x)
		VPSHUFB(pattern, x, x)
		VPDPBUSD(w, x, acc[i])
	}
	INCQ(t)
	CMPQ(t, taps)
	JLT(LabelRef("tap"))
	for _, x := range acc {
		VCVTDQ2PS(x, x)
		VMULPS(mul, x, x)
		VMAXPS(lo, x, x)
		VMINPS(hi, x, x)
		VCVTPS2DQ(x, x)
	}
	for i := 0; i < vectors; i += 2 {
		VPACKSSDW(acc[i+1], acc[i], acc[i])
		VPADDW(zero, acc[i], acc[i])
	}
	var out reg.VecVirtual
	if stride == 1 {
		VPACKUSWB(acc[2], acc[0], acc[0])
		VPXORD(flip, acc[0], acc[0])
		out = acc[0]
	} else {
		out = YMM()
		VPMOVWB(acc[0], out)
		VPXORD(flip.AsY(), out, out)
	}
	CMPQ(left, U32(columns))
	JLT(LabelRef("tail"))
	if stride == 1 {
		VMOVDQU32(out, Mem{Base: d})
	} else {
		VMOVDQU(out, Mem{Base: d})
	}
	ADDQ(U32(columns*stride), s)
	ADDQ(U32(columns), d)
	SUBQ(U32(columns), left)
	JNZ(LabelRef("columns"))
	JMP(LabelRef("next"))
	Label("tail")
	k := lowMask(left)
	VMOVDQU8(out, k, Mem{Base: d})
	Label("next")
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
