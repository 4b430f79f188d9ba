// Command small writes the assembly of package gemm for a row of A.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	rows("AVX2", 32, func() reg.VecVirtual { return YMM() })
	rows("AVX512", 64, func() reg.VecVirtual { return ZMM() })
	Generate()
}

// rows writes the addition of eight rows, each times a number.
func rows(name string, bytes int, vec func() reg.VecVirtual) {
	TEXT("rows8"+name, NOSPLIT, "func(n int, a, b *float32, bs int, c *float32)")
	Doc("rows8" + name + " adds a[p]·b[p*bs+j], p from 0 to 7, to c[j] for j < 16·n, n > 0; bs is in bytes.")
	Pragma("noescape")
	n, a := Load(Param("n"), GP64()), Load(Param("a"), GP64())
	b, bs, c := Load(Param("b"), GP64()), Load(Param("bs"), GP64()), Load(Param("c"), GP64())
	var factors [8]reg.VecVirtual
	for i := range factors {
		factors[i] = vec()
		VBROADCASTSS(Mem{Base: a, Disp: 4 * i}, factors[i])
	}
	bs3, b4 := GP64(), GP64()
	LEAQ(Mem{Base: bs, Index: bs, Scale: 2}, bs3)
	LEAQ(Mem{Base: b, Index: bs, Scale: 4}, b4)
	Label("loop")
	for d := 0; d < 64; d += bytes {
		// Two sums, so that not every product waits for the one before; and
		// what is in C, which is larger, is rounded once.
		s, t := vec(), vec()
		for i, f := range factors {
			m := Mem{Base: b, Disp: d}
			if i >= 4 {
				m.Base = b4
			}
			switch i % 4 {
			case 1, 2:
				m.Index, m.Scale = bs, uint8(i%4)
			case 3:
				m.Index, m.Scale = bs3, 1
			}
			switch {
			case i == 0:
				VMULPS(m, f, s)
			case i == 1:
				VMULPS(m, f, t)
			case i%2 == 1:
				VFMADD231PS(m, f, t)
			default:
				VFMADD231PS(m, f, s)
			}
		}
		VADDPS(t, s, s)
		VADDPS(Mem{Base: c, Disp: d}, s, s)
		VMOVUPS(s, Mem{Base: c, Disp: d})
	}
	ADDQ(U32(64), b)
	ADDQ(U32(64), b4)
	ADDQ(U32(64), c)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
