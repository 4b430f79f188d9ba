package vec

import "math"

const (
	erfStep = 16 // table entries per unit
	erfEnd  = 4  // erf is 1 in float32 from here on
)

// erfTable holds erf and its derivative at multiples of 1/erfStep.
var erfTable = func() (t [erfEnd*erfStep + 1][2]float64) {
	for i := range t {
		c := float64(i) / erfStep
		t[i] = [2]float64{math.Erf(c), 2 / math.SqrtPi * math.Exp(-c*c)}
	}
	return t
}()

// fastErf returns erf x, 0 ≤ x < erfEnd, with a relative error below 2^-32:
// five terms of the Taylor series at the nearest table entry c. The n-th
// derivative of erf is the first one times a Hermite polynomial in c.
func fastErf(x float64) float64 {
	i := int(x*erfStep + 0.5)
	c := float64(i) / erfStep
	h := x - c
	s := c * c
	t := &erfTable[i]
	p := 1 + h*(-c+h*((2*s-1)*(1./3)+h*(c*(3-2*s)*(1./6)+h*((4*s*s-12*s+3)*(1./30)))))
	return t[0] + t[1]*h*p
}

// Erf32 writes the error function.
func Erf32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.erf(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			switch a := math.Abs(v); {
			case a < erfEnd:
				v = math.Copysign(fastErf(a), v)
			case a >= erfEnd:
				v = math.Copysign(1, v)
			}
			dst[i] = float32(v)
		}
	}
}

// Erf64 writes the error function.
func Erf64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = math.Erf(x[i])
	}
}

// fastPhi returns the normal distribution's ½ erfc(-x/√2) with a relative error
// below 2^-26, however far below 0 x is.
func fastPhi(x float64) float64 {
	z := x * (1 / math.Sqrt2)
	a := math.Abs(z)
	switch {
	case a < 1.4:
		return 0.5 + 0.5*math.Copysign(fastErf(a), z)
	case z > 6:
		return 1
	case a < 15:
		// erfc z = e^(-z²) erfcx z, and erfcx is nearly a parabola in
		// 1/(1+z): coefficients fitted to z in [1.3, 10.5], error 1.1e-9.
		u := 1 / (1 + a)
		p := 6.183660908598565e-07 + u*(0.564159010022393+u*(0.56482110831818+
			u*(0.275122215972923+u*(-0.23966325190062254+u*(-0.8175220769795759+
				u*(-0.35809548290403737+u*(4.251920492723839+u*(-5.675239580767459+
					u*2.5502706868563894))))))))
		tail := 0.5 * p * fastExp(-a*a)
		if z > 0 {
			return 1 - tail
		}
		return tail
	case z != z:
		return z
	}
	return 0
}

// Gelu32 writes x Φ(x), Φ the normal distribution.
func Gelu32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.gelu(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			if v < -20 { // also where 0 × Inf would be
				v = math.Copysign(0, v)
			} else {
				v *= fastPhi(v)
			}
			dst[i] = float32(v)
		}
	}
}

// Gelu64 writes x Φ(x), Φ the normal distribution.
func Gelu64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		if v := x[i]; v < -40 {
			dst[i] = math.Copysign(0, v)
		} else {
			dst[i] = v * 0.5 * math.Erfc(-v/math.Sqrt2)
		}
	}
}

// The tanh approximation is x/2 (1 + tanh(t/2)) = x/(1+e^-t) with
// t = 2√(2/π) (x + 0.044715 x³).
const (
	geluScale = 1.5957691216057308
	geluCubic = 0.044715
)

// GeluTanh32 writes the tanh approximation of Gelu32.
func GeluTanh32(dst, x []float32) {
	if gated(dst, x, -geluScale, -geluScale*geluCubic) {
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			dst[i] = float32(swish(v, -geluScale*v*(1+geluCubic*v*v)))
		}
	}
}

// GeluTanh64 writes the tanh approximation of Gelu64.
func GeluTanh64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		if v := x[i]; v < -40 {
			dst[i] = math.Copysign(0, v)
		} else {
			dst[i] = v * sigmoid64(geluScale*v*(1+geluCubic*v*v))
		}
	}
}

// ErfInt writes the error function without its fraction: ±1 for all integers
// that float64 tells from ∞, 0 for the others.
func ErfInt[T Int](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Erf(float64(x[i])))
	}
}
