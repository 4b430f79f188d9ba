package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The functions here compute in float32, with AVX-512. Most carry what float32
// does not hold in a second one: all but the last rounding of a result is below
// 2^-29 of it. Sigmoid, SiLU and Tanh do with one, and with an error of 2 ULP.

// pair is a number in two parts, of which the second is small.
type pair struct{ high, low reg.VecVirtual }

func z() reg.VecVirtual { return ZMM() }

var words = map[uint32]Mem{}

// f32 is a number in memory.
func f32(x float32) Mem {
	b := math.Float32bits(x)
	m, ok := words[b]
	if !ok {
		m = ConstData(fmt.Sprintf("f32_%08x", b), U32(b))
		words[b] = m
	}
	return m
}

// all returns a register full of a number.
func all(x float32) reg.VecVirtual {
	r := z()
	VBROADCASTSS(f32(x), r)
	return r
}

// op returns the result of an instruction on b and a, in Go's order.
func op(f func(...Op), b, a Op) reg.VecVirtual {
	r := z()
	f(b, a, r)
	return r
}

// fma returns a·b + c; the registers stay.
func fma(a, b Op, c reg.VecVirtual) reg.VecVirtual {
	r := z()
	VMOVAPS(c, r)
	VFMADD231PS(a, b, r)
	return r
}

// fnma returns c - a·b.
func fnma(a, b Op, c reg.VecVirtual) reg.VecVirtual {
	r := z()
	VMOVAPS(c, r)
	VFNMADD231PS(a, b, r)
	return r
}

// fast are the constants of a function.
type fast struct {
	high, low                       reg.VecVirtual // 2^(i/16) in two parts
	toT, shift, ln2, ln2low, c2, c3 reg.VecVirtual
	least, most                     reg.VecVirtual // of exponents, -200 and 200
	one, sign, none                 reg.VecVirtual // 1, -0 and 0
	numbers                         map[float32]reg.VecVirtual
	args                            []reg.VecVirtual // of the function
}

var tables [2]Mem

func newFast() *fast {
	if tables[0].Symbol.Name == "" {
		var high, low [16]float32
		for i := range high {
			x := math.Exp2(float64(i) / 16)
			high[i] = float32(x)
			low[i] = float32(x - float64(high[i]))
		}
		for k, t := range [][16]float32{high, low} {
			tables[k] = GLOBL([]string{"exp2High", "exp2Low"}[k], RODATA|NOPTR)
			for i, v := range t {
				DATA(4*i, U32(math.Float32bits(v)))
			}
		}
	}
	const ln2 = float32(math.Ln2)
	f := &fast{
		high: z(), low: z(),
		toT: all(1 / math.Ln2), shift: all(0x1.8p19), // of which the last bit is 1/16
		ln2: all(-ln2), ln2low: all(float32(float64(ln2) - math.Ln2)),
		c2: all(0.5000162), c3: all(1. / 6), one: all(1),
		least: all(-200), most: all(200),
		numbers: map[float32]reg.VecVirtual{},
	}
	VMOVUPS(tables[0], f.high)
	VMOVUPS(tables[1], f.low)
	return f
}

// number returns a constant that the function has in a register.
func (f *fast) number(x float32) reg.VecVirtual {
	r, ok := f.numbers[x]
	if !ok {
		panic(fmt.Sprint(x, " is not loaded"))
	}
	return r
}

// load keeps constants in registers.
func (f *fast) load(x ...float32) {
	for _, v := range x {
		f.numbers[v] = all(v)
	}
}

