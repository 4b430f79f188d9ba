package vec

import "math"

// The float32 functions of this package compute in float64 with short
// polynomials: on a scalar machine that costs what float32 costs, and the
// relative error before the final rounding is below 2^-28, so that results are
// within 0.6 ULP of the exact ones, subnormal and signed-zero results included.
// With AVX-512 exponentials and what is made of them are float32 in two parts,
// within 0.75 ULP, subnormal results within 0.8: half of the work. There Sigmoid,
// Tanh and Swish with alpha 1 are plain float32, within 2 ULP: a third of it.

// expTable holds 2^(i/32), less i in the bits that the exponent is added to.
var expTable = func() (t [32]uint64) {
	for i := range t {
		t[i] = math.Float64bits(math.Exp2(float64(i)/32)) - uint64(i)<<47
	}
	return t
}()

// fastExp returns e^x with a relative error below 2^-38 for |x| < 700.
//
// With k = round(32 x / ln 2), e^x = 2^(k/32) e^r and |r| ≤ ln 2 / 64: a table
// for the 32 fractional powers, the exponent field for the whole ones, and
// four terms of the series.
func fastExp(x float64) float64 {
	const (
		toK   = 32 / math.Ln2
		fromK = math.Ln2 / 32
		shift = 0x1.8p52 // adding it leaves round(32 x / ln 2) in the low bits
	)
	kd := x*toK + shift
	k := math.Float64bits(kd)
	r := x - (kd-shift)*fromK
	p := 1 + r*(1+r*(0.5+r*(1./6+r*(1./24))))
	return p * math.Float64frombits(expTable[k&31]+k<<47)
}

// fastExpm1 returns e^x - 1 with a relative error below 2^-30 for |x| < 700.
func fastExpm1(x float64) float64 {
	if x > -0x1p-7 && x < 0x1p-7 {
		return x * (1 + x*(0.5+x*(1./6+x*(1./24+x*(1./120)))))
	}
	return fastExp(x) - 1
}

// clampExp brings x to where fastExp is defined and float32 results of it do
// not change any more. NaN stays.
func clampExp(x float64) float64 {
	if x > 200 {
		return 200
	}
	if x < -200 {
		return -200
	}
	return x
}

// lane is a piece of a row in float64. The loops convert a piece first and then
// compute: on amd64 a conversion waits for the register that it writes, and
// inside the loop that would chain every element to the one before.
type lane [64]float64

// load returns the first elements of x, converted.
func (w *lane) load(x []float32) []float64 {
	s := w[:min(len(x), len(w))]
	x = x[:len(s)]
	for i := range s {
		s[i] = float64(x[i])
	}
	return s
}

// Exp32 writes e^x.
func Exp32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.exp(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			dst[i] = float32(fastExp(clampExp(v)))
		}
	}
}

// next returns what follows the first lane of x.
func next(x []float32) []float32 { return x[min(len(x), len(lane{})):] }

// Exp64 writes e^x.
func Exp64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = math.Exp(x[i])
	}
}

// Sigmoid32 writes 1/(1+e^-x).
func Sigmoid32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.sigmoid(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			dst[i] = float32(1 / (1 + fastExp(clampExp(-v))))
		}
	}
}

// Sigmoid64 writes 1/(1+e^-x).
func Sigmoid64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = sigmoid64(x[i])
	}
}

func sigmoid64(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// Swish32 returns the loop of x / (1+e^(-alpha x)).
func Swish32(alpha float32) func(dst, x []float32) {
	return func(dst, x []float32) {
		var w lane
		a := -float64(alpha)
		if gated(dst, x, a, 0) {
			return
		}
		for ; len(dst) > 0; dst, x = next(dst), next(x) {
			for i, v := range w.load(x[:len(dst)]) {
				dst[i] = float32(swish(v, v*a))
			}
		}
	}
}

// swish returns x/(1+e^t) as good as float32 shows it, and 0 for an infinite x
// on the side where the limit is 0.
func swish(x, t float64) float64 {
	if t > 200 {
		return math.Copysign(0, x)
	}
	if t < -200 {
		return x
	}
	return x / (1 + fastExp(t))
}

// gated writes x / (1+e^(p x + q x³)) where assembly does it, q having the sign
// of p; false where not.
func gated(dst, x []float32, p, q float64) bool {
	k := vectors(len(dst))
	if k == nil {
		return false
	}
	if k.silu != nil && q == 0 && p == -1 {
		k.silu(&dst[0], &x[:len(dst)][0], len(dst))
		return true
	}
	if k.swish != nil && q == 0 && p != 0 {
		high := float32(p)
		k.swish(&dst[0], &x[:len(dst)][0], len(dst), high, float32(p-float64(high)))
		return true
	}
	lo, hi := math.Inf(-1), math.Inf(1)
	if p < 0 { // the denominator is infinite below
		lo = -math.MaxFloat32
	}
	if p > 0 { // above
		hi = math.MaxFloat32
	}
	k.gated(&dst[0], &x[:len(dst)][0], len(dst), p, q, lo, hi)
	return true
}

// Swish64 returns the loop of x / (1+e^(-alpha x)).
func Swish64(alpha float64) func(dst, x []float64) {
	return func(dst, x []float64) {
		x = x[:len(dst)]
		for i := range dst {
			dst[i] = x[i] * sigmoid64(alpha*x[i])
		}
	}
}

// Tanh32 writes the hyperbolic tangent.
func Tanh32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.tanh(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			dst[i] = float32(fastTanh(v))
		}
	}
}

// fastTanh returns tanh x with a relative error below 2^-30.
func fastTanh(x float64) float64 {
	if x > -0x1p-5 && x < 0x1p-5 {
		s := x * x
		return x * (1 + s*(-1./3+s*(2./15+s*(-17./315))))
	}
	e := fastExp(clampExp(2 * x))
	return (e - 1) / (e + 1)
}

// Tanh64 writes the hyperbolic tangent.
func Tanh64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = math.Tanh(x[i])
	}
}

// SwiGLU32 returns the loop of a / (1+e^(-alpha a)) × b.
func SwiGLU32(alpha float32) Binary[float32, float32, float32] {
	return Binary[float32, float32, float32]{VV: func(dst, a, b []float32) {
		var wa, wb lane
		s := -float64(alpha)
		for ; len(dst) > 0; dst, a, b = next(dst), next(a), next(b) {
			vb := wb.load(b[:len(dst)])
			for i, v := range wa.load(a[:len(dst)]) {
				dst[i] = float32(swish(v, v*s) * vb[i])
			}
		}
	}}
}

// SwiGLU64 returns the loop of a / (1+e^(-alpha a)) × b.
func SwiGLU64(alpha float64) Binary[float64, float64, float64] {
	return Binary[float64, float64, float64]{VV: func(dst, a, b []float64) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] * sigmoid64(alpha*a[i]) * b[i]
		}
	}}
}
