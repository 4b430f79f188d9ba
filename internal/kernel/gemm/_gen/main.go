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
		avx2.tile(rows)
	}
	for rows := 1; rows <= 12; rows++ {
		avx512.tile(rows)
	}
	Generate()
}

// isa is a width of vectors.
type isa struct {
	name  string
	bytes int
	vec   func() reg.VecVirtual
}

// sets returns how many products per element are summed apart, so that an
// addition need not wait for the one before: few rows have few sums.
func sets(rows int) int {
	switch rows {
	case 1:
		return 4
	case 2, 3:
		return 2
	}
	return 1
}

// tile writes the micro-kernel for a number of rows and two vectors of columns.
func (v isa) tile(rows int) {
	name := fmt.Sprintf("tile%dx%d%s", rows, v.bytes/2, v.name)
	TEXT(name, NOSPLIT, "func(kc int, a *float32, ars, aps int, b *float32, bs int, c *float32, ldc int, alpha float32, add bool)")
	Doc(fmt.Sprintf("%s is tile.run for %d rows of %d columns; strides are in bytes.", name, rows, v.bytes/2))
	Pragma("noescape")
	n := sets(rows)
	acc := make([][][2]reg.VecVirtual, n)
	for s := range acc {
		acc[s] = make([][2]reg.VecVirtual, rows)
		for r := range acc[s] {
			acc[s][r] = [2]reg.VecVirtual{v.vec(), v.vec()}
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
		b0, b1, x := v.vec(), v.vec(), v.vec()
		VMOVUPS(Mem{Base: b}, b0)
		VMOVUPS(Mem{Base: b, Disp: v.bytes}, b1)
		for r := range rows {
			VBROADCASTSS(row(r), x)
			VFMADD231PS(b0, x, acc[s][r][0])
			VFMADD231PS(b1, x, acc[s][r][1])
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
			for i := range 2 {
				VADDPS(acc[s][r][i], acc[(s-1)/2][r][i], acc[(s-1)/2][r][i])
			}
		}
	}
	c, ldc := Load(Param("c"), GP64()), Load(Param("ldc"), GP64())
	alpha := v.vec()
	addr, err := Param("alpha").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(addr.Addr, alpha)
	add := Load(Param("add"), GP8())
	TESTB(add, add)
	JZ(LabelRef("set"))
	for r := range rows {
		for i := range 2 {
			at := Mem{Base: c, Disp: i * v.bytes}
			VFMADD213PS(at, alpha, acc[0][r][i])
			VMOVUPS(acc[0][r][i], at)
		}
		if r < rows-1 {
			ADDQ(ldc, c)
		}
	}
	v.ret()
	Label("set")
	for r := range rows {
		for i := range 2 {
			VMULPS(acc[0][r][i], alpha, acc[0][r][i])
			VMOVUPS(acc[0][r][i], Mem{Base: c, Disp: i * v.bytes})
		}
		if r < rows-1 {
			ADDQ(ldc, c)
		}
	}
	v.ret()
}

func (v isa) zero(x reg.VecVirtual) {
	if v.bytes == 64 {
		VPXORD(x, x, x)
	} else {
		VXORPS(x, x, x)
	}
}

func (v isa) ret() {
	VZEROUPPER()
	RET()
}
