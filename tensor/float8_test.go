package tensor

import (
	"math"
	"testing"
)

// float8Format is what a table of the standard says of a format.
type float8Format struct {
	name               string
	exponent, mantissa int
	bias               int
	max                float64
	inf, nan           int // codes without the sign; -1 where there is none
	unsigned           bool
	decode             func(uint8) float32
	encode             func(v float32, saturate bool) uint8
}

var float8Formats = []float8Format{
	{"E4M3FN", 4, 3, 7, 448, -1, 0x7F, false,
		func(c uint8) float32 { return Float8E4M3FN(c).Float32() },
		func(v float32, s bool) uint8 { return uint8(ToFloat8E4M3FN(v, s)) }},
	{"E4M3FNUZ", 4, 3, 8, 240, -1, -1, true,
		func(c uint8) float32 { return Float8E4M3FNUZ(c).Float32() },
		func(v float32, s bool) uint8 { return uint8(ToFloat8E4M3FNUZ(v, s)) }},
	{"E5M2", 5, 2, 15, 57344, 0x7C, 0x7D, false,
		func(c uint8) float32 { return Float8E5M2(c).Float32() },
		func(v float32, s bool) uint8 { return uint8(ToFloat8E5M2(v, s)) }},
	{"E5M2FNUZ", 5, 2, 16, 57344, -1, -1, true,
		func(c uint8) float32 { return Float8E5M2FNUZ(c).Float32() },
		func(v float32, s bool) uint8 { return uint8(ToFloat8E5M2FNUZ(v, s)) }},
}

// value is the value of a code by the definition of the format.
func (f *float8Format) value(code int) float64 {
	abs := code & 0x7F
	frac, exp := abs&(1<<f.mantissa-1), abs>>f.mantissa
	v := math.Ldexp(float64(frac), 1-f.bias-f.mantissa)
	if exp > 0 {
		v = math.Ldexp(float64(frac+1<<f.mantissa), exp-f.bias-f.mantissa)
	}
	switch {
	case f.unsigned && code == 0x80, f.nan >= 0 && abs >= f.nan:
		return math.NaN()
	case abs == f.inf:
		v = math.Inf(1)
	}
	if code&0x80 != 0 {
		return -v
	}
	return v
}

func TestFloat8ReadsEveryCode(t *testing.T) {
	for _, f := range float8Formats {
		for code := range 256 {
			if got, want := float64(f.decode(uint8(code))), f.value(code); !same(got, want) {
				t.Errorf("%s %#02x: got %v, want %v", f.name, code, got, want)
			}
		}
	}
}

func TestFloat8RoundsToNearestEven(t *testing.T) {
	for _, f := range float8Formats {
		finite := 0
		for finite < 128 && f.value(finite) <= f.max {
			finite++
		}
		if top := f.value(finite - 1); top != f.max {
			t.Fatalf("%s: the largest finite value is %v, want %v", f.name, top, f.max)
		}
		around(t, finite, f.value, func(v float32, want int) {
			for _, saturate := range []bool{true, false} {
				if got := f.encode(v, saturate); got != uint8(want) {
					t.Errorf("%s of %v: got %#02x, want %#02x", f.name, v, got, want)
				}
				neg := uint8(want | 0x80)
				if f.unsigned && want == 0 {
					neg = 0
				}
				if got := f.encode(-v, saturate); got != neg {
					t.Errorf("%s of %v: got %#02x, want %#02x", f.name, -v, got, neg)
				}
			}
		})
	}
}