// exp returns e^x, and with low not nil e^(x+low), without the factor 2^t, t
// rounded down, that the parts are to be scaled with. |x| ≤ 200.
//
// t is the multiple of 1/16 next to x/ln 2, and r = x - t·ln 2, whose first part
// is exact. A table has 2^t's fraction, and e^r - 1, |r| ≤ ln 2/32, has two terms
// more than r.
func (f *fast) exp(x, low reg.VecVirtual) (e pair, t reg.VecVirtual) {
	s := fma(f.toT, x, f.shift)
	t = op(VSUBPS, f.shift, s)
	r := fma(f.ln2, t, x)
	if low == nil {
		VFMADD231PS(f.ln2low, t, r)
	} else {
		r = op(VADDPS, fma(f.ln2low, t, low), r)
	}
	p := fma(f.c3, r, f.c2)
	q := op(VMULPS, r, r)
	VFMADD213PS(r, p, q)
	e = pair{z(), z()}
	VPERMPS(f.high, s, e.high)
	VPERMPS(f.low, s, e.low)
	VFMADD231PS(q, e.high, e.low)
	return e, t
}

// scaled returns both parts times 2^t.
func (e pair) scaled(t reg.VecVirtual) pair {
	return pair{op(VSCALEFPS, t, e.high), op(VSCALEFPS, t, e.low)}
}

// settled returns the number with all that float32 holds of it in the first
// part.
func (e pair) settled() pair {
	high := e.sum()
	return pair{high, op(VSUBPS, op(VSUBPS, e.high, high), e.low)}
}

// sum returns the number rounded.
func (e pair) sum() reg.VecVirtual { return op(VADDPS, e.low, e.high) }

// quotient returns n/d, d from 1 to 2: the reciprocal's 14 bits and a correction
// of them.
func (f *fast) quotient(n, d pair) reg.VecVirtual {
	r := z()
	VRCP14PS(d.high, r)
	miss := fnma(r, d.high, f.one)
	VFNMADD231PS(r, d.low, miss)
	VFMADD213PS(miss, miss, miss) // and its square
	more := op(VMULPS, miss, r)
	// n·(r+more)
	y := op(VMULPS, more, n.high)
	VFMADD231PS(n.low, r, y)
	VFMADD231PS(n.high, r, y)
	return y
}

// onePlus returns 1+a for a from 0 to 1.
func (f *fast) onePlus(a pair) pair {
	d := pair{op(VADDPS, a.high, f.one), nil}
	rest := op(VSUBPS, f.one, d.high)
	rest = op(VSUBPS, rest, a.high)
	d.low = op(VADDPS, a.low, rest)
	return d
}

// oneMinus returns 1-a for a from 0 to 1.
func (f *fast) oneMinus(a pair) pair {
	d := pair{op(VSUBPS, a.high, f.one), nil}
	rest := op(VSUBPS, d.high, f.one)
	rest = op(VSUBPS, a.high, rest)
	d.low = op(VSUBPS, a.low, rest)
	return d
}

// unary32 writes dst[i] = f(x[i]) in float32. init loads what f uses.
func (v isa) unary32(name, params, doc string, init func() *fast, body func(f *fast, x reg.VecVirtual) reg.VecVirtual) {
	v.text(name, "func(dst, x *float32, n int"+params+")", doc)
	dst, x, n := Load(Param("dst"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64()).(reg.GPVirtual)
	f := init()
	Label("loop")
	CMPQ(n, U32(16))
	JLT(LabelRef("rest"))
	w := z()
	VMOVUPS(Mem{Base: x}, w)
	VMOVUPS(body(f, w), Mem{Base: dst})
	ADDQ(U32(64), x)
	ADDQ(U32(64), dst)
	SUBQ(U32(16), n)
	JMP(LabelRef("loop"))
	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("end"))
	move := v.masked(n)
	w = z()
	move(Mem{Base: x}, w)
	move(body(f, w), Mem{Base: dst})
	Label("end")
	v.ret()
}

// choose returns x where k is set and y elsewhere.
func choose(k reg.OpmaskVirtual, x, y reg.VecVirtual) reg.VecVirtual {
	r := z()
	VMOVAPS(y, r)
	VMOVAPS(x, k, r)
	return r
}

// above returns where a > b.
func above(a, b reg.VecVirtual) reg.OpmaskVirtual {
	k := K()
	VCMPPS(U8(0x1E), b, a, k) // quiet
	return k
}

