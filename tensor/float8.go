package tensor

import "math"

// small describes a float of at most 8 bits with a sign. Its finite values are
// those of code bits without the sign up to max.
type small struct {
	mant     int   // bits of the mantissa
	bias     int   // of the exponent
	max      uint8 // code of the largest finite value
	inf      uint8 // code of infinity, or of what stands for it
	nan      uint8 // code of the NaN that conversions make
	unsigned bool  // NaN and zero have no sign; nan is the code of negative zero
}

var (
	e4m3fn   = small{mant: 3, bias: 7, max: 0x7E, inf: 0x7F, nan: 0x7F}
	e4m3fnuz = small{mant: 3, bias: 8, max: 0x7F, inf: 0x80, nan: 0x80, unsigned: true}
	e5m2     = small{mant: 2, bias: 15, max: 0x7B, inf: 0x7C, nan: 0x7E}
	e5m2fnuz = small{mant: 2, bias: 16, max: 0x7F, inf: 0x80, nan: 0x80, unsigned: true}
)

// encode returns the code of the value nearest to v, ties to even. What is
// larger than every finite value after rounding, infinity too, becomes the
// largest finite value where saturate, and infinity or NaN where not.
func (f *small) encode(v float32, saturate bool) uint8 {
	b := math.Float32bits(v)
	sign := uint8(b >> 24 & 0x80)
	abs := b & 0x7FFFFFFF
	if abs > 0x7F800000 {
		if f.unsigned {
			return f.nan
		}
		return sign | f.nan
	}
	shift := 23 - f.mant
	var code uint32
	if least := uint32(127-f.bias+1) << 23; abs >= least {
		// Normal: a carry out of the mantissa raises the exponent.
		code = (abs - least + 1<<(shift-1) - 1 + abs>>shift&1) >> shift
		code += 1 << f.mant
	} else {
		// Subnormal: the neighbours of a power of two lie as far from each
		// other as these values, so adding it rounds.
		magic := math.Float32frombits(uint32(127+1-f.bias-f.mant+23) << 23)
		code = math.Float32bits(math.Float32frombits(abs)+magic) - math.Float32bits(magic)
	}
	switch {
	case code <= uint32(f.max):
		if f.unsigned && code == 0 {
			return 0
		}
		return sign | uint8(code)
	case saturate:
		return sign | f.max
	case f.unsigned:
		return f.nan
	}
	return sign | f.inf
}

// decode returns the value of a code.
func (f *small) decode(code uint8) float32 {
	if f.unsigned && code == f.nan {
		return float32(math.NaN())
	}
	sign := float32(1)
	if code&0x80 != 0 {
		sign = -1
	}
	abs := int(code & 0x7F)
	switch {
	case abs <= int(f.max):
	case uint8(abs) == f.inf && f.inf != f.nan:
		return sign * float32(math.Inf(1))
	default:
		return math.Float32frombits(uint32(code&0x80)<<24 | 0x7FC00000)
	}
	exp, frac := abs>>f.mant, abs&(1<<f.mant-1)
	if exp == 0 {
		exp = 1
	} else {
		frac += 1 << f.mant
	}
	return sign * float32(math.Ldexp(float64(frac), exp-f.bias-f.mant))
}

func (f *small) table() *[256]float32 {
	var t [256]float32
	for i := range t {
		t[i] = f.decode(uint8(i))
	}
	return &t
}

var (
	e4m3fnValues   = e4m3fn.table()
	e4m3fnuzValues = e4m3fnuz.table()
	e5m2Values     = e5m2.table()
	e5m2fnuzValues = e5m2fnuz.table()
)

// Float32 returns the value of f, exactly.
func (f Float8E4M3FN) Float32() float32 { return e4m3fnValues[f] }

// Float32 returns the value of f, exactly.
func (f Float8E4M3FNUZ) Float32() float32 { return e4m3fnuzValues[f] }

// Float32 returns the value of f, exactly.
func (f Float8E5M2) Float32() float32 { return e5m2Values[f] }

// Float32 returns the value of f, exactly.
func (f Float8E5M2FNUZ) Float32() float32 { return e5m2fnuzValues[f] }

// ToFloat8E4M3FN returns the value nearest to v, ties to even. Beyond 448 it is
// ±448 where saturate and NaN where not.
func ToFloat8E4M3FN(v float32, saturate bool) Float8E4M3FN {
	return Float8E4M3FN(e4m3fn.encode(v, saturate))
}

// ToFloat8E4M3FNUZ returns the value nearest to v, ties to even. Beyond 240 it
// is ±240 where saturate and NaN where not.
func ToFloat8E4M3FNUZ(v float32, saturate bool) Float8E4M3FNUZ {
	return Float8E4M3FNUZ(e4m3fnuz.encode(v, saturate))
}

// ToFloat8E5M2 returns the value nearest to v, ties to even. Beyond 57344 it is
// ±57344 where saturate and an infinity where not.
func ToFloat8E5M2(v float32, saturate bool) Float8E5M2 {
	return Float8E5M2(e5m2.encode(v, saturate))
}

// ToFloat8E5M2FNUZ returns the value nearest to v, ties to even. Beyond 57344
// it is ±57344 where saturate and NaN where not.
func ToFloat8E5M2FNUZ(v float32, saturate bool) Float8E5M2FNUZ {
	return Float8E5M2FNUZ(e5m2fnuz.encode(v, saturate))
}

// ScaleRound says how a value between two powers of two becomes a Float8E8M0.
type ScaleRound uint8

// The values of Cast's attribute round_mode.
const (
	RoundUp      ScaleRound = iota // to the larger
	RoundDown                      // to the smaller
	RoundNearest                   // to the nearer, the larger where both are as far
)

// Float32 returns the value of f, exactly: 2^(f-127), NaN for 255.
func (f Float8E8M0) Float32() float32 {
	switch f {
	case 0xFF:
		return float32(math.NaN())
	case 0:
		return 0x1p-127
	}
	return math.Float32frombits(uint32(f) << 23)
}

// ToFloat8E8M0 rounds the magnitude of v, the sign is lost, to a power of two
// from 2^-127 to 2^127. What lies outside becomes the nearer of these where
// saturate and NaN where not, zero and infinity too.
func ToFloat8E8M0(v float32, saturate bool, round ScaleRound) Float8E8M0 {
	const lowest, nan = 1 << 22, 0xFF // the bits of 2^-127, a subnormal
	abs := math.Float32bits(v) & 0x7FFFFFFF
	switch {
	case abs > 0x7F800000:
		return nan
	case abs < lowest:
		if saturate {
			return 0
		}
		return nan
	case abs == 0x7F800000:
		if saturate {
			return 0xFE
		}
		return nan
	}
	// The code of the power of two at or below, and the way to the next one.
	code, frac, half := abs>>23, abs&0x7FFFFF, uint32(1)<<22
	if code == 0 {
		frac -= lowest
		half = 1 << 21
	}
	if round == RoundUp && frac > 0 || round == RoundNearest && frac >= half {
		code++
	}
	if code > 0xFE && saturate {
		code = 0xFE
	}
	return Float8E8M0(code)
}
