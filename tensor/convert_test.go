package tensor

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// to converts and returns the elements.
func to[T Element](t *testing.T, src *Tensor) []T {
	t.Helper()
	dst, err := New(DTypeOf[T](), src.Shape())
	if err != nil {
		t.Fatal(err)
	}
	if err := Convert(dst, src, Conversion{}); err != nil {
		t.Fatalf("%v to %v: %v", src.DType(), dst.DType(), err)
	}
	return Data[T](dst)
}

// vec is a vector.
func vec[T Element](v ...T) *Tensor { return Of(Shape{len(v)}, v...) }

func expect[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestConvertKeepsOneBetweenAllTypes(t *testing.T) {
	const n = 2*block + 3
	for from := F32; from < numDTypes; from++ {
		for dst := F32; dst < numDTypes; dst++ {
			if isComplex(from) && !isComplex(dst) || isComplex(dst) && from == Str {
				continue
			}
			ones := make([]int64, n)
			for i := range ones {
				ones[i] = 1
			}
			x, _ := New(from, Shape{n})
			y, _ := New(dst, Shape{n})
			z, _ := New(C128, Shape{n})
			if err := Convert(x, vec(ones...), Conversion{}); err != nil {
				t.Fatalf("int64 to %v: %v", from, err)
			}
			if err := Convert(y, x, Conversion{}); err != nil {
				t.Fatalf("%v to %v: %v", from, dst, err)
			}
			if dst == Str {
				want := "1"
				switch {
				case from == Boolean:
					want = "True"
				case from == C64 || from == C128:
					want = "(1+0i)"
				case isFloat(from):
					want = "1.0"
				}
				if from != Str && y.strs[n-1] != want {
					t.Errorf("%v to string: got %q, want %q", from, y.strs[n-1], want)
				}
				continue
			}
			if err := Convert(z, y, Conversion{}); err != nil {
				t.Fatalf("%v to complex128: %v", dst, err)
			}
			for i, v := range Data[complex128](z) {
				if v != 1 {
					t.Fatalf("%v to %v: element %d is %v", from, dst, i, v)
				}
			}
		}
	}
}

func isFloat(d DType) bool {
	return d == F32 || d == F64 || d == F16 || d == BF16 || d >= F8E4M3FN && d <= F8E5M2FNUZ || d == F4E2M1 || d == F8E8M0
}

// The expected integers are those of numpy on x86.
func TestConvertFloatsToIntegersOutOfRange(t *testing.T) {
	inf := math.Inf(1)
	in := []float64{math.NaN(), inf, -inf, -1.9, 300.7, 1e10, -1e10, 0x1p31, 0x1p32 + 5, 0x1p63, 0x1p64, 0x1p65, -0x1p63, -300.5, 70000, -0x1p31 - 1}
	x := vec(in...)
	expect(t, "int8", to[int8](t, x), 0, 0, 0, -1, 44, 0, 0, 0, 0, 0, 0, 0, 0, -44, 112, 0)
	expect(t, "uint8", to[uint8](t, x), 0, 0, 0, 255, 44, 0, 0, 0, 0, 0, 0, 0, 0, 212, 112, 0)
	expect(t, "int16", to[int16](t, x), 0, 0, 0, -1, 300, 0, 0, 0, 0, 0, 0, 0, 0, -300, 4464, 0)
	expect(t, "uint16", to[uint16](t, x), 0, 0, 0, 65535, 300, 0, 0, 0, 0, 0, 0, 0, 0, 65236, 4464, 0)
	const low32, low64 = math.MinInt32, math.MinInt64
	expect(t, "int32", to[int32](t, x), low32, low32, low32, -1, 300, low32, low32, low32, low32, low32, low32, low32, low32, -300, 70000, low32)
	expect(t, "int64", to[int64](t, x), low64, low64, low64, -1, 300, 10000000000, -10000000000, 2147483648, 4294967301, low64, low64, low64, low64, -300, 70000, -2147483649)
	expect(t, "uint32", to[uint32](t, x), 0, 0, 0, 4294967295, 300, 1410065408, 2884901888, 2147483648, 5, 0, 0, 0, 0, 4294966996, 70000, 2147483647)
	expect(t, "uint64", to[uint64](t, x), 1<<63, 0, 1<<63, 18446744073709551615, 300, 10000000000, 18446744063709551616, 2147483648, 4294967301, 1<<63, 0, 0, 1<<63, 18446744073709551316, 70000, 18446744071562067967)
	expect(t, "int4", to[Int4](t, x), 0, 0, 0, -1, -4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0)
	expect(t, "uint4", to[Uint4](t, x), 0, 0, 0, 15, 12, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0)
	expect(t, "int2", to[Int2](t, x), 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	expect(t, "uint2", to[Uint2](t, x), 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	expect(t, "bool", to[bool](t, vec(math.NaN(), inf, 0, math.Copysign(0, -1), 0.1)), true, true, false, false, true)

	f := vec(float32(math.NaN()), float32(inf), -1.9, 0x1p31, 2147483520, -0x1p31)
	expect(t, "float32 to int32", to[int32](t, f), low32, low32, -1, low32, 2147483520, low32)
	expect(t, "float32 to uint64", to[uint64](t, vec[float32](0x1.fffffep63, -1)), 0xFFFFFF0000000000, math.MaxUint64)
	expect(t, "bfloat16 to int8", to[int8](t, vec(ToBFloat16(-1.9), ToBFloat16(300))), -1, 44)
}

func TestConvertIntegersKeepLowBits(t *testing.T) {
	x := vec[int64](200, -1, 1<<32+7, math.MinInt64)
	expect(t, "int8", to[int8](t, x), -56, -1, 7, 0)
	expect(t, "uint16", to[uint16](t, x), 200, 65535, 7, 0)
	expect(t, "uint64", to[uint64](t, x), 200, math.MaxUint64, 1<<32+7, 1<<63)
	expect(t, "int4", to[Int4](t, x), -8, -1, 7, 0)
	expect(t, "uint4", to[Uint4](t, x), 8, 15, 7, 0)
	expect(t, "int2", to[Int2](t, vec[int8](1, 2, 3, 4, -3)), 1, -2, -1, 0, 1)
	expect(t, "uint2", to[Uint2](t, vec[int8](1, 2, 3, 4, -3)), 1, 2, 3, 0, 1)
	expect(t, "bool", to[bool](t, vec[int64](0, 256, -1)), false, true, true)
	expect(t, "from bool", to[float32](t, vec(true, false)), 1, 0)
	expect(t, "from int4", to[int64](t, vec[Int4](-8, 7)), -8, 7)
	expect(t, "uint64 to float32", to[float32](t, vec[uint64](math.MaxUint64, 1<<63)), 0x1p64, 0x1p63)
	expect(t, "uint64 to float64", to[float64](t, vec[uint64](math.MaxUint64, 1<<53+1)), 0x1p64, 0x1p53)
	expect(t, "int64 to float16", to[Float16](t, vec[int64](65519, 65520, -65520)), 0x7BFF, 0x7C00, 0xFC00)
}

// Each value is just beyond the middle of two neighbours by less than a
// float32 can tell: rounding to one first would round the wrong way.
func TestConvertRoundsOnce(t *testing.T) {
	expect(t, "float64 to float16", to[Float16](t, vec(1+0x1p-11+0x1p-40, -1-0x1p-11-0x1p-40, 0x1p-25+0x1p-70, 0x1p-25, 1e-300)), 0x3C01, 0xBC01, 1, 0, 0)
	expect(t, "float64 to bfloat16", to[BFloat16](t, vec(1+0x1p-8+0x1p-40, 1+0x1p-8, math.MaxFloat64)), 0x3F81, 0x3F80, 0x7F80)
	expect(t, "float64 to float8", to[Float8E4M3FN](t, vec(1+0x1p-4+0x1p-40, 1+0x1p-4, -math.MaxFloat64)), 0x39, 0x38, 0xFE)
	expect(t, "float64 to float8e8m0", to[Float8E8M0](t, vec(1+0x1p-40, 1)), 128, 127)
	expect(t, "int64 to bfloat16", to[BFloat16](t, vec[int64](1<<40+1<<32+1, 1<<40+1<<32, 1<<62+1<<54+1, -(1<<62+1<<54+1), math.MinInt64)), 0x5381, 0x5380, 0x5E81, 0xDE81, 0xDF00)
	expect(t, "uint64 to bfloat16", to[BFloat16](t, vec[uint64](1<<63+1<<55+1, 1<<63+1<<55, math.MaxUint64)), 0x5F01, 0x5F00, 0x5F80)
	expect(t, "string to float32", to[float32](t, vec("1.00000005960464477540")), 1.0000001)
}

func TestConvertRangeTouchesOnlyTheRange(t *testing.T) {
	src := vec[int32](300, 301, 302, 303)
	for _, dst := range []*Tensor{vec[uint8](9, 9, 9, 9), vec[Uint4](9, 9, 9, 9)} {
		if err := ConvertRange(dst, src, 1, 3, Conversion{}); err != nil {
			t.Fatal(err)
		}
		want := []byte{9, 45, 46, 9}
		if dst.DType() == U4 {
			want = []byte{9, 13, 14, 9}
		}
		expect(t, dst.DType().String(), dst.Bytes(), want...)
	}
	if err := Convert(vec[int8](1), src, Conversion{}); err == nil {
		t.Error("converted 4 elements to 1")
	}
}

func TestConvertWorksInPlace(t *testing.T) {
	const n = 3*block + 1
	for _, d := range [][2]DType{{F32, I32}, {I32, F32}, {F16, BF16}, {F64, U64}, {I64, F64}, {F8E5M2, F8E4M3FN}, {I8, U4}, {U16, F16}, {Boolean, F4E2M1}} {
		ramp := make([]int32, n)
		for i := range ramp {
			ramp[i] = int32(i - 7)
		}
		x, _ := New(d[0], Shape{n})
		if err := Convert(x, vec(ramp...), Conversion{}); err != nil {
			t.Fatal(err)
		}
		want, _ := New(d[1], Shape{n})
		if err := Convert(want, x, Conversion{}); err != nil {
			t.Fatal(err)
		}
		got, err := x.Reinterpret(d[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := Convert(got, x, Conversion{}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%v to %v in place differs", d[0], d[1])
		}
	}
}

func TestConvertHonoursItsOptions(t *testing.T) {
	dst := vec[Float8E5M2](0)
	if err := Convert(dst, vec(1e6), Conversion{NoSaturate: true}); err != nil || Data[Float8E5M2](dst)[0] != 0x7C {
		t.Errorf("got %#x, %v", Data[Float8E5M2](dst)[0], err)
	}
	scale := vec[Float8E8M0](0)
	if err := Convert(scale, vec(1.6), Conversion{Round: RoundDown}); err != nil || Data[Float8E8M0](scale)[0] != 127 {
		t.Errorf("got %d, %v", Data[Float8E8M0](scale)[0], err)
	}
}

func TestConvertWritesStringsAsPythonDoes(t *testing.T) {
	inf := math.Inf(1)
	expect(t, "float64", to[string](t, vec(0.1, 1e-5, 1e-4, 1.5e16, 1e16, 9.9e15, 1e20, 3, math.Copysign(0, -1), inf, -inf, math.NaN(), 314.15926, -0.00025, 5e-324)),
		"0.1", "1e-05", "0.0001", "1.5e+16", "1e+16", "9900000000000000.0", "1e+20", "3.0", "-0.0", "inf", "-inf", "nan", "314.15926", "-0.00025", "5e-324")
	expect(t, "float32", to[string](t, vec[float32](0.1, 314.15926, 16777216, 1e-10)), "0.1", "314.15927", "16777216.0", "1e-10")
	expect(t, "float16", to[string](t, vec(ToFloat16(0.1), ToFloat16(65504), ToFloat16(314.25), ToFloat16(float32(inf)))), "0.1", "65500.0", "314.2", "inf")
	expect(t, "bfloat16", to[string](t, vec(ToBFloat16(0.1), ToBFloat16(-3))), "0.1", "-3.0")
	expect(t, "float8", to[string](t, vec[Float8E4M3FN](0x7E, 0x7F, 0x80, 1)), "450.0", "nan", "-0.0", "0.002")
	expect(t, "float4", to[string](t, vec[Float4E2M1](7, 9)), "6.0", "-0.5")
	expect(t, "int64", to[string](t, vec[int64](math.MinInt64, 0)), "-9223372036854775808", "0")
	expect(t, "uint64", to[string](t, vec[uint64](math.MaxUint64)), "18446744073709551615")
	expect(t, "int4", to[string](t, vec[Int4](-8)), "-8")
	expect(t, "bool", to[string](t, vec(true, false)), "True", "False")
}

func TestConvertReadsStrings(t *testing.T) {
	x := vec("+INF", "inf", "-Inf", " 1e-5\n", "-0.5", "1E400")
	inf := math.Inf(1)
	expect(t, "float64", to[float64](t, x), inf, inf, -inf, 1e-5, -0.5, inf)
	if v := to[float32](t, vec("NaN", "nan")); v[0] == v[0] || v[1] == v[1] {
		t.Errorf("NaN: got %v", v)
	}
	expect(t, "int64", to[int64](t, vec("9223372036854775807", "-7", "100.5", "1e3", " 8 ")), math.MaxInt64, -7, 100, 1000, 8)
	expect(t, "uint64", to[uint64](t, vec("18446744073709551615", "-1")), math.MaxUint64, math.MaxUint64)
	expect(t, "uint8", to[uint8](t, vec("300", "-1")), 44, 255)
	expect(t, "int4", to[Int4](t, vec("9")), -7)
	expect(t, "bool", to[bool](t, vec("True", "false", "0", "2")), true, false, false, true)
	expect(t, "float16", to[Float16](t, vec("0.1")), ToFloat16(0.1))

	for _, s := range []string{"", "abc", "0x10", "1_000", "1 2", "0b1"} {
		for _, dst := range []*Tensor{vec(0.0), vec[float32](0), vec[int32](0), vec(false), vec[Float16](0)} {
			err := Convert(dst, vec(s), Conversion{})
			if err == nil || !strings.Contains(err.Error(), "is not a number") {
				t.Errorf("%q to %v: got %v", s, dst.DType(), err)
			}
		}
	}
}

func TestConvertComplex(t *testing.T) {
	expect(t, "complex64", to[complex64](t, vec(1+2i, -1i)), 1+2i, -1i)
	expect(t, "from bool", to[complex64](t, vec(true, false)), 1, 0)
	expect(t, "from float16", to[complex128](t, vec(ToFloat16(0.5))), 0.5)
	if err := Convert(vec(0.0), vec(1i), Conversion{}); err == nil {
		t.Error("complex128 became float64")
	}
}
