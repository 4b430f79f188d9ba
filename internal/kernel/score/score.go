// Package score holds the arithmetic of scores in the classical machine learning
// operators (ai.onnx.ml): inner products, kernels of support vector machines,
// and the transforms that turn scores into probabilities. All of it computes in
// float64.
package score

import "math"

// Transform is a post_transform of the standard. The numbers are those of
// TreeEnsemble 5.
type Transform uint8

// The transforms.
const (
	None Transform = iota
	Softmax
	Logistic
	SoftmaxZero // softmax over the scores that are not zero; these stay zero
	Probit      // the quantile of the normal distribution
)

// Names are the transforms as attributes spell them, in their order.
var Names = []string{"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"}

// Apply transforms the scores of one row in place. A row of one score is a
// quantity, not a distribution over classes: the two softmaxes leave it alone.
func (t Transform) Apply(s []float64) {
	switch {
	case t == Softmax && len(s) > 1:
		softmax(s, false)
	case t == SoftmaxZero && len(s) > 1:
		softmax(s, true)
	case t == Logistic:
		for i, v := range s {
			s[i] = Sigmoid(v)
		}
	case t == Probit:
		for i, v := range s {
			s[i] = Quantile(v)
		}
	}
}

func softmax(s []float64, skipZero bool) {
	const zero = 1e-7
	top := math.Inf(-1)
	for _, v := range s {
		top = max(top, v)
	}
	var sum float64
	for i, v := range s {
		if skipZero && math.Abs(v) <= zero {
			s[i] = v * math.Exp(-top)
			continue
		}
		s[i] = math.Exp(v - top)
		sum += s[i]
	}
	for i := range s {
		s[i] /= sum
	}
}

// Sigmoid returns 1/(1+e^-x), with a small relative error for all x.
func Sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// Quantile returns √2·erf⁻¹(2p-1) with Winitzki's approximation of erf⁻¹ (a =
// 0.147, relative error up to 0.002): all runtimes that have PROBIT compute
// it so, and models are compared with them. It is ∓Inf at 0 and 1 and NaN
// outside.
func Quantile(p float64) float64 {
	const a = 0.147
	x := 2*p - 1
	l := math.Log((1 - x) * (1 + x))
	v := 2/(math.Pi*a) + l/2
	r := math.Sqrt(math.Sqrt(v*v-l/a) - v)
	return math.Sqrt2 * math.Copysign(r, x)
}
