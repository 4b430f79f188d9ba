package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Constants as whole vectors.
var half, two, fiveHalves, root2, rootHalf, rootHalf3, root8, interleave, halves Mem

func consts() {
	table := GLOBL("winogradConsts", 8|16) // RODATA, NOPTR
	at := 0
	vector := func(f float32) Mem {
		m := table.Offset(at)
		for range 16 {
			DATA(at, F32(f))
			at += 4
		}
		return m
	}
	half, two, fiveHalves = vector(0.5), vector(2), vector(2.5)
	root2, rootHalf = vector(math.Sqrt2), vector(math.Sqrt2/2)
	rootHalf3, root8 = vector(math.Sqrt2/4), vector(2*math.Sqrt2)
	// Indices that interleave: the first halves of two vectors of 32 bits,
	// their second halves, and the same of 64 bits.
	interleave = table.Offset(at)
	for part := range 2 {
		for i := range 8 {
			DATA(at, U32(8*part+i))
			DATA(at+4, U32(16+8*part+i))
			at += 8
		}
	}
	for part := range 2 {
		for i := range 4 {
			DATA(at, U64(4*part+i))
			DATA(at+8, U64(8+4*part+i))
			at += 16
		}
	}
	// Indices of the elements of two vectors at even places, and at odd ones.
	halves = table.Offset(at)
	for odd := range 2 {
		for i := range 16 {
			DATA(at, U32(2*i+odd))
			at += 4
		}
	}
}