// functions32 writes the functions that float32 serves.
func (v isa) functions32() {
	v.unary32("exp", "", "writes e^x.", newFast, func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		e, t := f.exp(op(VMINPS, op(VMAXPS, x, f.least), f.most), nil)
		return op(VSCALEFPS, t, e.sum())
	})
	v.unary32("sigmoid", "", "writes 1/(1+e^-x), within 2 ULP.", v.logistic(), func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		y, t, negative := f.logistic(x)
		VSCALEFPS(t, y, negative, y)
		return y
	})
	v.unary32("silu", "", "writes x/(1+e^-x), -0 for the infinite x that makes the divisor infinite, within 2 ULP.", v.logistic(), func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		VMAXPS(x, f.least, x) // NaN stays
		y, t, negative := f.logistic(x)
		VMULPS(x, y, y)
		VSCALEFPS(t, y, negative, y)
		return y
	})
	v.unary32("swish", ", p, low float32", "writes x/(1+e^((p+low)·x)), 0 for the infinite x that makes the divisor infinite.", func() *fast {
		f := newFast()
		f.sign, f.none = all(float32(math.Copysign(0, -1))), v.zero()
		f.load(-math.MaxFloat32, math.MaxFloat32)
		for _, name := range []string{"p", "low"} {
			f.args = append(f.args, v.scalar(name))
		}
		return f
	}, func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		finite := op(VMINPS, op(VMAXPS, x, f.number(-math.MaxFloat32)), f.number(math.MaxFloat32))
		// Of a = e^-|t|: x/(1+a) where t is negative, x·a/(1+a) where it is not.
		high := op(VMULPS, f.args[0], finite)
		low := z()
		VMOVAPS(high, low)
		VFMSUB231PS(f.args[0], finite, low)
		VFMADD231PS(f.args[1], finite, low)
		grows := above(high, f.none)
		VXORPS(op(VANDPS, f.sign, high), low, low)
		VXORPS(f.sign, low, low)
		far := op(VORPS, f.sign, high)
		near := K()
		VCMPPS(U8(0x1E), f.least, far, near) // beyond, the rest may be no number
		VMOVAPS_Z(low, near, low)
		a, t := f.exp(op(VMAXPS, far, f.least), low)
		a = a.settled()
		d := f.onePlus(a.scaled(t))
		n := pair{choose(grows, a.high, f.one), choose(grows, a.low, f.none)}
		product := pair{op(VMULPS, finite, n.high), z()}
		VMOVAPS(product.high, product.low)
		VFMSUB231PS(finite, n.high, product.low)
		VFMADD231PS(finite, n.low, product.low)
		y := op(VSCALEFPS, choose(grows, t, f.none), f.quotient(product, d))
		// Far out the divisor is 1 or infinite.
		beyond := K()
		VCMPPS(U8(0x12), f.least, far, beyond) // at most, quiet
		return choose(beyond, choose(grows, op(VANDPS, f.sign, x), x), y)
	})
	v.unary32("tanh", "", "writes the hyperbolic tangent, within 2 ULP.", func() *fast {
		f := &fast{sign: all(float32(math.Copysign(0, -1))), numbers: map[float32]reg.VecVirtual{}}
		f.load(1, 14.9)
		tanhPieces.keep()
		return f
	}, func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		a := op(VMINPS, op(VANDNPS, x, f.sign), f.number(14.9))
		index, center := tanhPieces.octave(f, a)
		d := op(VSUBPS, center, a)
		y := fma(tanhPieces.polynomial(index, d, 2), d, tanhPieces.row(index, 0))
		return op(VORPS, op(VANDPS, f.sign, x), y)
	})
	v.unary32("erf", "", "writes the error function.", v.odd(erfSeries, 0.5, 3.94, 0x1.8p21, erfSlope, erfSlopeLow, 0x1p24, 0x1p-24),
		func(f *fast, x reg.VecVirtual) reg.VecVirtual {
			a := op(VMINPS, op(VANDNPS, x, f.sign), f.number(3.94))
			index := op(VADDPS, f.number(0x1.8p21), a) // its last bit is 1/4
			y := erfPieces.at(index, op(VSUBPS, op(VSUBPS, f.number(0x1.8p21), index), a)).sum()
			VORPS(op(VANDPS, f.sign, x), y, y)
			s := op(VMULPS, x, x)
			p := fma(f.series(erfSeries, s), s, f.number(erfSlopeLow))
			up := op(VMULPS, f.number(0x1p24), x) // keeps the parts of small numbers apart
			p = fma(f.number(erfSlope), up, op(VMULPS, p, up))
			VMULPS(f.number(0x1p-24), p, p)
			return choose(above(f.number(0.5), a), p, y)
		})
	v.unary32("gelu", "", "writes x Φ(x), Φ the normal distribution.", func() *fast {
		f := newFast()
		f.sign, f.none = all(float32(math.Copysign(0, -1))), v.zero()
		f.load(14.9, -14.9, -0.5, 1)
		return f
	}, func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		// Φ(-|x|) is e^(-x²/2) times a smooth function.
		a := op(VMINPS, op(VANDNPS, x, f.sign), f.number(14.9))
		h := op(VMULPS, a, a)
		l := z()
		VMOVAPS(h, l)
		VFMSUB231PS(a, a, l) // of a·a
		half := f.number(-0.5)
		e, t := f.exp(op(VMULPS, half, h), op(VMULPS, half, l))
		g := tailPieces.octaves(f, a)
		tail := pair{op(VMULPS, g.high, e.high), z()}
		VMOVAPS(tail.high, tail.low)
		VFMSUB231PS(g.high, e.high, tail.low)
		VFMADD231PS(g.low, e.high, tail.low)
		VFMADD231PS(g.sum(), e.low, tail.low)
		// Above 0 it is x less that of -x.
		positive := above(x, f.none)
		d := f.oneMinus(tail.settled().scaled(t))
		n := pair{choose(positive, d.high, tail.high), choose(positive, d.low, tail.low)}
		num := op(VMAXPS, x, f.number(-14.9))
		y := op(VMULPS, n.low, num)
		VFMADD231PS(n.high, num, y)
		y = op(VSCALEFPS, choose(positive, f.none, t), y)
		return choose(above(x, f.number(14.9)), x, y)
	})
}

