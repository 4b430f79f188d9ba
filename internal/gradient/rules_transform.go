package gradient

import "github.com/onnxrun/onnxrun/onnx"

// dftRule: the transpose of a transform is the inverse one without its division
// by the length, and the other way round. What is left out of a spectrum counts
// as zeros; what is taken from its mirror image counts twice.
var dftRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	x, one := v.x(0), v.ints(1)
	inverse, onesided := v.int("inverse", 0) != 0, v.int("onesided", 0) != 0
	axis := v.ints(v.int("axis", 1))
	if v.n.Opset >= 20 {
		if axis = v.ints(-2); v.x(2) != nil {
			axis = v.flat(v.x(2))
		}
	}
	size := v.op("Gather", v.shape(x), axis)
	n := size
	switch {
	case v.x(1) != nil:
		n = v.flat(v.with("Cast", attrs("to", 7), v.x(1)))
	case inverse && onesided:
		n = v.mul(v.ints(2), v.sub(size, one))
	}
	transform := func(l ...any) *onnx.Value {
		return v.with("DFT", attrs(l...), v.g, v.scalar(n), v.scalar(axis))
	}
	length := v.scalar(v.op("CastLike", n, v.g))
	var d *onnx.Value
	switch {
	case inverse && onesided:
		bins := v.addOp(v.div(n, v.ints(2)), one)
		k := v.span(v.ints(0), bins)
		single := v.op("Equal", v.op("Mod", v.mul(k, v.ints(2)), n), v.ints(0)) // its own mirror image
		behind := v.op("Where", v.op("Less", axis, v.ints(0)), v.neg(v.plusInt(axis, 1)), v.sub(v.sub(v.rank(x), one), axis))
		weights := v.reshape(v.op("CastLike", v.op("Where", single, one, v.ints(2)), v.g), v.concat(bins, v.fill(1, behind)))
		d = v.div(v.mul(transform("onesided", 1), weights), length)
		n = bins
	case inverse:
		d = v.div(transform(), length)
	default:
		d = v.mul(transform("inverse", 1), length)
	}
	d = v.op("Slice", d, v.ints(0), v.dim(x, -1), v.ints(-1)) // real numbers have one part
	v.give(0, v.op("Pad", d, v.concat(v.ints(0), v.sub(size, n)), nil, axis))
}}

func (t *tape) plusInt(x *onnx.Value, i int64) *onnx.Value { return t.addOp(x, t.ints(i)) }

// stftRule: frames side by side, each times the window.
var stftRule = expandTo(func(v *vjp) *onnx.Value {
	x, window := v.x(0), v.x(2)
	zero, one := v.ints(0), v.ints(1)
	flat := func(x *onnx.Value) *onnx.Value { return v.flat(v.with("Cast", attrs("to", 7), x)) }
	step := flat(v.x(1))
	length := v.dim(x, 1)
	n := length
	switch {
	case v.x(3) != nil:
		n = flat(v.x(3))
	case window != nil:
		n = v.dim(window, 0)
	}
	signal := v.reshape(x, v.op("Slice", v.concat(v.shape(x), one), zero, v.ints(3)))
	starts := v.mul(v.span(zero, v.plusInt(v.div(v.sub(length, n), step), 1)), step)
	at := v.addOp(v.op("Unsqueeze", starts, one), v.span(zero, n))
	frames := v.with("Gather", attrs("axis", 1), signal, at)
	if window != nil {
		frames = v.mul(frames, v.op("Unsqueeze", window, one))
	}
	return v.node("DFT", opset, attrs("onesided", v.int("onesided", 1)), 1, frames)[0]
}, 0, 2)