// split4 writes the deinterleaving of a row by four.
func split4(columns int) {
	name := fmt.Sprintf("split4x%d", columns)
	TEXT(name, NOSPLIT, "func(n int, dst *float32, plane int, src *float32)")
	Doc(fmt.Sprintf("%s is splitGo for every fourth element, %d columns and 4·n results, n > 0, with AVX;", name, columns),
		"plane is in bytes. It reads 16·n+4 elements.")
	Pragma("noescape")
	n, dst, plane, src := Load(Param("n"), GP64()), Load(Param("dst"), GP64()), Load(Param("plane"), GP64()), Load(Param("src"), GP64())
	to := planesAt(dst, plane, columns)
	Label("loop")
	var r [5]reg.VecVirtual
	for i := range columns/6 + 4 {
		r[i] = XMM()
		VMOVUPS(Mem{Base: src, Disp: 16 * i}, r[i])
	}
	pair := func(unpack func(...Op), i, at int) {
		a, b := XMM(), XMM()
		unpack(r[i+1], r[i], a)
		unpack(r[i+3], r[i+2], b)
		lo, hi := XMM(), XMM()
		VMOVLHPS(b, a, lo)
		VMOVHLPS(a, b, hi)
		VMOVUPS(lo, to[at])
		VMOVUPS(hi, to[at+1])
	}
	pair(VUNPCKLPS, 0, 0)
	pair(VUNPCKHPS, 0, 2)
	if columns == 6 {
		pair(VUNPCKLPS, 1, 4)
	}
	ADDQ(U32(64), src)
	ADDQ(U32(16), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	RET()
}

// planesAt returns where up to six planes are.
func planesAt(dst, plane reg.Register, n int) []Mem {
	at := []Mem{{Base: dst}, {Base: dst, Index: plane, Scale: 1}, {Base: dst, Index: plane, Scale: 2}}
	if n > 3 {
		p3 := GP64()
		LEAQ(Mem{Base: plane, Index: plane, Scale: 2}, p3)
		at = append(at, Mem{Base: dst, Index: p3, Scale: 1}, Mem{Base: dst, Index: plane, Scale: 4})
	}
	if n > 5 {
		p5 := GP64()
		LEAQ(Mem{Base: plane, Index: plane, Scale: 4}, p5)
		at = append(at, Mem{Base: dst, Index: p5, Scale: 1})
	}
	return at
}

// split2 writes the deinterleaving of a row by two.
func split2(columns int) {
	name := fmt.Sprintf("split2x%d", columns)
	TEXT(name, NOSPLIT, "func(n int, dst *float32, plane int, src *float32)")
	Doc(fmt.Sprintf("%s is splitGo for every second element, %d columns and 4·n results, n > 0, with AVX;", name, columns),
		"plane is in bytes. It reads 8·n+2 elements.")
	Pragma("noescape")
	n, dst, plane, src := Load(Param("n"), GP64()), Load(Param("dst"), GP64()), Load(Param("plane"), GP64()), Load(Param("src"), GP64())
	to := planesAt(dst, plane, columns)
	Label("loop")
	for i := range columns {
		x := XMM()
		VMOVUPS(Mem{Base: src, Disp: 8 * (i / 2)}, x)
		VSHUFPS(U8([]int{0x88, 0xDD}[i%2]), Mem{Base: src, Disp: 8*(i/2) + 16}, x, x)
		VMOVUPS(x, to[i])
	}
	ADDQ(U32(32), src)
	ADDQ(U32(16), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	RET()
}

// bt writes Bᵀ·d; d is used up.
func (v isa) bt(m int, d []reg.VecVirtual) []reg.VecVirtual {
	r := make([]reg.VecVirtual, m+2)
	for i := range r {
		r[i] = v.vec()
	}
	if m == 2 {
		VSUBPS(d[2], d[0], r[0])
		VADDPS(d[2], d[1], r[1])
		VSUBPS(d[1], d[2], r[2])
		VSUBPS(d[3], d[1], r[3])
		return r
	}
	ends := func(x, y, z, r reg.VecVirtual) { // x - 5/2·y + z
		VADDPS(x, z, r)
		VFNMADD231PS(fiveHalves, y, r)
	}
	ends(d[0], d[2], d[4], r[0])
	ends(d[1], d[3], d[5], r[5])
	// even ± root·odd, with the square of the other root
	pair := func(square, root Mem, r, s reg.VecVirtual) {
		odd := v.vec()
		VMOVAPS(d[4], r)
		VFNMADD231PS(square, d[2], r)
		VMOVAPS(d[3], odd)
		VFNMADD231PS(square, d[1], odd)
		VMOVAPS(r, s)
		VFMADD231PS(root, odd, r)
		VFNMADD231PS(root, odd, s)
	}
	pair(two, rootHalf, r[1], r[2])
	pair(half, root2, r[3], r[4])
	return r
}

// input writes the transformation of tiles.
func (v isa) input(m int) {
	a := m + 2
	name := fmt.Sprintf("winogradInput%d%s", m, v.name)
	TEXT(name, NOSPLIT, "func(n int, src *float32, plane, row int, dst *float32, point int, tmp *float32)")
	Doc(fmt.Sprintf("%s is inputGo for m = %d and %d·n tiles, n > 0; plane, row and point are in bytes.", name, m, v.bytes/4),
		fmt.Sprintf("tmp has %d elements.", a*a*v.bytes/4))
	Pragma("noescape")
	n, g := Load(Param("n"), GP64()), Load(Param("src"), GP64())
	plane, row := Load(Param("plane"), GP64()), Load(Param("row"), GP64())
	dst, point, tmp := Load(Param("dst"), GP64()), Load(Param("point"), GP64()), Load(Param("tmp"), GP64())
	s, s3 := GP64(), GP64() // from one row of the tile to the next, of those of the same step
	if m == 2 {
		MOVQ(plane, s)
		SHLQ(U8(2), s)
	} else {
		LEAQ(Mem{Base: plane, Index: plane, Scale: 2}, s)
		ADDQ(s, s)
		LEAQ(Mem{Base: s, Index: s, Scale: 2}, s3)
	}
	Label("loop")
	at, below := GP64(), GP64()
	MOVQ(g, at)
	LEAQ(Mem{Base: g, Index: row, Scale: 1}, below)
	for i := range a {
		rows := []Mem{{Base: at}, {Base: at, Index: s, Scale: 1}}
		if m == 4 {
			rows = append(rows, Mem{Base: at, Index: s, Scale: 2}, Mem{Base: at, Index: s3, Scale: 1})
		}
		rows = append(rows, Mem{Base: below}, Mem{Base: below, Index: s, Scale: 1})
		d := make([]reg.VecVirtual, a)
		for j := range d {
			d[j] = v.vec()
			VMOVUPS(rows[j], d[j])
		}
		for j, x := range v.bt(m, d) {
			VMOVUPS(x, Mem{Base: tmp, Disp: (j*a + i) * v.bytes})
		}
		if i < a-1 {
			ADDQ(plane, at)
			ADDQ(plane, below)
		}
	}
	to := GP64()
	MOVQ(dst, to)
	for j := range a {
		d := make([]reg.VecVirtual, a)
		for i := range d {
			d[i] = v.vec()
			VMOVUPS(Mem{Base: tmp, Disp: (j*a + i) * v.bytes}, d[i])
		}
		for _, x := range v.bt(m, d) {
			VMOVUPS(x, Mem{Base: to})
			ADDQ(point, to)
		}
	}
	ADDQ(U32(v.bytes), g)
	ADDQ(U32(v.bytes), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// at writes Aᵀ·x; it reads the first and the last of x once.
func (v isa) at(m int, x []Op, load func(Op) reg.VecVirtual) []reg.VecVirtual {
	if m == 2 {
		x1, x2 := load(x[1]), load(x[2])
		r0, r1 := v.vec(), v.vec()
		VADDPS(x2, x1, r0)
		VADDPS(x[0], r0, r0)
		VSUBPS(x2, x1, r1)
		VSUBPS(x[3], r1, r1)
		return []reg.VecVirtual{r0, r1}
	}
	x1, x2 := load(x[1]), load(x[2])
	s1 := v.vec()
	VADDPS(x2, x1, s1)
	VSUBPS(x2, x1, x1)
	x3, x4 := load(x[3]), load(x[4])
	s2 := v.vec()
	VADDPS(x4, x3, s2)
	VSUBPS(x4, x3, x3)
	r0 := v.vec()
	VADDPS(x[0], s1, r0)
	VADDPS(s2, r0, r0)
	r3 := load(x[5])
	VFMADD231PS(rootHalf3, x1, r3)
	VFMADD231PS(root8, x3, r3)
	VMULPS(half, s1, s1)
	VFMADD231PS(two, s2, s1) // row 2
	VMULPS(rootHalf, x1, x1)
	VFMADD231PS(root2, x3, x1) // row 1
	return []reg.VecVirtual{r0, x1, s1, r3}
}

// output writes the transformation back.
func (v isa) output(m int) {
	a := m + 2
	name := fmt.Sprintf("winogradOutput%d%s", m, v.name)
	TEXT(name, NOSPLIT, "func(n int, src *float32, point int, dst *float32, row int, bias, lo, hi float32, tmp *float32)")
	Doc(fmt.Sprintf("%s is outputGo for m = %d and %d·n tiles, n > 0; point and row are in bytes.", name, m, v.bytes/4),
		fmt.Sprintf("tmp has %d elements.", a*m*v.bytes/4))
	Pragma("noescape")
	n, src, point := Load(Param("n"), GP64()), Load(Param("src"), GP64()), Load(Param("point"), GP64())
	dst, row, tmp := Load(Param("dst"), GP64()), Load(Param("row"), GP64()), Load(Param("tmp"), GP64())
	s, s3, s5 := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: point, Index: point, Scale: 2}, s)
	if m == 4 {
		ADDQ(s, s)
	} else {
		ADDQ(point, s)
	}
	LEAQ(Mem{Base: s, Index: s, Scale: 2}, s3)
	LEAQ(Mem{Base: s, Index: s, Scale: 4}, s5)
	load := func(o Op) reg.VecVirtual {
		if x, ok := o.(reg.VecVirtual); ok {
			return x
		}
		x := v.vec()
		VMOVUPS(o, x)
		return x
	}
	keep := v.bytes == 64
	Label("loop")
	from := GP64()
	MOVQ(src, from)
	var kept [4][6]Op
	for i := range a {
		x := []Op{
			Mem{Base: from}, Mem{Base: from, Index: s, Scale: 1}, Mem{Base: from, Index: s, Scale: 2},
			Mem{Base: from, Index: s3, Scale: 1}, Mem{Base: from, Index: s, Scale: 4}, Mem{Base: from, Index: s5, Scale: 1},
		}[:a]
		for r, y := range v.at(m, x, load) {
			if keep {
				kept[r][i] = y
				continue
			}
			to := Mem{Base: tmp, Disp: (r*a + i) * v.bytes}
			VMOVUPS(y, to)
			kept[r][i] = to
		}
		if i < a-1 {
			ADDQ(point, from)
		}
	}
	to := GP64()
	MOVQ(dst, to)
	for r := range m {
		y := v.at(m, kept[r][:a], load)
		b := v.broadcast("bias")
		for i := range y {
			VADDPS(b, y[i], y[i])
		}
		// The second operand is what a comparison with NaN returns.
		lo := v.broadcast("lo")
		for i := range y {
			VMAXPS(y[i], lo, y[i])
		}
		hi := v.broadcast("hi")
		for i := range y {
			VMINPS(y[i], hi, y[i])
		}
		for i, x := range v.interleave(y) {
			VMOVUPS(x, Mem{Base: to, Disp: i * v.bytes})
		}
		if r < m-1 {
			ADDQ(row, to)
		}
	}
	ADDQ(U32(v.bytes), src)
	ADDQ(U32(m*v.bytes), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// interleave returns the elements of two or four vectors in turn.
func (v isa) interleave(y []reg.VecVirtual) []reg.VecVirtual {
	if v.bytes == 64 {
		merge := func(permute func(...Op), kind int, a, b reg.VecVirtual) [2]reg.VecVirtual {
			var r [2]reg.VecVirtual
			for i := range r {
				r[i] = ZMM()
				VMOVUPS(interleave.Offset(128*kind+64*i), r[i])
				permute(b, a, r[i])
			}
			return r
		}
		ab := merge(VPERMI2PS, 0, y[0], y[1])
		if len(y) == 2 {
			return ab[:]
		}
		cd := merge(VPERMI2PS, 0, y[2], y[3])
		lo, hi := merge(VPERMI2PD, 1, ab[0], cd[0]), merge(VPERMI2PD, 1, ab[1], cd[1])
		return []reg.VecVirtual{lo[0], lo[1], hi[0], hi[1]}
	}
	pair := func(lo, hi func(...Op), a, b reg.VecVirtual) (x, y reg.VecVirtual) {
		x, y = YMM(), YMM()
		lo(b, a, x)
		hi(b, a, y)
		return x, y
	}
	halves := func(a, b reg.VecVirtual) (x, y reg.VecVirtual) {
		x, y = YMM(), YMM()
		VPERM2F128(U8(0x20), b, a, x)
		VPERM2F128(U8(0x31), b, a, y)
		return x, y
	}
	ab0, ab1 := pair(VUNPCKLPS, VUNPCKHPS, y[0], y[1]) // tiles 0 1 | 4 5 and 2 3 | 6 7
	if len(y) == 2 {
		x, z := halves(ab0, ab1)
		return []reg.VecVirtual{x, z}
	}
	cd0, cd1 := pair(VUNPCKLPS, VUNPCKHPS, y[2], y[3])
	t0, t1 := pair(VUNPCKLPD, VUNPCKHPD, ab0, cd0) // tiles 0 | 4, 1 | 5
	t2, t3 := pair(VUNPCKLPD, VUNPCKHPD, ab1, cd1)
	t01, t45 := halves(t0, t1)
	t23, t67 := halves(t2, t3)
	return []reg.VecVirtual{t01, t23, t45, t67}
}
