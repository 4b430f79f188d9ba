// Command gen writes the assembly of the micro-kernels of package gemm.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	avx2 := isa{name: "AVX2", bytes: 32, vec: func() reg.VecVirtual { return YMM() }}
	avx512 := isa{name: "AVX512", bytes: 64, vec: func() reg.VecVirtual { return ZMM() }}
	for rows := 1; rows <= 6; rows++ {
		avx2.tile(float32s, rows, 2)
	}
	for rows := 1; rows <= 12; rows++ {
		avx512.tile(float32s, rows, 2)
	}
	for rows := 1; rows <= 12; rows++ {
		avx512.tile(float32s, rows, 1)
	}
	for rows := 1; rows <= 6; rows++ {
		avx2.tile(float64s, rows, 2)
	}
	for rows := 1; rows <= 6; rows++ {
		avx2.tile(int32s, rows, 2)
	}
	avx2.copyBlocks()
	avx512.copyBlocks()
	transpose()
	dots()
	Generate()
}

// isa is a width of vectors.
type isa struct {
	name  string
	bytes int
	vec   func() reg.VecVirtual
}

// elem is an element type: its arithmetic on vectors.
type elem struct {
	name, suffix string
	size         int
	broadcast    func(...Op)
	add          func(...Op)
	mul          func(...Op)
	mulAdd       func(v isa, x, y, sum reg.VecVirtual) // sum += x·y
	min, max     func(...Op)                           // nil where tiles do not clamp
	fast         bool                                  // additions need not be kept apart
}

var (
	float32s = elem{
		name: "float32", size: 4, broadcast: VBROADCASTSS, add: VADDPS, mul: VMULPS, min: VMINPS, max: VMAXPS,
		mulAdd: func(v isa, x, y, sum reg.VecVirtual) { VFMADD231PS(x, y, sum) },
	}
	float64s = elem{
		name: "float64", suffix: "F64", size: 8, broadcast: VBROADCASTSD, add: VADDPD, mul: VMULPD, min: VMINPD, max: VMAXPD,
		mulAdd: func(v isa, x, y, sum reg.VecVirtual) { VFMADD231PD(x, y, sum) },
	}
	int32s = elem{
		name: "int32", suffix: "I32", size: 4, broadcast: VBROADCASTSS, add: VPADDD, mul: VPMULLD, fast: true,
		mulAdd: func(v isa, x, y, sum reg.VecVirtual) {
			product := v.vec()
			VPMULLD(x, y, product)
			VPADDD(product, sum, sum)
		},
	}
)

// sets returns how many products per element are summed apart, so that an
// addition need not wait for the one before: few rows have few sums.
func (e elem) sets(rows int) int {
	if e.fast {
		return 1
	}
	switch rows {
	case 1:
		return 4
	case 2, 3:
		return 2
	}
	return 1
}

