package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// limit is beyond where float32 results of e^x change.
const limit = 200

func (v isa) functions() {
	type regs = []reg.VecVirtual
	if v.bytes < 64 { // the others are float32: see functions32
		v.unary("exp", "", "writes e^x.", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
			return v.exp(v.clamp(x, -limit, limit))
		})
		v.unary("sigmoid", "", "writes 1/(1+e^-x).", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
			return v.reciprocal1p(v.exp(v.negated(v.clamp(x, -limit, limit))))
		})
		v.unary("tanh", "", "writes the hyperbolic tangent.", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
			return v.tanh(x)
		})
		v.unary("erf", "", "writes the error function.", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
			return v.erf(x)
		})
		v.unary("gelu", "", "writes x Φ(x), Φ the normal distribution.", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
			return v.gelu(x)
		})
	}
	v.unary("gated", ", p, q, lo, hi float64",
		"writes max(lo, min(hi, x)) / (1+e^(p x + q x³)); lo and hi keep an infinite x from meeting e^∞.",
		[]string{"p", "q", "lo", "hi"},
		func(x reg.VecVirtual, a regs) reg.VecVirtual {
			finite := v.clamp(x, -math.MaxFloat32, math.MaxFloat32)
			t := v.vec()
			VMULPD(finite, finite, t)
			VFMADD213PD(a[0], a[1], t) // p + q x²
			VMULPD(finite, t, t)
			y := v.reciprocal1p(v.exp(v.clamp(t, -limit, limit)))
			num := v.vec()
			VMAXPD(x, a[2], num)
			VMINPD(num, a[3], num)
			VMULPD(num, y, y)
			return y
		})
	v.unary("log", "", "writes the natural logarithm: NaN below 0, -Inf at 0.", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
		y := v.log(x)
		z := v.vec()
		VSUBPD(x, x, z) // NaN of NaN and infinities
		VADDPD(z, y, y)
		v.where(v.load(math.MaxFloat64), x, x, y)
		v.where(x, f64(0x1p-200), v.load(math.Inf(-1)), y)
		v.where(x, v.zero(), v.load(math.NaN()), y)
		return y
	})
	v.unary("softplus", "", "writes log(1+e^x).", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
		e := v.exp(v.clamp(x, -limit, limit))
		u := v.vec()
		VADDPD(f64(1), e, u)
		y := v.log(u)
		s := v.poly(e, 1, -1./2, 1./3, -1./4)
		VMULPD(e, s, s)
		v.where(e, f64(0x1p-9), s, y)
		v.where(v.load(60), x, x, y)
		VSUBPD(x, x, s) // NaN of NaN and infinities
		VADDPD(y, s, s)
		v.where(v.load(math.MaxFloat64), v.abs(x), y, s)
		return s
	})
	v.unary("mish", "", "writes x tanh(log(1+e^x)).", nil, func(x reg.VecVirtual, _ regs) reg.VecVirtual {
		// tanh(log u) = (u²-1)/(u²+1) with u = 1+e^x.
		e := v.exp(v.clamp(x, -limit, 40))
		n, d := v.load(2), v.vec()
		VADDPD(e, n, n)
		VMULPD(e, n, n)
		VADDPD(f64(2), n, d)
		VDIVPD(d, n, n)
		num := v.load(-math.MaxFloat32)
		VMAXPD(x, num, num)
		VMULPD(num, n, n)
		return n
	})
	v.unary("elu", ", alpha, scale, width float64",
		"writes x scale where x > 0, alpha (e^(x width) - 1) elsewhere.",
		[]string{"alpha", "scale", "width"},
		func(x reg.VecVirtual, a regs) reg.VecVirtual {
			t := v.vec()
			VMULPD(x, a[2], t)
			t = v.clamp(t, -limit, limit)
			e := v.exp(t)
			VSUBPD(f64(1), e, e)
			// Near 0 the difference has lost too many digits.
			s := v.poly(t, 1, 0.5, 1./6, 1./24, 1./120)
			VMULPD(t, s, s)
			v.where(v.abs(t), f64(0x1p-5), s, e)
			VMULPD(a[0], e, e)
			VMULPD(x, a[1], t)
			v.where(v.zero(), x, t, e)
			return e
		})
}

// abs returns |x|.
func (v isa) abs(x reg.VecVirtual) reg.VecVirtual {
	y := v.vec()
	VANDPD(f64(math.Float64frombits(1<<63-1)), x, y)
	return y
}

func (v isa) negated(x reg.VecVirtual) reg.VecVirtual {
	y := v.vec()
	VXORPD(f64(math.Copysign(0, -1)), x, y)
	return y
}

