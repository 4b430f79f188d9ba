package gradient

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
)

// center returns the mean of x over axes, what x differs from it by, and the
// mean of that squared.
func (t *tape) center(x, axes *onnx.Value) (mean, d, variance *onnx.Value) {
	mean = t.mean(x, axes)
	d = t.sub(x, mean)
	return mean, d, t.mean(t.square(d), axes)
}

// invStdDev is 1/√(variance + epsilon).
func (v *vjp) invStdDev(variance *onnx.Value) *onnx.Value {
	return v.rsqrt(v.plus(variance, v.float("epsilon", 1e-5)))
}

// affine multiplies and shifts; scale and bias may be nil.
func (t *tape) affine(y, scale, bias *onnx.Value) *onnx.Value {
	if scale != nil {
		y = t.mul(y, t.op("CastLike", scale, y))
	}
	if bias != nil {
		y = t.addOp(y, t.op("CastLike", bias, y))
	}
	return y
}

var layerNormRule = rule{inputs: []int{0, 1, 2}, expand: func(v *vjp) []*onnx.Value {
	x := v.x(0)
	mean, d, variance := v.center(x, v.axesFrom(v.int("axis", -1), x))
	inv := v.invStdDev(variance)
	return []*onnx.Value{v.affine(v.mul(d, inv), v.x(1), v.x(2)), mean, inv}
}}

var rmsNormRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.x(0)
	inv := v.invStdDev(v.mean(v.square(x), v.axesFrom(v.int("axis", -1), x)))
	return v.affine(v.mul(x, inv), v.x(1), nil)
}, 0, 1)

var instanceNormRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.x(0)
	_, d, variance := v.center(x, v.axesFrom(2, x))
	return v.affine(v.mul(d, v.invStdDev(variance)), v.channels(v.x(1), x), v.channels(v.x(2), x))
}, 0, 1, 2)

// Scale and bias are one a group up to version 20, one a channel from then on.
var groupNormRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.x(0)
	groups := v.ints(v.int("num_groups", 1))
	inner := v.op("Div", v.prod(v.dims(x, 1, 1<<62)), groups)
	grouped := v.reshape(x, v.concat(v.dim(x, 0), groups, inner))
	_, d, variance := v.center(grouped, v.ints(2))
	y := v.mul(d, v.invStdDev(variance))
	if v.n.Opset < 21 {
		return v.reshapeLike(v.affine(y, v.channels(v.x(1), y), v.channels(v.x(2), y)), x)
	}
	return v.affine(v.reshapeLike(y, x), v.channels(v.x(1), x), v.channels(v.x(2), x))
}, 0, 1, 2)

// batchNormRule differentiates through the batch's statistics where they are
// used; what trains is said by is_test, by the outputs, or by training_mode.
var batchNormRule = rule{inputs: []int{0, 1, 2, 3, 4}, expand: func(v *vjp) []*onnx.Value {
	x := v.x(0)
	channels, axes := v.channels, v.concat(v.ints(0), v.axesFrom(2, x))
	if v.n.Opset < 9 && v.int("spatial", 1) == 0 { // everything is one for each place, too
		axes = v.ints(0)
		channels = func(c, x *onnx.Value) *onnx.Value {
			return v.reshape(v.op("CastLike", c, x), v.dims(x, 1, math.MaxInt64))
		}
	}
	scale, bias := channels(v.x(1), x), channels(v.x(2), x)
	inMean, inVar := v.x(3), v.x(4)
	if !v.trains() {
		inv := v.invStdDev(channels(inVar, x))
		return []*onnx.Value{v.affine(v.mul(v.sub(x, channels(inMean, x)), inv), scale, bias)}
	}
	mean, d, variance := v.center(x, axes)
	momentum := v.float("momentum", 0.9)
	running := func(old, now *onnx.Value) *onnx.Value {
		now = v.op("CastLike", v.reshapeLike(now, old), old)
		return v.addOp(v.scale(momentum, old), v.scale(1-momentum, now))
	}
	return []*onnx.Value{
		v.affine(v.mul(d, v.invStdDev(variance)), scale, bias),
		running(inMean, mean), running(inVar, variance),
	}
}}

func (v *vjp) trains() bool {
	switch {
	case v.n.Opset >= 14:
		return v.int("training_mode", 0) != 0
	case v.n.Opset < 7:
		return v.int("is_test", 0) == 0
	}
	for _, o := range v.n.Outputs[1:] {
		if o != nil {
			return true
		}
	}
	return false
}

var mvnRule = expandTo(func(v *vjp) *onnx.Value {
	axes := v.list("axes")
	if v.n.Attr("axes") == nil {
		axes = []int64{0, 2, 3}
	}
	_, d, variance := v.center(v.x(0), v.ints(axes...))
	return v.div(d, v.plus(v.op("Sqrt", variance), 1e-9))
}, 0)

// A row of zeros stays one.
var lpNormRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.x(0)
	op := "ReduceL2"
	if v.int("p", 2) == 1 {
		op = "ReduceL1"
	}
	norm := v.op(op, x, v.ints(v.int("axis", -1)))
	return v.div(x, v.where(v.op("Equal", norm, v.num(0, norm)), v.num(1, norm), norm))
}, 0)

// lrnRule adds the squares up over a window of channels, with a pooling in
// which the channels stand in a spatial dimension.
var lrnRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.x(0)
	size := v.int("size", 1)
	image := v.reshape(v.square(x), v.concat(v.dim(x, 0), v.ints(1), v.dim(x, 1), v.prod(v.spatial(x))))
	before := (size - 1) / 2
	mean := v.with("AveragePool", attrs("kernel_shape", []int64{size, 1}, "count_include_pad", 1,
		"pads", []int64{before, 0, size - 1 - before, 0}), image)
	bent := v.plus(v.scale(v.float("alpha", 1e-4), v.reshapeLike(mean, x)), v.float("bias", 1))
	return v.div(x, v.op("Pow", bent, v.num(v.float("beta", 0.75), x)))
}, 0)