// tile writes the micro-kernel for a number of rows and one or two vectors of
// columns.
func (v isa) tile(e elem, rows, vectors int) {
	cols := vectors * v.bytes / e.size
	name := fmt.Sprintf("tile%dx%d%s%s", rows, cols, v.name, e.suffix)
	TEXT(name, NOSPLIT, fmt.Sprintf("func(kc int, a *%[1]s, ars, aps int, b *%[1]s, bs int, c *%[1]s, ldc int, add, row, col *%[1]s, alpha, lo, hi %[1]s, flags int)", e.name))
	Doc(fmt.Sprintf("%s is tile.run for %d rows of %d columns; strides are in bytes.", name, rows, cols),
		"flags: 1 adds add, whose rows are ldc apart, 2 the bias of rows, 4 that of columns, 8 clamps,",
		"16 multiplies the sums by alpha.")
	Pragma("noescape")
	n := e.sets(rows)
	acc := make([][][]reg.VecVirtual, n)
	for s := range acc {
		acc[s] = make([][]reg.VecVirtual, rows)
		for r := range acc[s] {
			acc[s][r] = v.vecs(vectors)
			for _, x := range acc[s][r] {
				v.zero(x)
			}
		}
	}
	kc := Load(Param("kc"), GP64())
	ars, aps := Load(Param("ars"), GP64()), Load(Param("aps"), GP64())
	b, bs := Load(Param("b"), GP64()), Load(Param("bs"), GP64())
	// A base for every three rows: base, base+ars and base+2·ars.
	bases := []reg.Register{Load(Param("a"), GP64())}
	for r := 3; r < rows; r += 3 {
		next := GP64()
		LEAQ(Mem{Base: bases[len(bases)-1], Index: ars, Scale: 2}, next)
		ADDQ(ars, next)
		bases = append(bases, next)
	}
	row := func(r int) Mem {
		m := Mem{Base: bases[r/3]}
		if r%3 > 0 {
			m.Index, m.Scale = ars, uint8(r%3)
		}
		return m
	}
	step := func(s int) {
		bv, x := v.vecs(vectors), v.vec()
		for i, y := range bv {
			VMOVUPS(Mem{Base: b, Disp: i * v.bytes}, y)
		}
		for r := range rows {
			e.broadcast(row(r), x)
			for i, y := range bv {
				e.mulAdd(v, y, x, acc[s][r][i])
			}
		}
		if v.bytes == 64 {
			// A is mostly a stream of panels, which a prefetcher follows to the
			// end of a page only.
			PREFETCHT0(Mem{Base: bases[0], Disp: 1536})
		}
		for _, base := range bases {
			ADDQ(aps, base)
		}
		ADDQ(bs, b)
	}
	if n > 1 {
		Label("wide")
		CMPQ(kc, U32(n))
		JLT(LabelRef("narrow"))
		for s := range n {
			step(s)
		}
		SUBQ(U32(n), kc)
		JMP(LabelRef("wide"))
		Label("narrow")
		TESTQ(kc, kc)
		JZ(LabelRef("store"))
	}
	Label("loop")
	step(0)
	DECQ(kc)
	JNZ(LabelRef("loop"))
	Label("store")
	for s := n - 1; s > 0; s-- {
		for r := range rows {
			for i := range vectors {
				e.add(acc[s][r][i], acc[(s-1)/2][r][i], acc[(s-1)/2][r][i])
			}
		}
	}
	v.finish(e, rows, acc[0])
}

// finish writes what follows the sums: scaling, what is added, bounds, stores.
func (v isa) finish(e elem, rows int, acc [][]reg.VecVirtual) {
	last := len(acc[0]) - 1 // vector of a row
	c, ldc := Load(Param("c"), GP64()), Load(Param("ldc"), GP64())
	flags := Load(Param("flags"), GP64())
	each := func(f func(r, i int, x reg.VecVirtual)) {
		for r := range rows {
			for i, x := range acc[r] {
				f(r, i, x)
			}
		}
	}
	TESTQ(U32(16), flags)
	JZ(LabelRef("add"))
	alpha := v.broadcast(e, "alpha")
	each(func(r, i int, x reg.VecVirtual) { e.mul(x, alpha, x) })

	Label("add")
	TESTQ(U32(1), flags)
	JZ(LabelRef("row"))
	at := Load(Param("add"), GP64())
	each(func(r, i int, x reg.VecVirtual) {
		e.add(Mem{Base: at, Disp: i * v.bytes}, x, x)
		if i == last && r < rows-1 {
			ADDQ(ldc, at)
		}
	})

	Label("row")
	TESTQ(U32(2), flags)
	JZ(LabelRef("column"))
	row := Load(Param("row"), GP64())
	for r := range rows {
		b := v.vec()
		e.broadcast(Mem{Base: row, Disp: e.size * r}, b)
		for _, x := range acc[r] {
			e.add(b, x, x)
		}
	}

	Label("column")
	TESTQ(U32(4), flags)
	JZ(LabelRef("clamp"))
	col := Load(Param("col"), GP64())
	b := v.vecs(last + 1)
	for i, x := range b {
		VMOVUPS(Mem{Base: col, Disp: i * v.bytes}, x)
	}
	each(func(r, i int, x reg.VecVirtual) { e.add(b[i], x, x) })

	Label("clamp")
	if e.max != nil {
		TESTQ(U32(8), flags)
		JZ(LabelRef("set"))
		// The second operand is what a comparison with NaN returns.
		lo, hi := v.broadcast(e, "lo"), v.broadcast(e, "hi")
		each(func(r, i int, x reg.VecVirtual) {
			e.max(x, lo, x)
			e.min(x, hi, x)
		})
		Label("set")
	}
	each(func(r, i int, x reg.VecVirtual) {
		VMOVUPS(x, Mem{Base: c, Disp: i * v.bytes})
		if i == last && r < rows-1 {
			ADDQ(ldc, c)
		}
	})
	VZEROUPPER()
	RET()
}