// withSign gives y, not negative, the sign of x.
func (v isa) withSign(y, x reg.VecVirtual) reg.VecVirtual {
	s := v.vec()
	VANDPD(f64(math.Copysign(0, -1)), x, s)
	VORPD(s, y, y)
	return y
}

// reciprocal1p returns 1/(1+e).
func (v isa) reciprocal1p(e reg.VecVirtual) reg.VecVirtual {
	one := v.load(1)
	VADDPD(one, e, e)
	VDIVPD(e, one, one)
	return one
}

// tanh returns (e^2x - 1)/(e^2x + 1), near 0 the first terms of its series.
func (v isa) tanh(x reg.VecVirtual) reg.VecVirtual {
	t := v.vec()
	VADDPD(x, x, t)
	e := v.exp(v.clamp(t, -limit, limit))
	d := v.vec()
	VADDPD(f64(1), e, d)
	VSUBPD(f64(1), e, e)
	VDIVPD(d, e, e)
	s := v.vec()
	VMULPD(x, x, s)
	p := v.poly(s, 1, -1./3, 2./15, -17./315)
	VMULPD(x, p, p)
	v.where(v.abs(x), f64(0x1p-5), p, e)
	return e
}

// tail returns ½ erfc a, a ≥ 0: e^(-a²) times a polynomial in 1/(1+0.3 a),
// fitted to a in [0, 10.6] with a relative error of 1.3e-10.
func (v isa) tail(a reg.VecVirtual) reg.VecVirtual {
	d, u := v.load(0.3), v.load(1)
	VFMADD213PD(u, a, d)
	VDIVPD(d, u, u)
	c := []float64{-4.751414692749645e-06, 0.1693899832367668, 0.1675855096718949, 0.17407082636510077,
		0.08547531430845737, 0.3316394286797758, -0.4004316991502908, 0.9228557015127243, -0.9712397310187924,
		0.8191900172254529, -0.3580366213234352, 0.05950602203380361}
	for i := range c {
		c[i] /= 2
	}
	y := v.poly(u, c...)
	q := v.vec()
	VMULPD(a, a, q)
	e := v.exp(v.negated(q))
	VMULPD(e, y, y)
	return y
}

// erf returns 1 - erfc |x| with the sign of x, near 0 a polynomial.
func (v isa) erf(x reg.VecVirtual) reg.VecVirtual {
	ten := v.load(10)
	VMINPD(v.abs(x), ten, ten) // NaN stays
	y := v.load(1)
	VFNMADD231PD(f64(2), v.tail(ten), y)
	y = v.withSign(y, x)
	s := v.vec()
	VMULPD(x, x, s)
	p := v.poly(s, 1.1283791670847412, -0.37612638690598144, 0.11283784779529357, -0.026865328527831266,
		0.005219048026110915, -0.0008398804976558865, 9.7597061819022e-05) // x² in [0, 0.49], error 9.5e-12
	VMULPD(x, p, p)
	v.where(v.abs(x), f64(0.7), p, y)
	return y
}

// gelu returns x Φ(x): the tail below 0, one less the tail above.
func (v isa) gelu(x reg.VecVirtual) reg.VecVirtual {
	a := v.load(1 / math.Sqrt2)
	VMULPD(v.abs(x), a, a)
	far := v.load(15)
	VMINPD(a, far, far)
	t := v.tail(far)
	y := v.load(1)
	VSUBPD(t, y, y)
	v.where(x, v.zero(), t, y)
	num := v.load(-math.MaxFloat32)
	VMAXPD(x, num, num)
	VMULPD(num, y, y)
	return y
}

// log returns the logarithm of a positive normal x with a relative error below
// 2^-37: with x = 2^e m, m in [√½, √2), and s = (m-1)/(m+1), it is
// e ln 2 + 2 artanh s.
func (v isa) log(x reg.VecVirtual) reg.VecVirtual {
	// Adding makes the exponent field step where m passes √2.
	e, k := v.vec(), v.vec()
	VPADDQ(bits(0x3FF0000000000000-0x3FE6A09E667F3BCD), x, e)
	VPSRLQ(U8(52), e, e)
	VPSUBQ(bits(1023), e, k)
	VPSLLQ(U8(52), k, k)
	m := v.vec()
	VPSUBQ(k, x, m)
	// As a float64: 2^52 + e, less 2^52.
	VPADDQ(f64(0x1p52), e, e)
	VSUBPD(f64(0x1p52+1023), e, e)
	s, d := v.vec(), v.vec()
	VSUBPD(f64(1), m, s)
	VADDPD(f64(1), m, d)
	VDIVPD(d, s, s)
	q := v.vec()
	VMULPD(s, s, q)
	y := v.poly(q, 2, 2./3, 2./5, 2./7, 2./9, 2./11, 2./13)
	VMULPD(s, y, y)
	VFMADD231PD(f64(math.Ln2), e, y)
	return y
}