// odd returns what loads the constants of an odd function.
func (v isa) odd(series []float32, more ...float32) func() *fast {
	return func() *fast {
		f := &fast{sign: all(float32(math.Copysign(0, -1))), numbers: map[float32]reg.VecVirtual{}}
		f.load(series...)
		f.load(more...)
		return f
	}
}

// series returns c[0] + c[1]·s + …
func (f *fast) series(c []float32, s reg.VecVirtual) reg.VecVirtual {
	y := f.number(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		y = fma(y, s, f.number(c[i]))
	}
	return y
}

// Near 0 erf x is the slope times x, and x³·(…), of x² up to 0.275.
var erfSeries = []float32{-0.37612637877464294, 0.11283785849809647, -0.026864362880587578, 0.005205425433814526,
	-0.0007763566682115197}

const erfSlope, erfSlopeLow = 1.128379225730896, -5.8635382771399236e-08

// logistic returns what loads the constants of fast.logistic.
func (v isa) logistic() func() *fast {
	return func() *fast {
		f := &fast{sign: all(float32(math.Copysign(0, -1))), one: all(1), least: all(-200),
			toT: all(1 / math.Ln2), shift: all(0x1.8p23),
			ln2: all(math.Ln2), ln2low: all(float32(float64(float32(math.Ln2)) - math.Ln2)),
			numbers: map[float32]reg.VecVirtual{}}
		f.load(expSeries...)
		return f
	}
}

// expSeries is (e^r - 1 - r)/r², |r| ≤ ln 2/2: e^r is wrong by less than 2^-27.
var expSeries = []float32{0.5, 0.16666516661643982, 0.041666269302368164, 0.008369098417460918, 0.0013946121325716376}