func (v isa) vecs(n int) []reg.VecVirtual {
	x := make([]reg.VecVirtual, n)
	for i := range x {
		x[i] = v.vec()
	}
	return x
}

// broadcast loads a parameter into all elements.
func (v isa) broadcast(e elem, param string) reg.VecVirtual {
	addr, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	x := v.vec()
	e.broadcast(addr.Addr, x)
	return x
}

func (v isa) zero(x reg.VecVirtual) {
	if v.bytes == 64 {
		VPXORD(x, x, x)
	} else {
		VXORPS(x, x, x)
	}
}

// copyBlocks writes the copy of blocks of two vectors.
func (v isa) copyBlocks() {
	name := fmt.Sprintf("copyBlocks%d%s", v.bytes/2, v.name)
	TEXT(name, NOSPLIT, "func(dst *float32, ds int, src *float32, ss, n int)")
	Doc(fmt.Sprintf("%s copies n > 0 blocks of %d elements, ds and ss bytes apart.", name, v.bytes/2))
	Pragma("noescape")
	dst, ds := Load(Param("dst"), GP64()), Load(Param("ds"), GP64())
	src, ss := Load(Param("src"), GP64()), Load(Param("ss"), GP64())
	n := Load(Param("n"), GP64())
	Label("loop")
	x, y := v.vec(), v.vec()
	VMOVUPS(Mem{Base: src}, x)
	VMOVUPS(Mem{Base: src, Disp: v.bytes}, y)
	VMOVUPS(x, Mem{Base: dst})
	VMOVUPS(y, Mem{Base: dst, Disp: v.bytes})
	ADDQ(ss, src)
	ADDQ(ds, dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// transpose writes the transposition of eight rows.
func transpose() {
	TEXT("transpose8AVX2", NOSPLIT, "func(dst *float32, ds int, src *float32, ss, n int)")
	Doc("transpose8AVX2 writes eight rows of 8·n elements (n > 0), ss bytes apart, as 8·n",
		"rows of eight, ds bytes apart.")
	Pragma("noescape")
	dst, ds := Load(Param("dst"), GP64()), Load(Param("ds"), GP64())
	src, ss := Load(Param("src"), GP64()), Load(Param("ss"), GP64())
	n := Load(Param("n"), GP64())
	ss3, ds3 := GP64(), GP64()
	LEAQ(Mem{Base: ss, Index: ss, Scale: 2}, ss3)
	LEAQ(Mem{Base: ds, Index: ds, Scale: 2}, ds3)
	at := func(base, stride, stride3 reg.Register, i int) Mem {
		switch i {
		case 0:
			return Mem{Base: base}
		case 3:
			return Mem{Base: base, Index: stride3, Scale: 1}
		}
		return Mem{Base: base, Index: stride, Scale: uint8(i)}
	}
	four := GP64()
	Label("loop")
	LEAQ(Mem{Base: src, Index: ss, Scale: 4}, four)
	var r [8]reg.VecVirtual
	for i := range r {
		r[i] = YMM()
		base := src
		if i >= 4 {
			base = four
		}
		VMOVUPS(at(base, ss, ss3, i%4), r[i])
	}
	var t [8]reg.VecVirtual
	for i := 0; i < 8; i += 2 {
		t[i], t[i+1] = YMM(), YMM()
		VUNPCKLPS(r[i+1], r[i], t[i])
		VUNPCKHPS(r[i+1], r[i], t[i+1])
	}
	// t[0], t[2]: columns 0 1 | 4 5 of rows 0 1 and 2 3; t[1], t[3]: 2 3 | 6 7.
	var u [8]reg.VecVirtual
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			u[i+2*j], u[i+2*j+1] = YMM(), YMM()
			VSHUFPS(U8(0x44), t[i+j+2], t[i+j], u[i+2*j])
			VSHUFPS(U8(0xEE), t[i+j+2], t[i+j], u[i+2*j+1])
		}
	}
	LEAQ(Mem{Base: dst, Index: ds, Scale: 4}, four)
	for i := range 4 {
		lo, hi := YMM(), YMM()
		VPERM2F128(U8(0x20), u[i+4], u[i], lo)
		VPERM2F128(U8(0x31), u[i+4], u[i], hi)
		VMOVUPS(lo, at(dst, ds, ds3, i))
		VMOVUPS(hi, at(four, ds, ds3, i))
	}
	ADDQ(U32(32), src)
	LEAQ(Mem{Base: dst, Index: ds, Scale: 8}, dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// dots writes the product of four rows with a vector.
func dots() {
	TEXT("dots4AVX2", NOSPLIT, "func(n int, x, a *float32, as int, sums *[4]float32)")
	Doc("dots4AVX2 sets sums to the products of four rows of a, as bytes apart, with x; all",
		"have 16·n elements, n > 0.")
	Pragma("noescape")
	n := Load(Param("n"), GP64())
	x, a, as := Load(Param("x"), GP64()), Load(Param("a"), GP64()), Load(Param("as"), GP64())
	a2 := GP64()
	LEAQ(Mem{Base: a, Index: as, Scale: 2}, a2)
	var acc [4][2]reg.VecVirtual
	for r := range acc {
		acc[r] = [2]reg.VecVirtual{YMM(), YMM()}
		VXORPS(acc[r][0], acc[r][0], acc[r][0])
		VXORPS(acc[r][1], acc[r][1], acc[r][1])
	}
	Label("loop")
	for i := range 2 {
		v := YMM()
		VMOVUPS(Mem{Base: x, Disp: 32 * i}, v)
		for r, m := range []Mem{{Base: a}, {Base: a, Index: as, Scale: 1}, {Base: a2}, {Base: a2, Index: as, Scale: 1}} {
			m.Disp = 32 * i
			VFMADD231PS(m, v, acc[r][i])
		}
	}
	ADDQ(U32(64), x)
	ADDQ(U32(64), a)
	ADDQ(U32(64), a2)
	DECQ(n)
	JNZ(LabelRef("loop"))
	for r := range acc {
		VADDPS(acc[r][1], acc[r][0], acc[r][0])
	}
	// Add neighbours, then neighbours of those: each half holds four sums.
	VHADDPS(acc[1][0], acc[0][0], acc[0][0])
	VHADDPS(acc[3][0], acc[2][0], acc[2][0])
	VHADDPS(acc[2][0], acc[0][0], acc[0][0])
	half := XMM()
	VEXTRACTF128(U8(1), acc[0][0], half)
	sum := XMM()
	VADDPS(half, acc[0][0].AsX(), sum)
	sums := Load(Param("sums"), GP64())
	VMOVUPS(sum, Mem{Base: sums})
	VZEROUPPER()
	RET()
}
