package norm

import "math"

// expTable holds 2^(i/32), less i in the bits that the exponent is added to.
var expTable = func() (t [32]uint64) {
	for i := range t {
		t[i] = math.Float64bits(math.Exp2(float64(i)/32)) - uint64(i)<<47
	}
	return t
}()

// tiny is where e^x is below half of the smallest float32.
const tiny = -104

// exp32 returns e^x for x ≤ 0 with a relative error below 2^-37, which is
// enough for results that are rounded to float32; below tiny it returns 0.
//
// With k = round(32·x/ln 2), e^x = 2^(k/32)·e^r and |r| ≤ ln 2/64: a table for
// the 32 fractional powers, the exponent field for the whole ones, and five
// terms of the series.
func exp32(x float64) float64 {
	const (
		toK   = 32 / math.Ln2
		fromK = math.Ln2 / 32
		shift = 0x1.8p52 // adding it leaves the rounded number in the low bits
	)
	if x < tiny {
		return 0
	}
	kd := x*toK + shift
	k := math.Float64bits(kd)
	r := x - (kd-shift)*fromK
	r2 := r * r
	p := (1 + r) + r2*(0.5+r*(1./6)+r2*(1./24))
	return p * math.Float64frombits(expTable[k&31]+k<<47)
}

// expOf returns e^x for x ≤ 0, as good as W shows it.
func expOf[W Float](x float64) float64 {
	var w W
	if _, ok := any(w).(float32); ok {
		return exp32(x)
	}
	return math.Exp(x)
}