// The standard's table: what becomes of values that the format does not have.
func TestFloat8BeyondTheLargestValue(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		in                         float64
		saturate                   bool
		e4m3fn, fnuz, e5m2, e5fnuz float64
	}{
		{inf, true, 448, 240, 57344, 57344},
		{-inf, true, -448, -240, -57344, -57344},
		{1e6, true, 448, 240, 57344, 57344},
		{-1e6, true, -448, -240, -57344, -57344},
		{nan, true, nan, nan, nan, nan},
		{inf, false, nan, nan, inf, nan},
		{-inf, false, nan, nan, -inf, nan},
		{1e6, false, nan, nan, inf, nan},
		{-1e6, false, nan, nan, -inf, nan},
		{nan, false, nan, nan, nan, nan},
	} {
		for i, want := range []float64{c.e4m3fn, c.fnuz, c.e5m2, c.e5fnuz} {
			f := &float8Formats[i]
			if got := f.value(int(f.encode(float32(c.in), c.saturate))); !same(got, want) {
				t.Errorf("%s of %v, saturate %v: got %v, want %v", f.name, c.in, c.saturate, got, want)
			}
		}
	}
	// The first value that rounds beyond, and the last that does not.
	if a, b := ToFloat8E4M3FN(464, false), ToFloat8E4M3FN(464.01, false); a != 0x7E || b != 0x7F {
		t.Errorf("around 464: got %#02x and %#02x", a, b)
	}
	if a, b := ToFloat8E5M2(61439.9, false), ToFloat8E5M2(61440, false); a != 0x7B || b != 0x7C {
		t.Errorf("around 61440: got %#02x and %#02x", a, b)
	}
}

func TestFloat8E8M0Rounds(t *testing.T) {
	for code := range 255 {
		if got, want := float64(Float8E8M0(code).Float32()), math.Ldexp(1, code-127); got != want {
			t.Errorf("code %d: got %v, want %v", code, got, want)
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	if v := Float8E8M0(255).Float32(); v == v {
		t.Errorf("code 255: got %v", v)
	}
	const low = 0x1p-127
	for _, c := range []struct {
		v                 float32
		up, down, nearest Float8E8M0
	}{
		{1, 127, 127, 127},
		{1.1, 128, 127, 127},
		{1.5, 128, 127, 128},
		{1.9, 128, 127, 128},
		{-1.1, 128, 127, 127},
		{2, 128, 128, 128},
		{low, 0, 0, 0},
		{1.25 * low, 1, 0, 0},
		{1.5 * low, 1, 0, 1},
		{2 * low, 1, 1, 1},
		{0x1p127, 254, 254, 254},
	} {
		for _, saturate := range []bool{true, false} {
			for round, want := range []Float8E8M0{c.up, c.down, c.nearest} {
				if got := ToFloat8E8M0(c.v, saturate, ScaleRound(round)); got != want {
					t.Errorf("%v, saturate %v, round %d: got %d, want %d", c.v, saturate, round, got, want)
				}
			}
		}
	}
	for _, c := range []struct {
		v                float32
		saturated, plain Float8E8M0
	}{
		{0, 0, 255}, {low / 2, 0, 255}, {inf, 254, 255}, {nan, 255, 255}, {math.MaxFloat32, 254, 255},
	} {
		if a, b := ToFloat8E8M0(c.v, true, RoundUp), ToFloat8E8M0(c.v, false, RoundNearest); a != c.saturated || b != c.plain {
			t.Errorf("%v: got %d and %d, want %d and %d", c.v, a, b, c.saturated, c.plain)
		}
	}
	if got := ToFloat8E8M0(math.MaxFloat32, false, RoundDown); got != 254 {
		t.Errorf("the largest float32 rounded down: got %d", got)
	}
}

func TestFloat4Rounds(t *testing.T) {
	values := []float64{0, 0.5, 1, 1.5, 2, 3, 4, 6}
	for code, v := range values {
		if got := float64(Float4E2M1(code).Float32()); !same(got, v) {
			t.Errorf("code %d: got %v, want %v", code, got, v)
		}
		if got := float64(Float4E2M1(code | 8).Float32()); !same(got, -v) {
			t.Errorf("code %d: got %v, want %v", code|8, got, -v)
		}
	}
	around(t, 8, func(c int) float64 { return values[c] }, func(v float32, want int) {
		if a, b := ToFloat4E2M1(v), ToFloat4E2M1(-v); a != Float4E2M1(want) || b != Float4E2M1(want|8) {
			t.Errorf("±%v: got %d and %d, want %d", v, a, b, want)
		}
	})
	for v, want := range map[float32]Float4E2M1{1e6: 7, -8: 15, float32(math.Inf(1)): 7, float32(math.Inf(-1)): 15} {
		if got := ToFloat4E2M1(v); got != want {
			t.Errorf("%v: got %d, want %d", v, got, want)
		}
	}
	if got := ToFloat4E2M1(float32(math.NaN())); got != 8 {
		t.Errorf("NaN: got %d, want negative zero", got)
	}
}
