package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The functions here compute in float32, with AVX-512, and carry what float32
// does not hold in a second one: all but the last rounding of a result is below
// 2^-29 of it.

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
	signed := func(more ...float32) func() *fast {
		return func() *fast {
			f := newFast()
			f.sign, f.none = all(float32(math.Copysign(0, -1))), v.zero()
			f.load(more...)
			return f
		}
	}
	v.unary32("exp", "", "writes e^x.", newFast, func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		e, t := f.exp(op(VMINPS, op(VMAXPS, x, f.least), f.most), nil)
		return op(VSCALEFPS, t, e.sum())
	})
	v.unary32("sigmoid", "", "writes 1/(1+e^-x).", signed(), func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		// Of a = e^-|x|: 1/(1+a) where x is positive, a/(1+a) where it is not.
		a, t := f.exp(op(VMAXPS, op(VORPS, f.sign, x), f.least), nil)
		a = a.settled()
		d := f.onePlus(a.scaled(t))
		positive := above(x, f.none)
		n := pair{choose(positive, f.one, a.high), choose(positive, f.none, a.low)}
		return op(VSCALEFPS, choose(positive, f.none, t), f.quotient(n, d))
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
	v.unary32("swishNear", "", "writes x/(1+e^-x), wrong by less than 2^-21 of it.", func() *fast {
		f := newFast()
		f.load(-87, 88, -1/math.Ln2, math.Ln2, -1./6, 0.5)
		return f
	}, func(f *fast, x reg.VecVirtual) reg.VecVirtual {
		u := op(VMINPS, op(VMAXPS, x, f.number(-87)), f.number(88))
		s := fma(f.number(-1/math.Ln2), u, f.shift)
		t := op(VSUBPS, f.shift, s)
		VFMADD231PS(f.number(math.Ln2), t, u) // -r of exp
		p := fma(f.number(-1./6), u, f.number(0.5))
		VFNMADD213PS(f.one, u, p) // 1 - u/2 + u²/6
		VFNMADD213PS(f.one, u, p)
		e := z()
		VPERMPS(f.high, s, e)
		d := op(VADDPS, f.one, op(VSCALEFPS, t, op(VMULPS, p, e)))
		r := z()
		VRCP14PS(d, r)
		VFNMADD213PS(f.one, r, d)
		VFMADD231PS(d, r, r)
		near := K()
		VCMPPS(U8(0x15), f.number(-87), x, near) // not less, quiet
		y := z()
		VMULPS_Z(x, r, near, y)
		return y
	})
	v.unary32("tanh", "", "writes the hyperbolic tangent.", v.odd(tanhSeries, 0.5, 14.9, 1),
		func(f *fast, x reg.VecVirtual) reg.VecVirtual {
			a := op(VMINPS, op(VANDNPS, x, f.sign), f.number(14.9))
			y := op(VORPS, op(VANDPS, f.sign, x), tanhPieces.octaves(f, a).sum())
			s := op(VMULPS, x, x)
			p := fma(f.series(tanhSeries, s), op(VMULPS, s, x), x)
			return choose(above(f.number(0.5), a), p, y)
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

// Near 0: tanh x is x + x³·(…), erf x the slope times x, and x³·(…), of x² up to
// 0.275.
var (
	tanhSeries = []float32{-0.3333333432674408, 0.13333328068256378, -0.05396575480699539, 0.02183004654943943,
		-0.008577750064432621, 0.0026053129695355892}
	erfSeries = []float32{-0.37612637877464294, 0.11283785849809647, -0.026864362880587578, 0.005205425433814526,
		-0.0007763566682115197}
)

const erfSlope, erfSlopeLow = 1.128379225730896, -5.8635382771399236e-08

// octaves returns the function of a ≥ 0.
func (p *piecewise) octaves(f *fast, a reg.VecVirtual) pair {
	index, center := z(), z()
	VPSRLD(U8(21), op(VADDPS, f.number(1), a), index) // the exponent and two more bits
	VPERMPS(p.table(-1), index, center)
	return p.at(index, op(VSUBPS, center, a))
}

// at returns the function at a distance d to the centre of a piece.
func (p *piecewise) at(index, d reg.VecVirtual) pair {
	row := func(i int) reg.VecVirtual {
		r := z()
		VPERMPS(p.table(i), index, r)
		return r
	}
	last := len(p.values) - 1
	y := row(last)
	for i := last - 1; i > 0; i-- {
		y = fma(y, d, row(i))
	}
	return pair{row(0), y}
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
