package contrib

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/rnn"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// activation is a function that a fused operator applies to its result.
type activation struct {
	f32 func(dst, x []float32)
	f64 func(dst, x []float64)
}

// activationDefaults are the defaults of the parameters of each activation, in
// the order of the standard's attributes (Selu: alpha and gamma). "" is none.
var activationDefaults = map[string][]float32{
	"": nil, "Relu": nil, "Tanh": nil, "Sigmoid": nil, "Silu": nil, "Softplus": nil, "Softsign": nil, "HardSwish": nil,
	"LeakyRelu": {0.01}, "Elu": {1}, "Celu": {1}, "ThresholdedRelu": {1},
	"Clip": {-math.MaxFloat32, math.MaxFloat32}, "HardSigmoid": {0.2, 0.5}, "Selu": {1.67326319, 1.05070102},
	"ScaledTanh": {1, 1}, "ParametricSoftplus": {1, 1},
}

// newActivation returns an activation by its name in the standard; params are
// its attributes in the standard's order. "" is no activation.
func newActivation(name string, params []float32) (a activation, err error) {
	defaults, ok := activationDefaults[name]
	if !ok {
		return a, ops.Unsupportedf("activation %q", name)
	}
	if n := len(defaults); len(params) < n {
		return a, fmt.Errorf("activation %s: got %d parameters, want %d", name, len(params), n)
	}
	var alpha, beta float32
	switch len(defaults) {
	case 2:
		alpha, beta = params[0], params[1]
	case 1:
		alpha = params[0]
	}
	wide := float64(alpha)
	switch name {
	case "Relu":
		a = activation{vec.Relu[float32], vec.Relu[float64]}
	case "Tanh":
		a = activation{vec.Tanh32, vec.Tanh64}
	case "Sigmoid":
		a = activation{vec.Sigmoid32, vec.Sigmoid64}
	case "Silu":
		a = activation{vec.Swish32(1), vec.Swish64(1)}
	case "Softplus":
		a = activation{vec.Softplus32, vec.Softplus64}
	case "Softsign":
		a = activation{vec.Softsign[float32], vec.Softsign[float64]}
	case "HardSwish":
		a = activation{vec.HardSwish[float32], vec.HardSwish[float64]}
	case "LeakyRelu":
		a = activation{vec.LeakyRelu(alpha), vec.LeakyRelu(wide)}
	case "ThresholdedRelu":
		a = activation{vec.ThresholdedRelu(alpha), vec.ThresholdedRelu(wide)}
	case "Elu":
		a = activation{vec.Elu32(alpha, 1, 1), vec.Elu64(wide, 1, 1)}
	case "Celu":
		a = activation{vec.Elu32(alpha, 1, alpha), vec.Elu64(wide, 1, wide)}
	case "Selu":
		a = activation{vec.Elu32(alpha, beta, 1), vec.Elu64(wide, float64(beta), 1)}
	case "Clip":
		a.f32 = func(dst, x []float32) { vec.Clip(dst, x, alpha, beta) }
		a.f64 = func(dst, x []float64) { vec.Clip(dst, x, wide, float64(beta)) }
	case "HardSigmoid":
		a = activation{vec.HardSigmoid(alpha, beta), vec.HardSigmoid(wide, float64(beta))}
	case "ScaledTanh":
		a = activation{rnn.New[float32](rnn.ScaledTanh, alpha, beta), rnn.New[float64](rnn.ScaledTanh, alpha, beta)}
	case "ParametricSoftplus":
		a = activation{parametricSoftplus[float32](alpha, beta), parametricSoftplus[float64](alpha, beta)}
	}
	return a, nil
}

// parametricSoftplus is alpha·log(1+exp(beta·x)).
func parametricSoftplus[T rnn.Float](alpha, beta float32) func(dst, x []T) {
	in, log, out := rnn.New[T](rnn.Affine, beta, 0), rnn.New[T](rnn.Softplus, 0, 0), rnn.New[T](rnn.Affine, alpha, 0)
	return func(dst, x []T) {
		in(dst, x)
		log(dst, dst)
		out(dst, dst)
	}
}

// bounds returns the bounds of an activation that does nothing but bound.
func bounds(name string, params []float32) (lo, hi float32, ok bool) {
	switch {
	case name == "Relu":
		return 0, float32(math.Inf(1)), true
	case name == "Clip" && params[0] <= params[1]:
		return params[0], params[1], true
	}
	return 0, 0, false
}

// readActivation reads the attributes activation, activation_alpha,
// activation_beta and activation_gamma, whose defaults are the standard's.
func readActivation(n *ops.Node) (activation, error) {
	name := n.Str("activation", "")
	attrs := []string{"activation_alpha", "activation_beta"}
	if name == "Selu" {
		attrs[1] = "activation_gamma"
	}
	var params []float32
	for i, v := range activationDefaults[name] {
		params = append(params, n.Float(attrs[i], v))
	}
	n.Ignore("activation_alpha", "activation_beta", "activation_gamma", "activation_axis")
	return newActivation(name, params)
}

// apply applies the activation to the elements of a result that has not been
// handed out yet.
func (a *activation) apply(c *ops.Call, y *tensor.Tensor) {
	switch y.DType() {
	case tensor.F32:
		if a.f32 != nil {
			d := tensor.Data[float32](y)
			c.Pool.For(len(d), vec.GrainMath, func(lo, hi int) { a.f32(d[lo:hi], d[lo:hi]) })
		}
	case tensor.F64:
		if a.f64 != nil {
			d := tensor.Data[float64](y)
			c.Pool.For(len(d), vec.GrainMath, func(lo, hi int) { a.f64(d[lo:hi], d[lo:hi]) })
		}
	}
}
