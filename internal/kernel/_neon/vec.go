package main

import "math"

// vectors writes the loops of package vec.
func vectors(f *file) {
	f.functions()
	f.arithmetic()
	f.sums()
}

// elementwise is four vectors at once, then one, then the elements that are
// left one by one. body gets the operands of one vector and returns the result.
func (a *fn) elementwise(operands []gp, dst, n gp, body func(in []vec) vec) {
	pointers := floats(append(append([]gp(nil), operands...), dst)...)
	step := func(vectors int) func() {
		return func() {
			for i := range vectors {
				var in []vec
				for _, p := range operands {
					in = append(in, a.loadQ(p, 16*i))
				}
				a.storeQ(body(in), dst, 16*i)
			}
		}
	}
	a.loop("wide", 16, n, pointers, step(4))
	a.loop("narrow", 4, n, pointers, step(1))
	a.loop("rest", 1, n, pointers, func() {
		var in []vec
		for _, p := range operands {
			in = append(in, a.loadS(p, 0))
		}
		a.storeS(body(in), dst, 0)
	})
	a.ret()
}

func (f *file) arithmetic() {
	simple := func(name string) func(a *fn, x, y vec) vec {
		return func(a *fn, x, y vec) vec { return a.op(name, s, x, y) }
	}
	// The first operand where both are equal, whatever their signs, and NaN
	// where one is.
	extreme := func(larger bool) func(a *fn, x, y vec) vec {
		return func(a *fn, x, y vec) vec {
			z := a.copyOf(x)
			if larger {
				a.less(s, x, y, y, z)
			} else {
				a.less(s, y, x, y, z)
			}
			a.unset(z, y, a.op("fcmeq", s, y, y))
			return z
		}
	}
	for _, o := range []struct {
		name, doc string
		f         func(a *fn, x, y vec) vec
		sv        bool
	}{
		{"add", "a + b", simple("fadd"), false},
		{"sub", "a - b", simple("fsub"), true},
		{"mul", "a × b", simple("fmul"), false},
		{"div", "a / b", simple("fdiv"), true},
		{"max", "the larger of a and b, NaN where one is", extreme(true), false},
		{"min", "the smaller of a and b, NaN where one is", extreme(false), false},
	} {
		a := f.function(o.name+"VV", "func(dst, a, b *float32, n int)", "writes "+o.doc+".")
		p := a.loads("dst", "a", "b", "n")
		a.elementwise(p[1:3], p[0], p[3], func(in []vec) vec { return o.f(a, in[0], in[1]) })

		a = f.function(o.name+"VS", "func(dst, a *float32, b float32, n int)", "writes "+o.doc+".")
		p = a.loads("dst", "a", "n")
		k := a.scalar(s, "b")
		a.elementwise(p[1:2], p[0], p[2], func(in []vec) vec { return o.f(a, in[0], k) })

		if o.sv {
			a = f.function(o.name+"SV", "func(dst *float32, a float32, b *float32, n int)", "writes "+o.doc+".")
			p = a.loads("dst", "b", "n")
			k = a.scalar(s, "a")
			a.elementwise(p[1:2], p[0], p[2], func(in []vec) vec { return o.f(a, k, in[0]) })
		}
	}

	for _, o := range []struct {
		name, params, doc string
		f                 func(a *fn, args []vec) func(x vec) vec
		args              []string
	}{
		{"clip", ", lo, hi float32", "writes min(max(x, lo), hi); NaN stays.", func(a *fn, k []vec) func(x vec) vec {
			return func(x vec) vec { return a.bounded(x, k[0], k[1]) }
		}, []string{"lo", "hi"}},
		{"leakyRelu", ", alpha float32", "writes x where x ≥ 0, alpha x elsewhere.", func(a *fn, k []vec) func(x vec) vec {
			zero := a.none()
			return func(x vec) vec {
				a.less(s, x, zero, a.op("fmul", s, x, k[0]), x)
				return x
			}
		}, []string{"alpha"}},
		{"hardSwish", ", sixth, half, three float32", "writes x where x ≥ 3, 0 where x ≤ -3, x (x/6 + ½) between.", func(a *fn, k []vec) func(x vec) vec {
			zero, minus := a.none(), a.of("fneg", s, k[2])
			return func(x vec) vec {
				y := a.op("fadd", s, a.op("fmul", s, x, k[0]), k[1])
				y = a.op("fmul", s, x, y)
				a.set(y, x, a.op("fcmge", s, x, k[2]))
				a.set(y, zero, a.op("fcmge", s, minus, x))
				return y
			}
		}, []string{"sixth", "half", "three"}},
		{"hardSigmoid", ", alpha, beta, one float32", "writes max(0, min(1, alpha x + beta)).", func(a *fn, k []vec) func(x vec) vec {
			zero := a.none()
			return func(x vec) vec {
				return a.bounded(a.op("fadd", s, a.op("fmul", s, x, k[0]), k[1]), zero, k[2])
			}
		}, []string{"alpha", "beta", "one"}},
		{"floor", "", "rounds down.", direct("frintm"), nil},
		{"ceil", "", "rounds up.", direct("frintp"), nil},
		{"round", "", "rounds to the nearest integer, halves to the even one.", direct("frintn"), nil},
		{"neg", "", "writes -x.", direct("fneg"), nil},
		{"abs", "", "writes |x|.", direct("fabs"), nil},
		{"sqrt", "", "writes the square root.", direct("fsqrt"), nil},
	} {
		a := f.function(o.name, "func(dst, x *float32, n int"+o.params+")", o.doc)
		p := a.loads("dst", "x", "n")
		var args []vec
		for _, k := range o.args {
			args = append(args, a.scalar(s, k))
		}
		body := o.f(a, args)
		a.elementwise(p[1:2], p[0], p[2], func(in []vec) vec { return body(in[0]) })
	}
}

