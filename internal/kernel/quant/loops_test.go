package quant

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/tensor"
)

var lengths = []int{1, 7, 8, 15, 16, 17, 31, 33, 64, 100, 515, 1300}

// hard are numbers at which rounding, saturating and comparing go wrong.
var hard = []float32{
	0, float32(math.Copysign(0, -1)), 0.5, -0.5, 1.5, 2.5, -2.5, 126.5, 127.5, 128.5, 254.5, 255.5, -128.5, -129, 1e9, -1e9, 3e38, -3e38,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-40,
}

func numbers(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		if x[i] = (r.Float32() - 0.5) * 600; r.IntN(8) == 0 {
			x[i] = hard[r.IntN(len(hard))]
		}
	}
	return x
}

func sumsOf(r *rand.Rand, n int) []int32 {
	s := make([]int32, n)
	for i := range s {
		if s[i] = int32(r.IntN(200_000) - 100_000); r.IntN(8) == 0 {
			s[i] = int32(r.Uint32())
		}
	}
	return s
}

// atLevels runs f at every level of vector instructions, the generic one
// first.
func atLevels(t *testing.T, f func(t *testing.T)) {
	for _, l := range cpu.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			f(t)
		})
	}
}

func roundAndSaturate(v float32, zero, lo, hi int32) int32 {
	r := math.RoundToEven(float64(v)) + float64(zero)
	if !(r > float64(lo)) {
		return lo
	}
	return int32(min(r, float64(hi)))
}

func TestSumsAreRequantizedAndScaled(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range lengths {
			for kind := range 8 {
				s, col, add := sumsOf(r, n), sumsOf(r, n), int32(r.IntN(1000)-500)
				mul, bias := []float32{0.0013}, numbers(r, n)
				if kind&1 != 0 {
					mul = make([]float32, n)
					for i := range mul {
						mul[i] = r.Float32() * 0.01
					}
				}
				if kind&2 != 0 {
					col = nil
				}
				lo, hi := int32(0), int32(255)
				if kind&4 != 0 {
					lo, hi, bias = -128, 127, nil
				}
				zero := lo + int32(r.IntN(256))
				bytes, floats, ints := make([]byte, n), make([]float32, n), make([]int32, n)
				RequantizeSums(bytes, s, add, col, mul, zero, lo, hi)
				ScaleSums(floats, s, add, col, mul, bias)
				AddSums(ints, s, add, col)
				for i := range n {
					v := s[i] + add
					if col != nil {
						v += col[i]
					}
					f := float32(v) * mul[i%len(mul)]
					if want := byte(roundAndSaturate(f, zero, lo, hi)); bytes[i] != want {
						t.Fatalf("%d sums, kind %d: requantized %v: got %d, want %d", n, kind, f, bytes[i], want)
					}
					if bias != nil {
						f += bias[i]
					}
					if math.Float32bits(floats[i]) != math.Float32bits(f) && f == f {
						t.Fatalf("%d sums, kind %d: scaled: got %v, want %v", n, kind, floats[i], f)
					}
					if ints[i] != v {
						t.Fatalf("%d sums, kind %d: added: got %d, want %d", n, kind, ints[i], v)
					}
				}
			}
		}
	})
}

func TestRequantizationSaturates(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		s := make([]int32, 150)
		for i := range s {
			s[i] = int32(i-75) * 1e7 / int32(1+i%7*1000)
		}
		for _, mul := range []float32{1e-6, 1e-3, 1, 1e3, 1e30, -1e30, float32(math.Inf(1)), float32(math.NaN())} {
			for _, b := range [][3]int32{{3, 0, 255}, {0, 0, 255}, {255, 0, 255}, {-7, -128, 127}, {20, 20, 90}, {-7, -7, 100}, {5, 5, 100}} {
				for n := range s {
					got := make([]byte, n+1)
					got[n] = 77
					RequantizeSums(got[:n], s[:n], 0, nil, []float32{mul}, b[0], b[1], b[2])
					for i, v := range s[:n] {
						if want := byte(roundAndSaturate(float32(v)*mul, b[0], b[1], b[2])); got[i] != want {
							t.Fatalf("%v·%v within %v: got %d, want %d", v, mul, b, got[i], want)
						}
					}
					if got[n] != 77 {
						t.Fatalf("%d sums: what follows was written", n)
					}
				}
			}
		}
	})
}

