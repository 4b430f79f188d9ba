package gradient

import "github.com/onnxrun/onnxrun/onnx"

// maxPoolRule hands each output's adjoint to the element that was the largest.
var maxPoolRule = rule{vjp: func(v *vjp) {
	if v.g == nil {
		return
	}
	x := v.x(0)
	l := v.keep("kernel_shape", "strides", "dilations", "pads", "auto_pad", "ceil_mode")
	at := v.node("MaxPool", opset, l, 2, x)[1]
	v.give(0, v.reshapeLike(v.scatterAdd(v.size(x), at, v.g), x))
}}

// poolAttrs are what the poolings have in common.
func (v *vjp) poolAttrs(more ...any) []*onnx.Attr {
	return append(v.keep("kernel_shape", "strides", "dilations", "pads", "auto_pad", "ceil_mode"), attrs(more...)...)
}

// unpool is the transpose of adding up over windows.
func (v *vjp) unpool(g *onnx.Value) *onnx.Value {
	x := v.x(0)
	kernel := v.ints(v.list("kernel_shape")...)
	w := v.window(kernel, x, v.y(0), false)
	one := v.ints(1, 1)
	planes := v.reshape(g, v.concat(v.prod(v.dims(x, 0, 2)), v.ints(1), v.spatial(g)))
	ones := v.op("Expand", v.num(1, x), v.concat(one, kernel))
	d := v.back(planes, ones, x, w, v.keep("strides", "dilations"))
	return v.reshapeLike(d, x)
}

// averagePoolRule: each window's sum is divided by the number of its elements,
// which is what the average of ones is to their sum.
var averagePoolRule = rule{vjp: func(v *vjp) {
	x := v.x(0)
	ones := v.op("Expand", v.num(1, x), v.concat(v.ints(1, 1), v.spatial(x)))
	sum := v.with("LpPool", v.poolAttrs("p", 1), ones)
	average := v.with("AveragePool", append(v.poolAttrs(), v.keep("count_include_pad")...), ones)
	sum = v.op("Max", sum, v.num(1, x)) // a window of padding alone has 0/0
	v.give(0, v.unpool(v.mul(v.g, v.div(average, sum))))
}}

// lpPoolRule: y = (Σ|x|ᵖ)^(1/p) has dy/dx = |x|^(p-1) sign(x) y^(1-p).
var lpPoolRule = rule{vjp: func(v *vjp) {
	x, y, p := v.x(0), v.y(0), v.lpOrder()
	isZero := v.op("Equal", y, v.num(0, y))
	factor := v.op("Pow", v.where(isZero, v.num(1, y), y), v.num(1-p, y))
	d := v.unpool(v.where(isZero, nil, v.mul(v.g, factor)))
	v.give(0, v.mul(d, v.mul(v.op("Sign", x), v.op("Pow", v.op("Abs", x), v.num(p-1, x)))))
}}

// lpOrder is the attribute p, an integer from version 2 on.
func (v *vjp) lpOrder() float64 {
	if v.n.Opset < 2 {
		return v.float("p", 2)
	}
	return float64(v.int("p", 2))
}

var globalAveragePoolRule = expandTo(func(v *vjp) *onnx.Value {
	return v.mean(v.x(0), v.axesFrom(2, v.x(0)))
})

var globalMaxPoolRule = expandTo(func(v *vjp) *onnx.Value {
	return v.op("ReduceMax", v.x(0), v.axesFrom(2, v.x(0)))
})

var globalLpPoolRule = expandTo(func(v *vjp) *onnx.Value {
	x, p := v.x(0), v.lpOrder()
	if p == 2 {
		return v.op("ReduceL2", x, v.axesFrom(2, x))
	}
	sum := v.sum(v.op("Pow", v.op("Abs", x), v.num(p, x)), v.axesFrom(2, x))
	return v.op("Pow", sum, v.num(1/p, x))
})
