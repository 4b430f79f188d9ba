package vec

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// best runs f for a benchmark and reports the time of the fastest run for each
// of n elements, which what else the machine does disturbs least.
func best(b *testing.B, n int, f func()) {
	fastest := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		f()
		fastest = min(fastest, time.Since(start))
	}
	b.ReportMetric(float64(fastest.Nanoseconds())/float64(n), "best-ns/elem")
}

func BenchmarkUnary(b *testing.B) {
	const n = 1 << 14
	r := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * 2)
	}
	for _, c := range []struct {
		name string
		loop func(dst, x []float32)
	}{
		{"Relu", Relu[float32]},
		{"Neg", Neg[float32]},
		{"Abs", AbsFloat[float32]},
		{"Sqrt", Sqrt[float32]},
		{"Floor", Floor[float32]},
		{"Exp", Exp32},
		{"Sigmoid", Sigmoid32},
		{"Swish", Swish32(1)},
		{"Tanh", Tanh32},
		{"Log", Log32},
		{"Erf", Erf32},
		{"Gelu", Gelu32},
		{"GeluTanh", GeluTanh32},
		{"Softplus", Softplus32},
		{"HardSwish", HardSwish[float32]},
		{"Sin", Sin[float32]},
		{"Clip", func(dst, x []float32) { Clip(dst, x, 0, 6) }},
		{"Elu", Elu32(1, 1, 1)},
		{"Pow 1.7", func(dst, x []float32) { PowScalar32(dst, x, 1.7) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(n * 4)
			best(b, n, func() { c.loop(y, x) })
		})
	}
}

func BenchmarkBinary(b *testing.B) {
	const n = 1 << 14
	x, y, z := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		x[i], z[i] = float32(i%13)+1, float32(i%7)+1
	}
	for _, c := range []struct {
		name string
		op   Binary[float32, float32, float32]
	}{{"Add", Add[float32]()}, {"Mul", Mul[float32]()}, {"Div", Div[float32]()}, {"Max", Max[float32]()}} {
		b.Run(c.name+" VV", func(b *testing.B) {
			b.SetBytes(n * 12)
			best(b, n, func() { c.op.VV(y, x, z) })
		})
		b.Run(c.name+" VS", func(b *testing.B) {
			b.SetBytes(n * 8)
			best(b, n, func() { c.op.VS(y, x, 3) })
		})
	}
}