// direct is one instruction.
func direct(name string) func(a *fn, _ []vec) func(x vec) vec {
	return func(a *fn, _ []vec) func(x vec) vec {
		return func(x vec) vec { return a.of(name, s, x) }
	}
}

// bounded returns x brought into [lo, hi] as Go does it: where they are equal,
// zeros of either sign, x stays.
func (a *fn) bounded(x, lo, hi vec) vec {
	y := a.copyOf(x)
	a.less(s, x, lo, lo, y)
	a.less(s, hi, y, hi, y)
	return y
}

// sums writes the folds of a row into float64.
func (f *file) sums() {
	for _, o := range []struct {
		name, doc string
		add       func(a *fn, acc, x vec)
	}{
		{"sum", "returns the sum of x, added up in float64.", func(a *fn, acc, x vec) { a.addTo(d, acc, x) }},
		{"sumSquare", "returns the sum of the squares of x, added up in float64.", func(a *fn, acc, x vec) { a.fmla(d, acc, x, x) }},
	} {
		a := f.function(o.name, "func(x *float32, n int) float64", o.doc)
		x, n := a.load("x"), a.load("n")
		var acc [4]vec
		for i := range acc {
			acc[i] = a.none()
		}
		step := func(vectors int) func() {
			return func() {
				for i := range vectors {
					w := a.wides(a.loadQ(x, 16*i))
					o.add(a, acc[2*i], w[0])
					o.add(a, acc[2*i+1], w[1])
				}
			}
		}
		a.loop("wide", 8, n, floats(x), step(2))
		a.loop("narrow", 4, n, floats(x), step(1))
		a.loop("rest", 1, n, floats(x), func() { o.add(a, acc[1], a.wide(a.loadS(x, 0), false)) })
		a.addTo(d, acc[0], acc[1])
		a.addTo(d, acc[2], acc[3])
		a.addTo(d, acc[0], acc[2])
		a.result(d, a.total(acc[0]), "ret")
		a.ret()
	}

	a := f.function("sumColumns", "func(acc *float64, x *float32, n int)", "adds x to acc.")
	acc, x, n := a.load("acc"), a.load("x"), a.load("n")
	pointers := []pointer{{x, 4}, {acc, 8}}
	a.loop("wide", 4, n, pointers, func() {
		for i, w := range a.wides(a.loadQ(x, 0)) {
			a.storeQ(a.op("fadd", d, a.loadQ(acc, 16*i), w), acc, 16*i)
		}
	})
	a.loop("rest", 1, n, pointers, func() {
		a.storeD(a.op("fadd", d, a.loadD(acc, 0), a.wide(a.loadS(x, 0), false)), acc, 0)
	})
	a.ret()

	a = f.function("sumColumns4", "func(acc *float64, a, b, c, d *float32, n int)", "adds (a+b)+(c+d) to acc, for a multiple of 8 elements.")
	acc, n = a.load("acc"), a.load("n")
	rows := a.loads("a", "b", "c", "d")
	a.loop("wide", 4, n, append(floats(rows...), pointer{acc, 8}), func() {
		var w [4][2]vec
		for i, r := range rows {
			w[i] = a.wides(a.loadQ(r, 0))
		}
		for i := range 2 {
			sum := a.op("fadd", d, a.op("fadd", d, w[0][i], w[1][i]), a.op("fadd", d, w[2][i], w[3][i]))
			a.storeQ(a.op("fadd", d, a.loadQ(acc, 16*i), sum), acc, 16*i)
		}
	})
	a.ret()
}

