package vec

import (
	"math/rand/v2"
	"testing"
)

// TestSlicesMayStartAnywhere computes rows of every short length from every
// place in memory, numbers of all kinds in them.
func TestSlicesMayStartAnywhere(t *testing.T) {
	binary := map[string]Binary[float32, float32, float32]{
		"add": Add[float32](), "sub": Sub[float32](), "mul": Mul[float32](), "div": Div[float32](), "max": Max[float32](), "min": Min[float32](),
	}
	unary := map[string]func(dst, x []float32){
		"exp": Exp32, "sigmoid": Sigmoid32, "tanh": Tanh32, "erf": Erf32, "gelu": Gelu32, "gelutanh": GeluTanh32, "mish": Mish32,
		"swish": Swish32(1.5), "elu": Elu32(1.5, 1, 1), "log": Log32, "softplus": Softplus32, "sqrt": Sqrt[float32], "relu": Relu[float32],
		"hardswish": HardSwish[float32], "leakyrelu": LeakyRelu[float32](0.1), "floor": Floor[float32], "neg": Neg[float32],
	}
	eachLevel(t, "unaligned", func(t *testing.T) {
		r := rand.New(rand.NewPCG(23, 24))
		for n := range 40 {
			x, y := awkward(r, n+3), awkward(r, n+3)
			for off := range 4 {
				at := func(x []float32) []float32 { return append(make([]float32, off), x[:n]...)[off:] }
				dst := make([]float32, n+off+1)
				check := func(name string, op func(dst, a, b []float32)) {
					want := make([]float32, n)
					op(want, x[:n], y[:n])
					dst[n+off] = 12345
					op(dst[off:n+off], at(x), at(y))
					sameBits(t, name, dst[off:], want)
					if dst[n+off] != 12345 {
						t.Fatalf("%s of %d elements writes beyond them", name, n)
					}
				}
				for name, op := range binary {
					check(name, op.VV)
				}
				for name, f := range unary {
					check(name, func(dst, a, _ []float32) { f(dst, a) })
				}
			}
		}
	})
}
