package tensor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/tensor"
)

// edges are float32s at which rounding to 16 bits goes one way or the other,
// and what is not a number.
func edges() []float32 {
	var l []float32
	for h := range 1 << 16 {
		for _, f := range []float32{tensor.Float16(h).Float32(), tensor.BFloat16(h).Float32()} {
			b := math.Float32bits(f)
			for _, d := range []uint32{0, 1, 0xFFF, 0x1000, 0x1001, 0x7FFF, 0x8000, 0x8001} {
				l = append(l, math.Float32frombits(b+d))
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_003 {
		l = append(l, math.Float32frombits(r.Uint32()))
	}
	for i := range 31 {
		l = append(l, math.Float32frombits(0x7F800000|1<<i&0x7FFFFF|uint32(i)<<31))
	}
	return l
}

func TestSlicesOfHalvesConvertAsElementsDo(t *testing.T) {
	numbers := edges()
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.Limit(level)()
			f16, bf16 := make([]tensor.Float16, 1<<16+3), make([]tensor.BFloat16, 1<<16+3)
			for i := range f16 {
				f16[i], bf16[i] = tensor.Float16(i), tensor.BFloat16(i)
			}
			wide := make([]float32, len(f16))
			tensor.WidenSlice(wide, f16)
			for i, h := range f16 {
				if math.Float32bits(wide[i]) != math.Float32bits(h.Float32()) {
					t.Fatalf("float16 %#04x: got %#08x, want %#08x", uint16(h), math.Float32bits(wide[i]), math.Float32bits(h.Float32()))
				}
			}
			tensor.WidenSlice(wide, bf16)
			for i, h := range bf16 {
				if math.Float32bits(wide[i]) != math.Float32bits(h.Float32()) {
					t.Fatalf("bfloat16 %#04x: got %#08x, want %#08x", uint16(h), math.Float32bits(wide[i]), math.Float32bits(h.Float32()))
				}
			}
			narrow, narrowB := make([]tensor.Float16, len(numbers)), make([]tensor.BFloat16, len(numbers))
			tensor.NarrowToFloat16(narrow, numbers)
			tensor.NarrowToBFloat16(narrowB, numbers)
			for i, v := range numbers {
				if narrow[i] != tensor.ToFloat16(v) {
					t.Fatalf("%#08x to float16: got %#04x, want %#04x", math.Float32bits(v), uint16(narrow[i]), uint16(tensor.ToFloat16(v)))
				}
				if narrowB[i] != tensor.ToBFloat16(v) {
					t.Fatalf("%#08x to bfloat16: got %#04x, want %#04x", math.Float32bits(v), uint16(narrowB[i]), uint16(tensor.ToBFloat16(v)))
				}
			}
		})
	}
}

func BenchmarkHalves(b *testing.B) {
	f := make([]float32, 1<<14)
	h, bf := make([]tensor.Float16, len(f)), make([]tensor.BFloat16, len(f))
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"widen16", func() { tensor.WidenSlice(f, h) }},
		{"narrow16", func() { tensor.NarrowToFloat16(h, f) }},
		{"widenB16", func() { tensor.WidenSlice(f, bf) }},
		{"narrowB16", func() { tensor.NarrowToBFloat16(bf, f) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(6 * len(f)))
			for b.Loop() {
				c.f()
			}
		})
	}
}