// limit is beyond where float32 results of e^x change.
const limit = 200

// unary writes dst[i] = f(x[i]), in float64. The arguments after n are loaded,
// and f gets them.
func (f *file) unary(name, params, doc string, names []string, body func(a *fn, x vec, args []vec) vec) {
	a := f.function(name, "func(dst, x *float32, n int"+params+")", doc)
	dst, x, n := a.load("dst"), a.load("x"), a.load("n")
	var args []vec
	for _, p := range names {
		args = append(args, a.scalar(d, p))
	}
	a.loop("loop", 4, n, floats(x, dst), func() {
		w := a.wides(a.loadQ(x, 0))
		for i := range w {
			w[i] = body(a, w[i], args)
		}
		a.storeQ(a.narrows(w), dst, 0)
	})
	a.loop("rest", 1, n, floats(x, dst), func() {
		a.storeS(a.narrow(body(a, a.wide(a.loadS(x, 0), false), args)), dst, 0)
	})
	a.ret()
}

// functions writes the functions, which are those of ../vec/_gen.
func (f *file) functions() {
	f.unary("exp", "", "writes e^x.", nil, func(a *fn, x vec, _ []vec) vec {
		return a.exp(a.clamp(x, -limit, limit))
	})
	f.unary("sigmoid", "", "writes 1/(1+e^-x).", nil, func(a *fn, x vec, _ []vec) vec {
		return a.reciprocal1p(a.exp(a.of("fneg", d, a.clamp(x, -limit, limit))))
	})
	f.unary("tanh", "", "writes the hyperbolic tangent.", nil, func(a *fn, x vec, _ []vec) vec {
		return a.tanh(x)
	})
	f.unary("erf", "", "writes the error function.", nil, func(a *fn, x vec, _ []vec) vec {
		return a.erf(x)
	})
	f.unary("gelu", "", "writes x Φ(x), Φ the normal distribution.", nil, func(a *fn, x vec, _ []vec) vec {
		return a.gelu(x)
	})
	f.unary("gated", ", p, q, lo, hi float64",
		"writes max(lo, min(hi, x)) / (1+e^(p x + q x³)); lo and hi keep an infinite x from meeting e^∞.",
		[]string{"p", "q", "lo", "hi"},
		func(a *fn, x vec, k []vec) vec {
			finite := a.clamp(x, -math.MaxFloat32, math.MaxFloat32)
			t := a.copyOf(k[0])
			a.fmla(d, t, k[1], a.op("fmul", d, finite, finite)) // p + q x²
			t = a.op("fmul", d, finite, t)
			y := a.reciprocal1p(a.exp(a.clamp(t, -limit, limit)))
			return a.op("fmul", d, y, a.op("fmin", d, a.op("fmax", d, x, k[2]), k[3]))
		})
	f.unary("log", "", "writes the natural logarithm: NaN below 0, -Inf at 0.", nil, func(a *fn, x vec, _ []vec) vec {
		y := a.op("fadd", d, a.log(x), a.op("fsub", d, x, x)) // NaN of NaN and infinities
		a.less(d, a.number(math.MaxFloat64), x, x, y)
		a.less(d, x, a.number(0x1p-200), a.number(math.Inf(-1)), y)
		a.less(d, x, a.none(), a.number(math.NaN()), y)
		return y
	})
	f.unary("softplus", "", "writes log(1+e^x).", nil, func(a *fn, x vec, _ []vec) vec {
		e := a.exp(a.clamp(x, -limit, limit))
		y := a.log(a.op("fadd", d, e, a.number(1)))
		p := a.op("fmul", d, e, a.poly(e, 1, -1./2, 1./3, -1./4))
		a.less(d, e, a.number(0x1p-9), p, y)
		a.less(d, a.number(60), x, x, y)
		z := a.op("fadd", d, a.op("fsub", d, x, x), y) // NaN of NaN and infinities
		a.less(d, a.number(math.MaxFloat64), a.of("fabs", d, x), y, z)
		return z
	})
	f.unary("mish", "", "writes x tanh(log(1+e^x)).", nil, func(a *fn, x vec, _ []vec) vec {
		// tanh(log u) = (u²-1)/(u²+1) with u = 1+e^x.
		e := a.exp(a.clamp(x, -limit, 40))
		n := a.op("fmul", d, e, a.op("fadd", d, e, a.number(2)))
		n = a.op("fdiv", d, n, a.op("fadd", d, n, a.number(2)))
		return a.op("fmul", d, n, a.op("fmax", d, x, a.number(-math.MaxFloat32)))
	})
	f.unary("elu", ", alpha, scale, width float64",
		"writes x scale where x > 0, alpha (e^(x width) - 1) elsewhere.",
		[]string{"alpha", "scale", "width"},
		func(a *fn, x vec, k []vec) vec {
			t := a.clamp(a.op("fmul", d, x, k[2]), -limit, limit)
			e := a.op("fsub", d, a.exp(t), a.number(1))
			// Near 0 the difference has lost too many digits.
			p := a.op("fmul", d, t, a.poly(t, 1, 0.5, 1./6, 1./24, 1./120))
			a.less(d, a.of("fabs", d, t), a.number(0x1p-5), p, e)
			e = a.op("fmul", d, e, k[0])
			a.less(d, a.none(), x, a.op("fmul", d, x, k[1]), e)
			return e
		})
}

