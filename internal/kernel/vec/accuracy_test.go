package vec

import (
	"flag"
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
)

var dense = flag.Bool("dense", false, "test the float32 functions on 64 times as many numbers")

// ulps returns the distance of got from the exact value want in units of the
// spacing of float32 there; 0 where both are the same infinity or NaN.
func ulps(got float32, want float64) float64 {
	g := float64(got)
	switch {
	case want != want:
		if g != g {
			return 0
		}
		return math.Inf(1)
	case g == want:
		return 0
	case g != g || math.IsInf(want, 0):
		return math.Inf(1)
	}
	if math.Abs(want) > math.MaxFloat32 { // rounds to the largest number or beyond
		want = math.Copysign(0x1p128, want)
		if math.IsInf(g, 0) {
			return 0
		}
	}
	_, e := math.Frexp(want)
	unit := math.Ldexp(1, max(e-24, -149))
	return math.Abs(g-want) / unit
}

// sweep feeds f float32 numbers of every sign and exponent.
func sweep(f func(x []float32)) {
	const prime = 4099
	step := uint64(prime)
	if *dense {
		step = 61
	}
	buf := make([]float32, 0, 1024)
	for _, v := range []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -0.5, 2, -2, 3, -3, 6, -6,
		88.72284, 88.72283, -87.33655, -103.97208, -103.97207, math.MaxFloat32, -math.MaxFloat32, 0x1p-149, -0x1p-149,
		0x1p-126, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())} {
		buf = append(buf, v, math.Nextafter32(v, 2*v), math.Nextafter32(v, 0))
	}
	f(buf)
	buf = buf[:0]
	for b := uint64(0); b < 1<<32; b += step {
		buf = append(buf, math.Float32frombits(uint32(b)))
		if len(buf) == cap(buf) {
			f(buf)
			buf = buf[:0]
		}
	}
	// Between -20 and 20, where functions are not constant.
	for i := range 200_000 {
		buf = append(buf, float32(i-100_000)/5003)
		if len(buf) == cap(buf) {
			f(buf)
			buf = buf[:0]
		}
	}
	f(buf)
}

// eachLevel runs a test with every level of instructions that the machine has.
func eachLevel(t *testing.T, name string, f func(t *testing.T)) {
	for _, l := range cpu.Levels() {
		t.Run(name+"/"+l.String(), func(t *testing.T) {
			defer cpu.Limit(l)()
			f(t)
		})
	}
}

func TestFloat32FunctionsAreAsAccurateAsTheySay(t *testing.T) {
	sigmoid := func(x float64) float64 {
		if x < 0 {
			return math.Exp(x) / (1 + math.Exp(x))
		}
		return 1 / (1 + math.Exp(-x))
	}
	softplus := func(x float64) float64 {
		if x > 0 {
			return x + math.Log1p(math.Exp(-x))
		}
		return math.Log1p(math.Exp(x))
	}
	limit := func(f func(float64) float64) func(float64) float64 {
		return func(x float64) float64 {
			if math.IsInf(x, -1) { // 0 × ∞
				return 0
			}
			return f(x)
		}
	}
	for _, c := range []struct {
		name string
		loop func(dst, x []float32)
		want func(float64) float64
		ulps float64
	}{
		{"Exp", Exp32, math.Exp, 0.75},
		{"Log", Log32, math.Log, 0.51},
		{"Tanh", Tanh32, math.Tanh, 2},
		{"Sigmoid", Sigmoid32, sigmoid, 2},
		{"Erf", Erf32, math.Erf, 0.75},
		{"Softplus", Softplus32, softplus, 0.51},
		{"Mish", Mish32, limit(func(x float64) float64 { return x * math.Tanh(softplus(x)) }), 0.51},
		{"Gelu", Gelu32, limit(func(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) }), 0.8},
		{"GeluTanh", GeluTanh32, limit(func(x float64) float64 {
			return x * sigmoid(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
		}), 0.51},
		{"Swish", Swish32(1), limit(func(x float64) float64 { return x * sigmoid(x) }), 2},
		{"Elu", Elu32(1, 1, 1), func(x float64) float64 {
			if x > 0 {
				return x
			}
			return math.Expm1(x)
		}, 0.55},
		{"Selu", Elu32(1.67326319217681884765625, 1.05070102214813232421875, 1), func(x float64) float64 {
			if x > 0 {
				return 1.05070102214813232421875 * x
			}
			return 1.05070102214813232421875 * 1.67326319217681884765625 * math.Expm1(x)
		}, 0.55},
		{"Celu", Elu32(0.5, 1, 0.5), func(x float64) float64 {
			if x > 0 {
				return x
			}
			return 0.5 * math.Expm1(2*x)
		}, 0.55},
		{"Swish -2.5", Swish32(-2.5), func(x float64) float64 {
			if math.IsInf(x, 1) {
				return 0
			}
			return x * sigmoid(-2.5*x)
		}, 0.8},
		{"Swish 0.1", Swish32(0.1), limit(func(x float64) float64 { return x * sigmoid(float64(float32(0.1))*x) }), 0.8},
		{"Sqrt", Sqrt[float32], math.Sqrt, 0.5},
		{"Sin", Sin[float32], math.Sin, 0.51},
		{"Cos", Cos[float32], math.Cos, 0.51},
		{"Tan", Tan[float32], math.Tan, 0.51},
		{"Pow 1.7", func(dst, x []float32) { PowScalar32(dst, x, float64(float32(1.7))) },
			func(x float64) float64 { return math.Pow(x, float64(float32(1.7))) }, 0.51},
		{"Pow -0.5", func(dst, x []float32) { PowScalar32(dst, x, -0.5) }, func(x float64) float64 { return math.Pow(x, -0.5) }, 0.51},
		{"Pow 0.5", func(dst, x []float32) { PowScalar32(dst, x, 0.5) }, func(x float64) float64 { return math.Pow(x, 0.5) }, 0.51},
		{"Pow 2", func(dst, x []float32) { PowScalar32(dst, x, 2) }, func(x float64) float64 { return math.Pow(x, 2) }, 0.51},
		{"Pow 3", func(dst, x []float32) { PowScalar32(dst, x, 3) }, func(x float64) float64 { return math.Pow(x, 3) }, 0.51},
		{"Pow 4", func(dst, x []float32) { PowScalar32(dst, x, 4) }, func(x float64) float64 { return math.Pow(x, 4) }, 0.51},
		{"Pow -1", func(dst, x []float32) { PowScalar32(dst, x, -1) }, func(x float64) float64 { return math.Pow(x, -1) }, 0.51},
		{"Pow 0", func(dst, x []float32) { PowScalar32(dst, x, 0) }, func(x float64) float64 { return math.Pow(x, 0) }, 0.5},
	} {
		eachLevel(t, c.name, func(t *testing.T) {
			worst, at := 0.0, float32(0)
			var y [1024]float32
			sweep(func(x []float32) {
				c.loop(y[:len(x)], x)
				for i, v := range x {
					if u := ulps(y[i], c.want(float64(v))); u > worst {
						worst, at = u, v
					}
				}
			})
			if worst > c.ulps {
				c.loop(y[:1], []float32{at})
				t.Errorf("%v ULP at %v: got %v, want %v", worst, at, y[0], c.want(float64(at)))
			}
			t.Logf("%.4f ULP at %v", worst, at)
		})
	}
}
