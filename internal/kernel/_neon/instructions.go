package main

import (
	"fmt"
	"math"
	"strings"
)

// The instructions. What Go's assembler does not know is encoded here; see the
// chapter on A64 data processing of the Arm Architecture Reference Manual.

// elem is the element type of a vector.
type elem struct {
	size     uint32 // bit 22 of an instruction on floats
	arm, asm string // how Arm and Go call a vector of them
}

var (
	s = elem{0, "4s", "S4"}
	d = elem{1, "2d", "D2"}
)

// Opcodes of instructions with three registers.
var three = map[string]uint32{
	"fadd": 0x4E20D400, "fsub": 0x4EA0D400, "fmul": 0x6E20DC00, "fdiv": 0x6E20FC00,
	"fmax": 0x4E20F400, "fmin": 0x4EA0F400, "faddp": 0x6E20D400,
	"fcmeq": 0x4E20E400, "fcmge": 0x6E20E400, "fcmgt": 0x6EA0E400,
}

// Opcodes of instructions with two registers.
var two = map[string]uint32{
	"fabs": 0x4EA0F800, "fneg": 0x6EA0F800, "fsqrt": 0x6EA1F800,
	"frintn": 0x4E218800, "frintm": 0x4E219800, "frintp": 0x4EA18800,
}

// encoded writes an instruction in numbers; code gets the registers.
func (a *fn) encoded(comment string, code func(r []int) uint32, regs ...vec) {
	a.code = append(a.code, instruction{vectors: regs, write: func(reg func(vec) int) string {
		r, args := make([]int, len(regs)), make([]any, len(regs))
		for i, v := range regs {
			r[i] = reg(v)
			args[i] = r[i]
		}
		return fmt.Sprintf("WORD $0x%08X // %s", code(r), fmt.Sprintf(comment, args...))
	}})
}

// op returns the result of an instruction on two vectors, in Arm's order.
func (a *fn) op(name string, e elem, n, m vec) vec {
	code, ok := three[name]
	if !ok {
		panic(name)
	}
	y := a.vector()
	a.encoded(strings.ReplaceAll(name+" v%d.T, v%d.T, v%d.T", "T", e.arm), func(r []int) uint32 {
		return code | e.size<<22 | uint32(r[2]<<16|r[1]<<5|r[0])
	}, y, n, m)
	return y
}

// of returns the result of an instruction on one vector.
func (a *fn) of(name string, e elem, n vec) vec {
	code, ok := two[name]
	if !ok {
		panic(name)
	}
	y := a.vector()
	a.encoded(strings.ReplaceAll(name+" v%d.T, v%d.T", "T", e.arm), func(r []int) uint32 {
		return code | e.size<<22 | uint32(r[1]<<5|r[0])
	}, y, n)
	return y
}

// addTo adds v to acc.
func (a *fn) addTo(e elem, acc, v vec) {
	a.encoded(strings.ReplaceAll("fadd v%d.T, v%d.T, v%d.T", "T", e.arm), func(r []int) uint32 {
		return three["fadd"] | e.size<<22 | uint32(r[2]<<16|r[1]<<5|r[0])
	}, acc, acc, v)
}

// fmlaFirst adds x times the first element of y to acc.
func (a *fn) fmlaFirst(e elem, acc, x, y vec) {
	lane := "s"
	if e == d {
		lane = "d"
	}
	a.encoded(fmt.Sprintf("fmla v%%d.%[1]s, v%%d.%[1]s, v%%d.%[2]s[0]", e.arm, lane), func(r []int) uint32 {
		return 0x4F801000 | e.size<<22 | uint32(r[2]<<16|r[1]<<5|r[0])
	}, acc, x, y)
}

// mlaFirst is fmlaFirst for int32.
func (a *fn) mlaFirst(acc, x, y vec) {
	a.encoded("mla v%d.4s, v%d.4s, v%d.s[0]", func(r []int) uint32 {
		return 0x6F800000 | uint32(r[2]<<16|r[1]<<5|r[0])
	}, acc, x, y)
}

// mulInts multiplies int32s.
func (a *fn) mulInts(y, n, m vec) {
	a.encoded("mul v%d.4s, v%d.4s, v%d.4s", func(r []int) uint32 {
		return 0x4EA09C00 | uint32(r[2]<<16|r[1]<<5|r[0])
	}, y, n, m)
}

// wide returns the first or the last two float32s as float64s.
func (a *fn) wide(x vec, last bool) vec {
	y := a.vector()
	code, comment := uint32(0x0E617800), "fcvtl v%d.2d, v%d.2s"
	if last {
		code, comment = 0x4E617800, "fcvtl2 v%d.2d, v%d.4s"
	}
	a.encoded(comment, func(r []int) uint32 { return code | uint32(r[1]<<5|r[0]) }, y, x)
	return y
}

// wides returns four float32s as float64s.
func (a *fn) wides(x vec) [2]vec { return [2]vec{a.wide(x, false), a.wide(x, true)} }

// narrow returns two float64s rounded to float32, and zeros.
func (a *fn) narrow(x vec) vec {
	y := a.vector()
	a.encoded("fcvtn v%d.2s, v%d.2d", func(r []int) uint32 { return 0x0E616800 | uint32(r[1]<<5|r[0]) }, y, x)
	return y
}

