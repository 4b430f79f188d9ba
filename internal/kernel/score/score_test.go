package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(got[i] - want[i]); !(d <= tolerance) && got[i] != want[i] {
			t.Errorf("%s: got %v, want %v", what, got, want)
			return
		}
	}
}

func TestTransforms(t *testing.T) {
	e := math.Exp
	for _, c := range []struct {
		t       Transform
		in, out []float64
	}{
		{None, []float64{1, -2}, []float64{1, -2}},
		{Softmax, []float64{1, 0}, []float64{e(1) / (e(1) + 1), 1 / (e(1) + 1)}},
		{Softmax, []float64{1000, 1000}, []float64{0.5, 0.5}},
		{Softmax, []float64{3}, []float64{3}},
		{SoftmaxZero, []float64{1, 0, 2}, []float64{1 / (1 + e(1)), 0, e(1) / (1 + e(1))}},
		{Logistic, []float64{0, 800, -800}, []float64{0.5, 1, 0}},
		{Logistic, []float64{-30}, []float64{e(-30) / (1 + e(-30))}},
		{Probit, []float64{0.5, 1, 0}, []float64{0, math.Inf(1), math.Inf(-1)}},
	} {
		c.t.Apply(c.in)
		near(t, Names[c.t], c.in, c.out, 1e-15)
	}
}

func TestQuantileInvertsTheNormalDistribution(t *testing.T) {
	for p := 0.01; p < 1; p += 0.01 {
		if got := math.Erfc(-Quantile(p)/math.Sqrt2) / 2; math.Abs(got-p) > 2e-3 {
			t.Errorf("Quantile(%v) is the quantile of %v", p, got)
		}
	}
	if !math.IsNaN(Quantile(1.5)) {
		t.Errorf("Quantile(1.5) = %v", Quantile(1.5))
	}
}

func TestKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 11 {
		a, b := make([]float64, n), make([]float64, n)
		var dot, dist float64
		for i := range a {
			a[i], b[i] = r.NormFloat64(), r.NormFloat64()
			dot += a[i] * b[i]
			dist += (a[i] - b[i]) * (a[i] - b[i])
		}
		got := []float64{
			Kernel{}.At(a, b), Kernel{Poly, 2, 1, 3}.At(a, b), Kernel{Poly, 2, 1, 2}.At(a, b), Kernel{Poly, 1, 1, 4}.At(a, b),
			Kernel{Kind: RBF, Gamma: 0.5}.At(a, b), Kernel{Kind: Tanh, Gamma: 0.5, Coef0: 0.25}.At(a, b),
		}
		p := 2*dot + 1
		near(t, "kernels", got, []float64{dot, p * p * p, p * p, math.Pow(dot+1, 4), math.Exp(-dist / 2), math.Tanh(dot/2 + 0.25)}, 1e-9)
	}
}

// Pairwise probabilities that come from a distribution give that distribution.
func TestCouplingRecoversADistribution(t *testing.T) {
	want := []float64{0.5, 0.2, 0.25, 0.05}
	n := len(want)
	r := make([]float64, n*n)
	for i := range n {
		for j := range n {
			r[i*n+j] = want[i] / (want[i] + want[j])
		}
	}
	p := make([]float64, n)
	Couple(p, r, make([]float64, n*n+n))
	near(t, "probabilities", p, want, 5e-3)
}
