package vec

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

// awkward fills a slice with numbers of all sizes, zeros, infinities and NaN.
func awkward(r *rand.Rand, n int) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 3, -3, 6, 0x1p-140, -0x1p-140, math.MaxFloat32,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	x := make([]float32, n)
	for i := range x {
		switch r.IntN(3) {
		case 0:
			x[i] = special[r.IntN(len(special))]
		case 1:
			x[i] = float32(r.NormFloat64()) * 3
		default:
			x[i] = math.Float32frombits(r.Uint32())
		}
	}
	return x
}

// sameBits allows NaN to have any payload.
func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if g := got[i]; math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
			t.Fatalf("%s: element %d of %d: got %v, want %v", what, i, len(want), g, w)
		}
	}
}

// TestAssemblyGivesTheBitsOfGo compares operations that are a few roundings.
func TestAssemblyGivesTheBitsOfGo(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	binary := map[string]Binary[float32, float32, float32]{
		"add": Add[float32](), "sub": Sub[float32](), "mul": Mul[float32](),
		"div": Div[float32](), "max": Max[float32](), "min": Min[float32](),
	}
	unary := map[string]func(dst, x []float32){
		"floor": Floor[float32], "ceil": Ceil[float32], "round": Round[float32], "neg": Neg[float32],
		"abs": AbsFloat[float32], "reciprocal": Reciprocal[float32], "sqrt": Sqrt[float32], "relu": Relu[float32], "hardswish": HardSwish[float32],
		"leakyrelu": LeakyRelu[float32](0.1), "hardsigmoid": HardSigmoid[float32](0.2, 0.5),
		"clip": func(dst, x []float32) { Clip(dst, x, -1, 6) },
	}
	for n := range 200 {
		a, b := awkward(r, n), awkward(r, n)
		s := awkward(r, 1)[0]
		for _, l := range cpu.Levels()[1:] {
			compare := func(name string, run func(dst []float32)) {
				want, got := make([]float32, n), make([]float32, n+1)
				restore := cpu.Limit(cpu.Generic)
				run(want)
				restore()
				restore = cpu.Limit(l)
				got[n] = 12345
				run(got[:n])
				restore()
				sameBits(t, l.String()+" "+name, got, want)
				if got[n] != 12345 {
					t.Fatalf("%v %s of %d elements writes beyond them", l, name, n)
				}
			}
			for name, op := range binary {
				compare(name, func(dst []float32) { op.VV(dst, a, b) })
				compare(name+" with a scalar", func(dst []float32) { op.VS(dst, a, s) })
				compare(name+" of a scalar", func(dst []float32) { op.SV(dst, s, b) })
			}
			for name, f := range unary {
				compare(name, func(dst []float32) { f(dst, a) })
			}
		}
	}
}

// TestFunctionsDoNotDependOnTheCuts computes rows whole, one by one, and in
// place.
func TestFunctionsDoNotDependOnTheCuts(t *testing.T) {
	for name, f := range map[string]func(dst, x []float32){
		"exp": Exp32, "sigmoid": Sigmoid32, "tanh": Tanh32, "erf": Erf32, "gelu": Gelu32, "gelutanh": GeluTanh32,
		"mish": Mish32, "swish": Swish32(1.5), "silu": Swish32(1), "elu": Elu32(1.5, 1, 1), "log": Log32, "softplus": Softplus32,
	} {
		eachLevel(t, name, func(t *testing.T) {
			x := awkward(rand.New(rand.NewPCG(19, 20)), 163)
			whole, single := make([]float32, len(x)), make([]float32, len(x)+1)
			f(whole, x)
			single[len(x)] = 12345
			for i := range x {
				f(single[i:i+1], x[i:])
			}
			sameBits(t, "one by one", single, whole)
			if single[len(x)] != 12345 {
				t.Error("writes beyond the end")
			}
			f(x, x)
			sameBits(t, "in place", x, whole)
		})
	}
}

func TestSumsOfAnyLength(t *testing.T) {
	eachLevel(t, "sum", func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 22))
		for n := range 200 {
			x := make([]float32, n+1)
			sum, squares := 0.0, 0.0
			for i := range n {
				x[i] = float32(r.IntN(1000)) / 8
				sum += float64(x[i])
				squares += float64(x[i]) * float64(x[i])
			}
			acc := make([]float64, n+1)
			for i := range acc {
				acc[i] = float64(i)
			}
			SumColumns32(acc[:n], x)
			for i := range acc {
				want := float64(i)
				if i < n {
					want += float64(x[i])
				}
				if acc[i] != want {
					t.Fatalf("column %d of %d: got %v, want %v", i, n, acc[i], want)
				}
			}
			for i := range acc {
				acc[i] = float64(i)
			}
			SumColumns4x32(acc[:n], x, x, x, x)
			for i := range acc {
				want := float64(i)
				if i < n {
					want += 4 * float64(x[i])
				}
				if acc[i] != want {
					t.Fatalf("column %d of %d, four rows: got %v, want %v", i, n, acc[i], want)
				}
			}
			x[n] = 1e30
			if got := Sum32(x[:n]); got != sum {
				t.Fatalf("sum of %d: got %v, want %v", n, got, sum)
			}
			if got := SumSquare32(x[:n]); got != squares {
				t.Fatalf("sum of squares of %d: got %v, want %v", n, got, squares)
			}
		}
	})
}