// poly returns c[0] + c[1] x + c[2] x² + …
func (a *fn) poly(x vec, c ...float64) vec {
	y := a.number(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		z := a.number(c[i])
		a.fmla(d, z, x, y)
		y = z
	}
	return y
}

// clamp brings x into [lo, hi]; NaN stays.
func (a *fn) clamp(x vec, lo, hi float64) vec {
	return a.op("fmin", d, a.op("fmax", d, x, a.number(lo)), a.number(hi))
}

// exp returns e^x of x in [-700, 700] with a relative error below 2^-34: with
// k = round(x/ln 2), a polynomial for e^r, r = x - k ln 2, and k added to its
// exponent field.
func (a *fn) exp(x vec) vec {
	const shift = 0x1.8p52 // adding it leaves an integer in the low bits
	k := a.number(shift)
	a.fmla(d, k, x, a.number(1/math.Ln2))
	r := a.copyOf(x)
	a.fmls(d, r, a.op("fsub", d, k, a.number(shift)), a.number(math.Ln2))
	// The polynomial of least relative error on [-ln 2/2, ln 2/2].
	y := a.poly(r, 0.9999999999616823, 1.0000000002431124, 0.5000000104536017, 0.16666665126042618,
		0.041666225425702974, 0.00833356110563812, 0.0013948183323392223, 0.0001977516443096212)
	return a.ints("VADD", d, y, a.shifted("VSHL", d, k, 52))
}

// reciprocal1p returns 1/(1+e).
func (a *fn) reciprocal1p(e vec) vec {
	one := a.number(1)
	return a.op("fdiv", d, one, a.op("fadd", d, e, one))
}