func TestEveryNumberQuantizesAlike(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, n := range lengths {
			x := numbers(r, n)
			for _, scale := range []float32{1, 0.37, 1e-30} {
				for _, zero := range []int32{-128, -3, 0, 127} {
					q := &Quantizer{Layout: Whole(n), Scales: []float32{scale}, Zeros: []int32{zero}, Lo: -128, Hi: 127}
					got := make([]int8, n)
					Run(q, got, 0, func(_ []float32, at int) []float32 { return x[at:] })
					for i, f := range x {
						if want := int8(roundAndSaturate(f/scale, zero, -128, 127)); got[i] != want {
							t.Fatalf("%v / %v + %d: got %d, want %d", f, scale, zero, got[i], want)
						}
					}
				}
			}
		}
	})
}

func TestBytesDequantizeAlike(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, d := range []tensor.DType{tensor.I8, tensor.U8, tensor.F8E4M3FN, tensor.F8E5M2} {
			values, err := ByteValues(d)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range lengths {
				src := make([]byte, n)
				for i := range src {
					src[i] = byte(r.Uint32())
				}
				q := &Dequantizer{Layout: Whole(n), Scales: []float32{0.031}, Zeros: []float32{7}}
				got := make([]float32, n)
				q.Bytes(got, src, values, 0)
				for i, b := range src {
					if want := (values[b] - 7) * 0.031; math.Float32bits(got[i]) != math.Float32bits(want) {
						t.Fatalf("%v %d: got %v, want %v", d, b, got[i], want)
					}
				}
			}
		}
	})
}

func TestRangeLeavesNaNOut(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		nan := float32(math.NaN())
		for _, n := range lengths {
			x := numbers(r, n)
			lo, hi := Range(x)
			finite := slices.DeleteFunc(slices.Clone(x), func(v float32) bool { return v != v })
			finite = append(finite, 0)
			if lo != slices.Min(finite) || hi != slices.Max(finite) {
				t.Fatalf("%d numbers: got %v, %v, want %v, %v", n, lo, hi, slices.Min(finite), slices.Max(finite))
			}
			for i := range x {
				x[i] = nan
			}
			if lo, hi := Range(x); lo != 0 || hi != 0 || math.Signbit(float64(lo)) {
				t.Fatalf("NaN alone: got %v, %v", lo, hi)
			}
		}
	})
}

func TestSumsAndProductsOfBytes(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, n := range lengths {
			for kind := range 4 {
				q := &Combination{Signed: kind&1 != 0, Mul: kind&2 != 0, ScaleA: 0.02, ScaleB: 0.031, Scale: 0.017, ZeroA: 5, ZeroB: 100, Zero: 33}
				a, b, got := make([]byte, n), make([]byte, n), make([]byte, n)
				for i := range a {
					a[i], b[i] = byte(r.Uint32()), byte(r.Uint32())
				}
				q.Combine(got, a, b)
				for i := range got {
					u, v, lo := float32(a[i]), float32(b[i]), int32(0)
					if q.Signed {
						u, v, lo = float32(int8(a[i])), float32(int8(b[i])), -128
					}
					x, y := float32((u-5)*q.ScaleA), float32((v-100)*q.ScaleB)
					f := x + y
					if q.Mul {
						f = x * y
					}
					if want := byte(roundAndSaturate(f/q.Scale, q.Zero, lo, lo+255)); got[i] != want {
						t.Fatalf("kind %d: %d and %d: got %d, want %d", kind, a[i], b[i], got[i], want)
					}
				}
			}
		}
	})
}

func BenchmarkQuantize(b *testing.B) {
	x := numbers(rand.New(rand.NewPCG(1, 1)), 1<<20)
	y := make([]uint8, len(x))
	q := &Quantizer{Layout: Whole(len(x)), Scales: []float32{0.1}, Zeros: []int32{3}, Hi: 255}
	b.SetBytes(int64(5 * len(x)))
	for b.Loop() {
		Run(q, y, 0, func(_ []float32, at int) []float32 { return x[at:] })
	}
}

func BenchmarkDequantize(b *testing.B) {
	x, y := make([]byte, 1<<20), make([]float32, 1<<20)
	values, _ := ByteValues(tensor.U8)
	q := &Dequantizer{Layout: Whole(len(x)), Scales: []float32{0.1}, Zeros: []float32{3}}
	b.SetBytes(int64(5 * len(x)))
	for b.Loop() {
		q.Bytes(y, x, values, 0)
	}
}

func BenchmarkRange(b *testing.B) {
	x := numbers(rand.New(rand.NewPCG(1, 1)), 1<<20)
	b.SetBytes(int64(4 * len(x)))
	for b.Loop() {
		Range(x)
	}
}
