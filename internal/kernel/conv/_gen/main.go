// Command gen writes the assembly of package conv.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	avx2 := isa{name: "AVX2", bytes: 32, vec: func() reg.VecVirtual { return YMM() }}
	avx512 := isa{name: "AVX512", bytes: 64, vec: func() reg.VecVirtual { return ZMM() }}
	consts()
	split4(6)
	split4(4)
	split2(4)
	split2(3)
	for _, v := range []isa{avx2, avx512} {
		for _, m := range []int{2, 4} {
			v.input(m)
			v.output(m)
		}
	}
	plane(3, 1)
	plane(3, 2)
	plane(5, 1)
	plane(7, 1)
	halfPlane(3)
	halfPlane(5)
	Generate()
}

// isa is a width of vectors.
type isa struct {
	name  string
	bytes int
	vec   func() reg.VecVirtual
}

func (v isa) broadcast(param string) reg.VecVirtual {
	addr, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	x := v.vec()
	VBROADCASTSS(addr.Addr, x)
	return x
}
