package contrib

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// activation is a function that a fused operator applies to its result.
type activation struct {
	f32 func(dst, x []float32)
	f64 func(dst, x []float64)
}

// newActivation returns an activation by its name in the standard; params are
// its attributes in the standard's order. "" is no activation.
func newActivation(name string, params []float32) (a activation, err error) {
	want := map[string]int{"": 0, "Relu": 0, "Tanh": 0, "Sigmoid": 0, "Silu": 0, "LeakyRelu": 1, "Clip": 2, "HardSigmoid": 2}
	n, ok := want[name]
	if !ok {
		return a, ops.Unsupportedf("activation %q", name)
	}
	if len(params) < n {
		return a, fmt.Errorf("activation %s: got %d parameters, want %d", name, len(params), n)
	}
	switch name {
	case "Relu":
		a = activation{vec.Relu[float32], vec.Relu[float64]}
	case "Tanh":
		a = activation{vec.Tanh32, vec.Tanh64}
	case "Sigmoid":
		a = activation{vec.Sigmoid32, vec.Sigmoid64}
	case "Silu":
		a = activation{vec.Swish32(1), vec.Swish64(1)}
	case "LeakyRelu":
		a = activation{vec.LeakyRelu(params[0]), vec.LeakyRelu(float64(params[0]))}
	case "Clip":
		lo, hi := params[0], params[1]
		a.f32 = func(dst, x []float32) { vec.Clip(dst, x, lo, hi) }
		a.f64 = func(dst, x []float64) { vec.Clip(dst, x, float64(lo), float64(hi)) }
	case "HardSigmoid":
		a = activation{vec.HardSigmoid(params[0], params[1]), vec.HardSigmoid(float64(params[0]), float64(params[1]))}
	}
	return a, nil
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

// readActivation reads the attributes activation, activation_alpha and
// activation_beta, whose defaults are the standard's.
func readActivation(n *ops.Node) (activation, error) {
	name := n.Str("activation", "")
	alpha, beta := float32(0.01), float32(0)
	if name == "HardSigmoid" {
		alpha, beta = 0.2, 0.5
	}
	params := []float32{n.Float("activation_alpha", alpha), n.Float("activation_beta", beta)}
	n.Ignore("activation_gamma", "activation_axis")
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