// narrows returns four float64s rounded to float32.
func (a *fn) narrows(x [2]vec) vec {
	y := a.narrow(x[0])
	a.encoded("fcvtn2 v%d.4s, v%d.2d", func(r []int) uint32 { return 0x4E616800 | uint32(r[1]<<5|r[0]) }, y, x[1])
	return y
}

// fmla adds x·y to acc, fmls subtracts it.
func (a *fn) fmla(e elem, acc, x, y vec) {
	a.line("VFMLA V%d."+e.asm+", V%d."+e.asm+", V%d."+e.asm, y, x, acc)
}

func (a *fn) fmls(e elem, acc, x, y vec) {
	a.line("VFMLS V%d."+e.asm+", V%d."+e.asm+", V%d."+e.asm, y, x, acc)
}

// ints is an operation on integers that Go knows, in Arm's order.
func (a *fn) ints(name string, e elem, n, m vec) vec {
	y := a.vector()
	a.line(name+" V%d."+e.asm+", V%d."+e.asm+", V%d."+e.asm, m, n, y)
	return y
}

// bits is an operation on all bits: VAND, VORR or VEOR.
func (a *fn) bits(name string, n, m vec) vec {
	y := a.vector()
	a.line(name+" V%d.B16, V%d.B16, V%d.B16", m, n, y)
	return y
}

// shifted returns x shifted by VSHL or VUSHR.
func (a *fn) shifted(name string, e elem, x vec, by int) vec {
	y := a.vector()
	a.line(name+" $%d, V%d."+e.asm+", V%d."+e.asm, by, x, y)
	return y
}

// set puts x in dst where mask is ones.
func (a *fn) set(dst, x, mask vec) { a.line("VBIT V%d.B16, V%d.B16, V%d.B16", mask, x, dst) }

// unset puts x in dst where mask is zeros.
func (a *fn) unset(dst, x, mask vec) { a.line("VBIF V%d.B16, V%d.B16, V%d.B16", mask, x, dst) }

func (a *fn) none() vec {
	y := a.vector()
	a.line("VEOR V%d.B16, V%d.B16, V%d.B16", y, y, y)
	return y
}

func (a *fn) copyOf(x vec) vec {
	y := a.vector()
	a.line("VORR V%d.B16, V%d.B16, V%d.B16", x, x, y)
	return y
}

// move copies x to y.
func (a *fn) move(y, x vec) { a.line("VORR V%d.B16, V%d.B16, V%d.B16", x, x, y) }

// Moves of a vector, or of its first element with zeros behind it.

func (a *fn) loadQ(p gp, at int) vec     { return a.get("FMOVQ", p, at) }
func (a *fn) loadD(p gp, at int) vec     { return a.get("FMOVD", p, at) }
func (a *fn) loadS(p gp, at int) vec     { return a.get("FMOVS", p, at) }
func (a *fn) storeQ(x vec, p gp, at int) { a.line("FMOVQ F%d, %d(%s)", x, at, p) }
func (a *fn) storeD(x vec, p gp, at int) { a.line("FMOVD F%d, %d(%s)", x, at, p) }
func (a *fn) storeS(x vec, p gp, at int) { a.line("FMOVS F%d, %d(%s)", x, at, p) }

func (a *fn) get(move string, p gp, at int) vec {
	y := a.vector()
	a.line(move+" %d(%s), F%d", at, p, y)
	return y
}

// spread returns a vector of copies of the first element.
func (a *fn) spread(e elem, x vec) vec {
	y := a.vector()
	a.line("VDUP V%d."+e.asm[:1]+"[0], V%d."+e.asm, x, y)
	return y
}

// scalar returns a vector of copies of an argument.
func (a *fn) scalar(e elem, name string) vec {
	x := a.vector()
	a.line("FMOV"+e.asm[:1]+" %s, F%d", a.argument(name), x)
	return a.spread(e, x)
}

// result stores the first element as a result.
func (a *fn) result(e elem, x vec, name string) {
	a.line("FMOV"+e.asm[:1]+" F%d, %s", x, a.argument(name))
}

// number returns a vector of copies of x.
func (a *fn) number(x float64) vec { return a.word(math.Float64bits(x)) }

// total returns the sum of both float64s.
func (a *fn) total(x vec) vec { return a.op("faddp", d, x, x) }

// first returns the first float64 of x, and 0 as the second.
func (a *fn) first(x vec) vec {
	y := a.vector()
	a.line("FMOVD F%d, F%d", x, y)
	return y
}

// less puts x in dst where n < m.
func (a *fn) less(e elem, n, m, x, dst vec) { a.set(dst, x, a.op("fcmgt", e, m, n)) }

// loop runs body with so many elements at a time while there are as many left
// of n, and moves the pointers on by their sizes for each element.
func (a *fn) loop(name string, elements int, n gp, pointers []pointer, body func()) {
	a.label(name)
	a.ifLess(n, elements, name+"End")
	body()
	for _, p := range pointers {
		a.add(p.register, elements*p.size)
	}
	a.sub(n, elements)
	a.goTo(name)
	a.label(name + "End")
}

// pointer is a register that points to elements of a size.
type pointer struct {
	register gp
	size     int
}

// floats are pointers to float32s.
func floats(p ...gp) []pointer {
	var l []pointer
	for _, r := range p {
		l = append(l, pointer{r, 4})
	}
	return l
}
