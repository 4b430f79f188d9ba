package tensor

import (
	"math"
	"testing"
)

// ieee returns the value of a code of a binary format with sign, infinities
// and NaNs, by the definition.
func ieee(code, exponent, mantissa int) float64 {
	bias := 1<<(exponent-1) - 1
	frac := code & (1<<mantissa - 1)
	exp := code >> mantissa & (1<<exponent - 1)
	v := math.Ldexp(float64(frac), 1-bias-mantissa)
	switch {
	case exp == 1<<exponent-1 && frac != 0:
		return math.NaN()
	case exp == 1<<exponent-1:
		v = math.Inf(1)
	case exp > 0:
		v = math.Ldexp(float64(frac+1<<mantissa), exp-bias-mantissa)
	}
	if code>>(exponent+mantissa) != 0 {
		v = -v
	}
	return v
}

func same(a, b float64) bool {
	return a == b && math.Signbit(a) == math.Signbit(b) || a != a && b != b
}

func TestHalfsReadEveryCode(t *testing.T) {
	for code := range 1 << 16 {
		if got, want := float64(Float16(code).Float32()), ieee(code, 5, 10); !same(got, want) {
			t.Fatalf("Float16 %#04x: got %v, want %v", code, got, want)
		}
		if got, want := float64(BFloat16(code).Float32()), ieee(code, 8, 7); !same(got, want) {
			t.Fatalf("BFloat16 %#04x: got %v, want %v", code, got, want)
		}
	}
}

// around calls f with the values at which rounding between neighbours changes:
// every code's own, the middle to the next, and what is just above and below,
// each with the code that it rounds to.
func around(t *testing.T, codes int, value func(int) float64, f func(v float32, want int)) {
	t.Helper()
	for code := range codes - 1 {
		lo, hi := value(code), value(code+1)
		if math.IsInf(hi, 1) {
			hi = 2*lo - value(code-1) // the next value if the format went on
		}
		mid := float32((lo + hi) / 2)
		if float64(mid) != (lo+hi)/2 {
			t.Fatalf("the middle of %v and %v is no float32", lo, hi)
		}
		f(float32(lo), code)
		f(math.Nextafter32(mid, 0), code)
		f(mid, code+code&1)
		f(math.Nextafter32(mid, math.MaxFloat32), code+1)
	}
}

func TestFloat16RoundsToNearestEven(t *testing.T) {
	around(t, 0x7C00+1, func(c int) float64 { return ieee(c, 5, 10) }, func(v float32, want int) {
		if got := ToFloat16(v); got != Float16(want) {
			t.Fatalf("%v: got %#04x, want %#04x", v, uint16(got), want)
		}
		if got := ToFloat16(-v); got != Float16(want|0x8000) {
			t.Fatalf("%v: got %#04x, want %#04x", -v, uint16(got), want|0x8000)
		}
	})
	for v, want := range map[float32]Float16{math.MaxFloat32: 0x7C00, float32(math.Inf(1)): 0x7C00, float32(math.Inf(-1)): 0xFC00, 65536: 0x7C00, math.SmallestNonzeroFloat32: 0} {
		if got := ToFloat16(v); got != want {
			t.Errorf("%v: got %#04x, want %#04x", v, uint16(got), uint16(want))
		}
	}
	for _, b := range []uint32{0x7F800001, 0x7FC00000, 0xFFFFFFFF} {
		if got := ToFloat16(math.Float32frombits(b)).Float32(); got == got {
			t.Errorf("NaN %#08x: got %v", b, got)
		}
	}
}

func TestBFloat16RoundsToNearestEven(t *testing.T) {
	// Beyond 0x7F00 the middles are still float32, up to the last.
	around(t, 0x7F80, func(c int) float64 { return ieee(c, 8, 7) }, func(v float32, want int) {
		if got := ToBFloat16(v); got != BFloat16(want) {
			t.Fatalf("%v: got %#04x, want %#04x", v, uint16(got), want)
		}
		if got := ToBFloat16(-v); got != BFloat16(want|0x8000) {
			t.Fatalf("%v: got %#04x, want %#04x", -v, uint16(got), want|0x8000)
		}
	})
	if got := ToBFloat16(math.MaxFloat32); got != 0x7F80 {
		t.Errorf("the largest float32: got %#04x, want infinity", uint16(got))
	}
	for _, b := range []uint32{0x7F800001, 0x7FFFFFFF, 0xFF800001} {
		if got := ToBFloat16(math.Float32frombits(b)).Float32(); got == got {
			t.Errorf("NaN %#08x: got %v", b, got)
		}
	}
}

func TestSlicesOfHalfs(t *testing.T) {
	v := []float32{1, -2.5, 65504}
	h, b, back := make([]Float16, 3), make([]BFloat16, 3), make([]float32, 3)
	NarrowToFloat16(h, v)
	WidenSlice(back, h)
	for i := range v {
		if back[i] != v[i] {
			t.Errorf("Float16: got %v, want %v", back[i], v[i])
		}
	}
	NarrowToBFloat16(b, v)
	WidenSlice(back, b)
	for i, want := range []float32{1, -2.5, 65536} {
		if back[i] != want {
			t.Errorf("BFloat16: got %v, want %v", back[i], want)
		}
	}
}

func BenchmarkHalfs(b *testing.B) {
	const n = 4096
	f, h, bf := make([]float32, n), make([]Float16, n), make([]BFloat16, n)
	for i := range f {
		f[i] = float32(i%997)*0.25 - 100
	}
	NarrowToFloat16(h, f)
	NarrowToBFloat16(bf, f)
	for name, run := range map[string]func(){
		"widenFloat16":   func() { WidenSlice(f, h) },
		"widenBFloat16":  func() { WidenSlice(f, bf) },
		"narrowFloat16":  func() { NarrowToFloat16(h, f) },
		"narrowBFloat16": func() { NarrowToBFloat16(bf, f) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				run()
			}
		})
	}
}
