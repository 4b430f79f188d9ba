package vec

import "math"

// fastLog returns the natural logarithm with a relative error below 2^-37 of a
// positive normal x.
//
// With x = 2^e m and m in [√½, √2), log m = 2 artanh s where
// s = (m-1)/(m+1), |s| < 0.172: a short odd series.
func fastLog(x float64) float64 {
	b := math.Float64bits(x)
	// Adding makes the exponent field step where m passes √2.
	e := int64((b+(0x3FF0000000000000-0x3FE6A09E667F3BCD))>>52) - 1023
	m := math.Float64frombits(b - uint64(e)<<52)
	s := (m - 1) / (m + 1)
	q := s * s
	p := 1 + q*(1./3+q*(1./5+q*(1./7+q*(1./9+q*(1./11+q*(1./13))))))
	return float64(e)*math.Ln2 + 2*s*p
}

// Log32 writes the natural logarithm: NaN below 0, -Inf at 0.
func Log32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.log(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			if v > 0 && v <= math.MaxFloat32 {
				v = fastLog(v)
			} else {
				v = math.Log(v)
			}
			dst[i] = float32(v)
		}
	}
}

// Log64 writes the natural logarithm.
func Log64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = math.Log(x[i])
	}
}

// fastSoftplus returns log(1+e^x) with a relative error below 2^-30.
func fastSoftplus(x float64) float64 {
	if x > 60 {
		return x
	}
	e := fastExp(clampExp(x))
	switch {
	case e < 0x1p-9:
		return e * (1 - e*(0.5-e*(1./3-e*0.25)))
	case x != x:
		return x
	}
	return fastLog(1 + e)
}

// Softplus32 writes log(1+e^x).
func Softplus32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.softplus(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			dst[i] = float32(fastSoftplus(v))
		}
	}
}

// Softplus64 writes log(1+e^x).
func Softplus64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = softplus64(x[i])
	}
}

func softplus64(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}

// Mish32 writes x tanh(log(1+e^x)).
func Mish32(dst, x []float32) {
	if k := vectors(len(dst)); k != nil {
		k.mish(&dst[0], &x[:len(dst)][0], len(dst))
		return
	}
	var w lane
	for ; len(dst) > 0; dst, x = next(dst), next(x) {
		for i, v := range w.load(x[:len(dst)]) {
			dst[i] = float32(fastMish(v))
		}
	}
}

func fastMish(v float64) float64 {
	if v > 40 {
		return v
	}
	if v < -200 { // e^v is 0 in float32, whatever v is
		return math.Copysign(0, v)
	}
	// tanh(log u) = (u²-1)/(u²+1) with u = 1+e^v.
	e := fastExp(v)
	n := e * (e + 2)
	return v * n / (n + 2)
}

// Mish64 writes x tanh(log(1+e^x)).
func Mish64(dst, x []float64) {
	x = x[:len(dst)]
	for i := range dst {
		if v := x[i]; v < -800 {
			dst[i] = math.Copysign(0, v)
		} else {
			dst[i] = v * math.Tanh(softplus64(v))
		}
	}
}
