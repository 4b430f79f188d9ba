// Command gen writes the assembly of package norm.
package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!noasm")
	masks()
	for _, v := range []isa{
		{name: "AVX2", bytes: 32, vec: func() reg.VecVirtual { return YMM() }, half: func() reg.VecVirtual { return XMM() }},
		{name: "AVX512", bytes: 64, vec: func() reg.VecVirtual { return ZMM() }, half: func() reg.VecVirtual { return YMM() }},
	} {
		v.distances(true)
		v.distances(false)
		v.maximum()
		v.maximumN()
		for _, stream := range []bool{false, true} {
			v.affine1(stream)
			v.scaled(false, stream)
			v.scaled(true, stream)
		}
		v.affineN()
		v.expTo()
		v.expN()
		v.expSums()
		v.scale()
		if v.bytes == 64 {
			v.exponentials()
			v.softmax()
		}
	}
	fence()
	Generate()
}

// fence writes what makes stores past the cache visible to other cores.
func fence() {
	TEXT("fence", NOSPLIT, "func()")
	Doc("fence orders stores past the cache before later ones.")
	SFENCE()
	RET()
}

// isa is a width of vectors: of vec float64s, or as many float32s in a half.
type isa struct {
	name      string
	bytes     int
	vec, half func() reg.VecVirtual
}

func (v isa) width() int { return v.bytes / 8 }

// text starts a function.
func (v isa) text(name, signature string, doc ...string) {
	name += v.name
	TEXT(name, NOSPLIT, signature)
	doc[0] = name + " " + doc[0]
	Doc(doc...)
	Pragma("noescape")
}

// param loads an argument into a general register.
func param(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// spread loads a float64 argument into all lanes.
func (v isa) spread(name string) reg.VecVirtual {
	addr, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.vec()
	VBROADCASTSD(addr.Addr, r)
	return r
}

// spread32 loads a float32 argument into all lanes.
func (v isa) spread32(name string) reg.VecVirtual {
	addr, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.vec()
	VBROADCASTSS(addr.Addr, r)
	return r
}

func (v isa) zero() reg.VecVirtual {
	x := v.vec()
	if v.bytes == 64 {
		VPXORQ(x, x, x)
	} else {
		VXORPS(x, x, x)
	}
	return x
}

func (v isa) copyOf(x reg.VecVirtual) reg.VecVirtual {
	y := v.vec()
	VMOVAPD(x, y)
	return y
}

var maskTable Mem

// masks writes 16 words of ones and 16 of zeros: what starts n words before
// the zeros selects the first n elements.
func masks() {
	maskTable = GLOBL("masks", RODATA|NOPTR)
	for i := range 32 {
		w := U32(0)
		if i < 16 {
			w = U32(math.MaxUint32)
		}
		DATA(4*i, w)
	}
}

// mask returns the mask of the first n words of a half.
func (v isa) mask(n reg.GPVirtual) reg.VecVirtual {
	m := v.half()
	base, at := GP64(), GP64()
	LEAQ(maskTable, base)
	MOVQ(n, at)
	NEGQ(at)
	VMOVUPS(Mem{Base: base, Index: at, Scale: 4, Disp: 64}, m)
	return m
}

// wide makes a mask of words one of double words.
func (v isa) wide(m reg.VecVirtual) reg.VecVirtual {
	w := v.vec()
	VPMOVSXDQ(m, w)
	return w
}

var constants = map[string]Mem{}

// f64 is eight copies of a number in memory.
func f64(x float64) Mem {
	name := fmt.Sprintf("f64_%016x", math.Float64bits(x))
	m, ok := constants[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range 8 {
			DATA(8*i, U64(math.Float64bits(x)))
		}
		constants[name] = m
	}
	return m
}

// load returns a register with a constant.
func (v isa) load(x float64) reg.VecVirtual {
	r := v.vec()
	VMOVUPD(f64(x), r)
	return r
}

// element reads a vector of float32s at p as float64s.
func (v isa) element(p reg.Register, disp int) reg.VecVirtual {
	w := v.vec()
	VCVTPS2PD(Mem{Base: p, Disp: disp}, w)
	return w
}

// part reads the float32s at p that m selects as float64s, 0 for the others.
func (v isa) part(p reg.Register, m reg.VecVirtual) reg.VecVirtual {
	h, w := v.half(), v.vec()
	VMASKMOVPS(Mem{Base: p}, m, h)
	VCVTPS2PD(h, w)
	return w
}

// round returns float64s as float32s.
func (v isa) round(y reg.VecVirtual) reg.VecVirtual {
	h := v.half()
	if v.bytes == 64 {
		VCVTPD2PS(y, h)
	} else {
		VCVTPD2PSY(y, h)
	}
	return h
}

// total adds up the lanes of x.
func (v isa) total(x reg.VecVirtual) reg.VecVirtual {
	low, two := YMM(), XMM()
	if v.bytes == 64 {
		high := YMM()
		VEXTRACTF64X4(U8(1), x, high)
		VMOVAPD(x.AsY(), low)
		VADDPD(high, low, low)
	} else {
		VMOVAPD(x, low)
	}
	VEXTRACTF128(U8(1), low, two)
	VADDPD(two, low.AsX(), two)
	VHADDPD(two, two, two)
	return two
}

// loop runs body with vectors·width elements at a time while there are as many
// left of n, and advances the pointers by size bytes each.
func (v isa) loop(label string, vectors int, n reg.GPVirtual, pointers map[reg.GPVirtual]int, body func()) {
	Label(label)
	CMPQ(n, U32(vectors*v.width()))
	JLT(LabelRef(label + "End"))
	body()
	for _, p := range sorted(pointers) {
		ADDQ(U32(vectors*v.width()*pointers[p]), p)
	}
	SUBQ(U32(vectors*v.width()), n)
	JMP(LabelRef(label))
	Label(label + "End")
}

// loop32 is loop for vectors of float32s.
func (v isa) loop32(label string, vectors int, n reg.GPVirtual, pointers map[reg.GPVirtual]int, body func()) {
	v.loop(label, 2*vectors, n, pointers, body)
}

// masked returns the move of the first n float32s of a vector from or to memory;
// what is not loaded is 0.
func (v isa) masked(n reg.GPVirtual) func(from, to Op) {
	if v.bytes == 32 {
		m, base, at := v.vec(), GP64(), GP64()
		LEAQ(maskTable, base)
		MOVQ(n, at)
		NEGQ(at)
		VMOVUPS(Mem{Base: base, Index: at, Scale: 4, Disp: 64}, m)
		return func(from, to Op) { VMASKMOVPS(from, m, to) }
	}
	bits, k := GP64(), K()
	MOVQ(I32(-1), bits)
	BZHIQ(n, bits, bits)
	KMOVW(bits.As32(), k)
	return func(from, to Op) {
		if _, ok := to.(Mem); ok {
			VMOVUPS(from, k, to)
		} else {
			VMOVUPS_Z(from, k, to)
		}
	}
}

// sorted returns the keys in a fixed order, so that the output is.
func sorted(m map[reg.GPVirtual]int) []reg.GPVirtual {
	var l []reg.GPVirtual
	for p := range m {
		l = append(l, p)
	}
	for i := range l {
		for j := i; j > 0 && l[j].ID() < l[j-1].ID(); j-- {
			l[j], l[j-1] = l[j-1], l[j]
		}
	}
	return l
}

func (v isa) ret() {
	VZEROUPPER()
	RET()
}