// logistic returns 1/(1+e^-x), without the factor 2^t where x is negative.
//
// Of a = e^-|x| it is 1/(1+a), or a/(1+a). The reciprocal's 14 bits are corrected
// once, by the sum of what they miss and of the numerator's excess over 1.
func (f *fast) logistic(x reg.VecVirtual) (y, t reg.VecVirtual, negative reg.OpmaskVirtual) {
	u := op(VMAXPS, op(VORPS, f.sign, x), f.least)
	s := fma(f.toT, u, f.shift)
	t = op(VSUBPS, f.shift, s)
	VFNMADD231PS(f.ln2, t, u) // exact
	VFMADD231PS(f.ln2low, t, u)
	p := fma(f.number(expSeries[4]), u, f.number(expSeries[3]))
	for i := 2; i >= 0; i-- {
		VFMADD213PS(f.number(expSeries[i]), u, p)
	}
	VFMADD213PS(f.one, u, p)
	excess := op(VMULPS, u, p)
	e := op(VADDPS, excess, f.one)
	a := op(VSCALEFPS, t, e)
	y = z()
	VRCP14PS(op(VADDPS, a, f.one), y)
	miss := op(VSUBPS, y, f.one) // exact: so the divisor is not rounded
	VFNMADD231PS(a, y, miss)
	negative = K()
	VPMOVD2M(x, negative)
	VFMADD213PS(excess, e, negative, miss)
	VFMADD213PS(y, miss, y)
	return y, t, negative
}

// octaves returns the function of a ≥ 0.
func (p *piecewise) octaves(f *fast, a reg.VecVirtual) pair {
	index, center := p.octave(f, a)
	return p.at(index, op(VSUBPS, center, a))
}

// octave returns the piece of a ≥ 0 and its centre.
func (p *piecewise) octave(f *fast, a reg.VecVirtual) (index, center reg.VecVirtual) {
	index = z()
	VPSRLD(U8(21), op(VADDPS, f.number(1), a), index) // the exponent and two more bits
	return index, p.row(index, -1)
}

// at returns the function at a distance d to the centre of a piece.
func (p *piecewise) at(index, d reg.VecVirtual) pair {
	return pair{p.row(index, 0), p.polynomial(index, d, 1)}
}

// polynomial returns the sum of the rows from first on, times powers of d.
func (p *piecewise) polynomial(index, d reg.VecVirtual, first int) reg.VecVirtual {
	last := len(p.values) - 1
	y := p.row(index, last)
	for i := last - 1; i >= first; i-- {
		y = fma(y, d, p.row(index, i))
	}
	return y
}

// row returns a row, or with -1 the centre, of pieces.
func (p *piecewise) row(index reg.VecVirtual, i int) reg.VecVirtual {
	r := z()
	if p.kept != nil {
		VPERMPS(p.kept[i+1], index, r)
	} else {
		VPERMPS(p.table(i), index, r)
	}
	return r
}

// keep loads all rows but that of the low parts into registers, for the function
// that is written next.
func (p *piecewise) keep() {
	for i := -1; i < len(p.values); i++ {
		r := z()
		if i != 1 {
			VMOVUPS(p.table(i), r)
		}
		p.kept = append(p.kept, r)
	}
}

// table returns a row of values, or the centers, in memory.
func (p *piecewise) table(i int) Mem {
	if p.memory == nil {
		p.memory = map[int]Mem{}
	}
	m, ok := p.memory[i]
	if !ok {
		row := p.centers
		if i >= 0 {
			row = p.values[i]
		}
		m = GLOBL(fmt.Sprintf("pieces_%08x_%d", math.Float32bits(p.values[2][5]), i+1), RODATA|NOPTR)
		for k, v := range row {
			DATA(4*k, U32(math.Float32bits(v)))
		}
		p.memory[i] = m
	}
	return m
}
