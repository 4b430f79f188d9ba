package gradient

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
)

var (
	reluRule      = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) { return v.above(x, 0), nil, nil })
	leakyReluRule = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) {
		return v.above(x, 0), nil, v.num(v.float("alpha", 0.01), x)
	})
	thresholdedReluRule = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) {
		return v.above(x, v.float("alpha", 1)), nil, nil
	})
	shrinkRule = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) {
		return v.above(v.op("Abs", x), v.float("lambd", 0.5)), nil, nil
	})
	eluRule = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) {
		return v.above(x, 0), nil, v.scale(v.float("alpha", 1), v.expBelow(x, 1))
	})
	celuRule = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) {
		return v.above(x, 0), nil, v.expBelow(x, v.float("alpha", 1))
	})
	seluRule = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) {
		gamma, alpha := v.float("gamma", 1.0507), v.float("alpha", 1.67326)
		if v.n.Opset >= 6 {
			gamma, alpha = v.float("gamma", 1.05070102214813232421875), v.float("alpha", 1.67326319217681884765625)
		}
		return v.above(x, 0), v.num(gamma, x), v.scale(gamma*alpha, v.expBelow(x, 1))
	})
	hardSigmoidRule = gate(func(v *vjp, x, y *onnx.Value) (_, _, _ *onnx.Value) {
		return v.op("And", v.above(y, 0), v.below(y, 1)), v.num(v.float("alpha", 0.2), x), nil
	})
	hardSwishRule = gate(func(v *vjp, x, _ *onnx.Value) (_, _, _ *onnx.Value) {
		bent := v.plus(v.scale(1.0/3, x), 0.5)
		upper := v.where(v.below(x, 3), bent, v.num(1, x))
		return v.above(x, -3), upper, nil
	})
)

var (
	sigmoidRule  = unary(func(v *vjp, _, y *onnx.Value) *onnx.Value { return v.mul(y, v.sub(v.num(1, y), y)) })
	softplusRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value { return v.op("Sigmoid", x) })
	softsignRule = unary(func(v *vjp, x, _ *onnx.Value) *onnx.Value {
		return v.op("Reciprocal", v.square(v.plus(v.op("Abs", x), 1)))
	})
)

// expandTo is the rule of an operator that is differentiated by way of others.
func expandTo(f func(v *vjp) *onnx.Value, inputs ...int) rule {
	return rule{inputs: inputs, expand: func(v *vjp) []*onnx.Value { return []*onnx.Value{f(v)} }}
}

var mishRule = expandTo(func(v *vjp) *onnx.Value {
	return v.mul(v.x(0), v.op("Tanh", v.op("Softplus", v.x(0))))
}, 0)

var swishRule = expandTo(func(v *vjp) *onnx.Value { return v.swish(v.x(0)) }, 0)

var swiGLURule = expandTo(func(v *vjp) *onnx.Value { return v.mul(v.swish(v.x(0)), v.x(1)) }, 0, 1)

func (v *vjp) swish(x *onnx.Value) *onnx.Value {
	return v.mul(x, v.op("Sigmoid", v.scale(v.float("alpha", 1), x)))
}

var geluRule = expandTo(func(v *vjp) *onnx.Value {
	return v.gelu(v.x(0), v.str("approximate", "none") == "tanh")
}, 0)

func (v *vjp) gelu(x *onnx.Value, tangent bool) *onnx.Value {
	var bent *onnx.Value
	if tangent {
		cube := v.mul(v.square(x), x)
		bent = v.op("Tanh", v.scale(math.Sqrt(2/math.Pi), v.addOp(x, v.scale(0.044715, cube))))
	} else {
		bent = v.op("Erf", v.scale(math.Sqrt2/2, x))
	}
	return v.mul(v.scale(0.5, x), v.plus(bent, 1))
}

// Before version 7 a slope was one a channel or one for all.
var preluRule = rule{vjp: func(v *vjp) {
	x, slope := v.x(0), v.x(1)
	if v.n.Opset < 7 {
		slope = v.channels(v.flat(slope), x)
	}
	rises := v.above(x, 0)
	v.give(0, v.where(rises, v.g, v.mul(v.g, slope)))
	if v.wants(1) {
		d := v.sumTo(v.where(rises, nil, v.mul(v.g, x)), slope)
		v.give(1, v.reshapeLike(d, v.x(1)))
	}
}}

// softmaxAxes are the dimensions over which a Softmax adds up: one, from
// version 13 on; before, all from the axis on.
func (v *vjp) softmaxAxes() *onnx.Value {
	if v.n.Opset >= 13 {
		return v.ints(v.int("axis", -1))
	}
	return v.axesFrom(v.int("axis", 1), v.x(0))
}

var softmaxRule = rule{vjp: func(v *vjp) {
	y := v.y(0)
	v.give(0, v.mul(y, v.sub(v.g, v.sum(v.mul(v.g, y), v.softmaxAxes()))))
}}

var logSoftmaxRule = rule{vjp: func(v *vjp) {
	v.give(0, v.sub(v.g, v.mul(v.op("Exp", v.y(0)), v.sum(v.g, v.softmaxAxes()))))
}}