// detRule: the derivative by an element is its cofactor: the determinant with
// the element's row replaced by that of an identity matrix. It holds for
// singular matrices, too.
var detRule = rule{vjp: func(v *vjp) {
	x := v.x(0)
	n, one := v.dim(x, -1), v.ints(1)
	eye := v.op("EyeLike", v.op("Expand", v.num(0, x), v.concat(n, n)))
	row := v.above(v.reshape(eye, v.concat(n, one, n, one)), 0.5)
	unit := v.reshape(eye, v.concat(one, n, one, n))
	cofactors := v.op("Det", v.op("Where", row, unit, v.op("Unsqueeze", x, v.ints(-4, -3))))
	v.give(0, v.mul(v.op("Unsqueeze", v.g, v.ints(-2, -1)), cofactors))
}}

// affineGridRule: a grid is the grid of the identity, and ones, times theta.
var affineGridRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	theta := v.x(0)
	identity := v.op("EyeLike", v.op("Expand", v.num(0, theta), v.dims(theta, 1, 3)))
	base := v.again(v.n, v.n.Attrs, v.expandLike(identity, theta), v.x(1))
	rows := v.concat(v.dim(theta, 0), v.ints(-1), v.dim(theta, 1))
	base, g := v.reshape(base, rows), v.reshape(v.g, rows)
	ones := v.op("Expand", v.num(1, g), v.concat(v.dims(g, 0, 2), v.ints(1)))
	base = v.with("Concat", attrs("axis", -1), base, ones)
	v.give(0, v.op("MatMul", v.with("Transpose", attrs("perm", []int64{0, 2, 1}), g), base))
}}

// col2ImRule takes the blocks out of the image again: a convolution with
// kernels of a single 1.
var col2ImRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	block := v.x(2)
	one, volume := v.ints(1), v.prod(block)
	eye := v.op("EyeLike", v.op("Expand", v.num(0, v.g), v.concat(volume, volume)))
	kernels := v.reshape(eye, v.concat(volume, one, block))
	planes := v.reshape(v.g, v.concat(v.prod(v.dims(v.g, 0, 2)), one, v.spatial(v.g)))
	d := v.with("Conv", v.keep("strides", "dilations", "pads"), planes, kernels)
	v.give(0, v.reshapeLike(d, v.x(0)))
}}

var rangeRule = rule{inputs: []int{0, 2}, vjp: func(v *vjp) {
	all := attrs("keepdims", 0)
	if v.wants(0) {
		v.give(0, v.reshapeLike(v.with("ReduceSum", all, v.g), v.x(0)))
	}
	if v.wants(2) {
		at := v.op("CastLike", v.span(v.ints(0), v.size(v.g)), v.g)
		v.give(2, v.reshapeLike(v.with("ReduceSum", all, v.mul(v.g, at)), v.x(2)))
	}
}}

// uniqueRule: the output is gathered where its elements are first seen.
var uniqueRule = expandTo(func(v *vjp) *onnx.Value {
	if v.n.Attr("axis") == nil {
		return v.op("Gather", v.flat(v.x(0)), v.y(1))
	}
	return v.with("Gather", v.keep("axis"), v.x(0), v.y(1))
})

// dequantizeRule: the derivative by a scale is the sum of what is multiplied
// with it. Which that is, the operator says itself when it is run on ones and
// the numbers of the scales.
var dequantizeRule = rule{inputs: []int{1}, vjp: func(v *vjp) {
	x, scale := v.x(0), v.x(1)
	one := v.ints(1)
	l := v.keep("axis", "block_size")
	float := attrs("to", 1) // float32
	ones := v.op("Expand", v.op("CastLike", one, x), v.shape(x))
	numbers := v.with("Cast", float, v.reshapeLike(v.span(v.ints(0), v.size(scale)), scale))
	from := v.with("Cast", attrs("to", 7), v.again(v.n, l, ones, numbers))
	factor := v.again(v.n, l, x, v.with("Cast", float, v.expandLike(v.num(1, scale), scale)), v.x(2))
	d := v.scatterAdd(v.size(scale), from, v.mul(v.g, v.op("CastLike", factor, v.g)))
	v.give(1, v.op("CastLike", v.reshapeLike(d, scale), scale))
}}