// tanh returns (e^2x - 1)/(e^2x + 1), near 0 the first terms of its series.
func (a *fn) tanh(x vec) vec {
	e := a.exp(a.clamp(a.op("fadd", d, x, x), -limit, limit))
	one := a.number(1)
	y := a.op("fdiv", d, a.op("fsub", d, e, one), a.op("fadd", d, e, one))
	p := a.op("fmul", d, x, a.poly(a.op("fmul", d, x, x), 1, -1./3, 2./15, -17./315))
	a.less(d, a.of("fabs", d, x), a.number(0x1p-5), p, y)
	return y
}

// tail returns ½ erfc x, x ≥ 0: e^(-x²) times a polynomial in 1/(1+0.3 x),
// fitted to x in [0, 10.6] with a relative error of 1.3e-10.
func (a *fn) tail(x vec) vec {
	one := a.number(1)
	u := a.copyOf(one)
	a.fmla(d, u, x, a.number(0.3))
	u = a.op("fdiv", d, one, u)
	c := []float64{-4.751414692749645e-06, 0.1693899832367668, 0.1675855096718949, 0.17407082636510077,
		0.08547531430845737, 0.3316394286797758, -0.4004316991502908, 0.9228557015127243, -0.9712397310187924,
		0.8191900172254529, -0.3580366213234352, 0.05950602203380361}
	for i := range c {
		c[i] /= 2
	}
	e := a.exp(a.of("fneg", d, a.op("fmul", d, x, x)))
	return a.op("fmul", d, e, a.poly(u, c...))
}

// erf returns 1 - erfc |x| with the sign of x, near 0 a polynomial.
func (a *fn) erf(x vec) vec {
	size := a.of("fabs", d, x)
	y := a.number(1)
	a.fmls(d, y, a.tail(a.op("fmin", d, size, a.number(10))), a.number(2))
	y = a.bits("VORR", y, a.bits("VAND", x, a.number(math.Copysign(0, -1))))
	p := a.poly(a.op("fmul", d, x, x), 1.1283791670847412, -0.37612638690598144, 0.11283784779529357, -0.026865328527831266,
		0.005219048026110915, -0.0008398804976558865, 9.7597061819022e-05) // x² in [0, 0.49], error 9.5e-12
	a.less(d, size, a.number(0.7), a.op("fmul", d, x, p), y)
	return y
}

// gelu returns x Φ(x): the tail below 0, one less the tail above.
func (a *fn) gelu(x vec) vec {
	far := a.op("fmul", d, a.of("fabs", d, x), a.number(1/math.Sqrt2))
	t := a.tail(a.op("fmin", d, far, a.number(15)))
	y := a.op("fsub", d, a.number(1), t)
	a.less(d, x, a.none(), t, y)
	return a.op("fmul", d, y, a.op("fmax", d, x, a.number(-math.MaxFloat32)))
}

// log returns the logarithm of a positive normal x with a relative error below
// 2^-37: with x = 2^e m, m in [√½, √2), and s = (m-1)/(m+1), it is
// e ln 2 + 2 artanh s.
func (a *fn) log(x vec) vec {
	// Adding makes the exponent field step where m passes √2.
	e := a.shifted("VUSHR", d, a.ints("VADD", d, x, a.word(0x3FF0000000000000-0x3FE6A09E667F3BCD)), 52)
	k := a.shifted("VSHL", d, a.ints("VSUB", d, e, a.word(1023)), 52)
	m := a.ints("VSUB", d, x, k)
	// As a float64: 2^52 + e, less 2^52.
	e = a.op("fsub", d, a.ints("VADD", d, e, a.number(0x1p52)), a.number(0x1p52+1023))
	one := a.number(1)
	r := a.op("fdiv", d, a.op("fsub", d, m, one), a.op("fadd", d, m, one))
	y := a.op("fmul", d, r, a.poly(a.op("fmul", d, r, r), 2, 2./3, 2./5, 2./7, 2./9, 2./11, 2./13))
	a.fmla(d, y, e, a.number(math.Ln2))
	return y
}
