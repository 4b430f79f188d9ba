package gradient

import "github.com/onnxrun/onnxrun/onnx"

// window is the geometry of a convolution or pooling: output element o meets
// input element o·stride + k·dilation - begin. Its vectors have one element a
// spatial dimension, or one for all.
type window struct {
	kernel, strides, dilations, begin *onnx.Value
	extent                            *onnx.Value // of what the windows of all outputs cover
}

// steps reads an attribute of one number a spatial dimension that is 1 by
// default.
func (v *vjp) steps(name string) *onnx.Value {
	if l := v.list(name); len(l) > 0 {
		return v.ints(l...)
	}
	return v.ints(1)
}

// window reads the geometry. In and out are the larger and the smaller image:
// for a transposed convolution its output and input.
func (v *vjp) window(kernel, in, out *onnx.Value, transposed bool) window {
	w := window{kernel: kernel, strides: v.steps("strides"), dilations: v.steps("dilations")}
	one := v.ints(1)
	reach := v.addOp(v.mul(v.sub(kernel, one), w.dilations), one)
	w.extent = v.addOp(v.mul(v.sub(v.spatial(out), one), w.strides), reach)
	autoPad := v.str("auto_pad", "NOTSET")
	same := autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER"
	pads := v.list("pads")
	shaped := transposed && v.n.Attr("output_shape") != nil
	switch {
	case same || shaped:
		total := v.sub(w.extent, v.spatial(in))
		if l := v.list("output_padding"); transposed && len(l) > 0 {
			total = v.addOp(total, v.ints(l...))
		}
		total = v.op("Max", total, v.ints(0))
		small := v.div(total, v.ints(2))
		w.begin = small
		if autoPad == "SAME_LOWER" || shaped && autoPad != "SAME_UPPER" {
			w.begin = v.sub(total, small)
		}
	case autoPad != "VALID" && len(pads) >= 2:
		w.begin = v.ints(pads[:len(pads)/2]...)
	default:
		w.begin = v.mul(w.extent, v.ints(0))
	}
	return w
}

// fit cuts or pads with zeros the spatial dimensions of an image: before is
// what is added at their begin, size their new size.
func (t *tape) fit(image, before, size *onnx.Value) *onnx.Value {
	none := t.ints(0, 0)
	after := t.sub(t.sub(size, before), t.spatial(image))
	return t.op("Pad", image, t.concat(none, before, none, after))
}

// back is the transpose of the convolution without its padding, cut to the
// size of in.
func (t *tape) back(g, weights, in *onnx.Value, w window, keep []*onnx.Attr) *onnx.Value {
	full := t.with("ConvTranspose", keep, g, weights)
	return t.fit(full, t.neg(w.begin), t.spatial(in))
}

var convRule = rule{vjp: func(v *vjp) {
	x, weights := v.x(0), v.x(1)
	w := v.window(v.spatial(weights), x, v.y(0), false)
	if v.wants(0) {
		v.give(0, v.back(v.g, weights, x, w, v.keep("strides", "dilations", "group")))
	}
	if v.wants(1) {
		v.give(1, v.convWeights(v.fit(x, w.begin, w.extent), v.g))
	}
	v.giveBias(2)
}}

var convTransposeRule = rule{vjp: func(v *vjp) {
	x, weights := v.x(0), v.x(1)
	w := v.window(v.spatial(weights), v.y(0), x, true)
	g := v.fit(v.g, w.begin, w.extent)
	if v.wants(0) {
		v.give(0, v.with("Conv", v.keep("strides", "dilations", "group"), g, weights))
	}
	if v.wants(1) {
		v.give(1, v.convWeights(g, x))
	}
	v.giveBias(2)
}}

// giveBias adds the adjoint up over all dimensions but the second.
func (v *vjp) giveBias(i int) {
	if v.wants(i) {
		g := v.reshape(v.g, v.concat(v.dims(v.g, 0, 2), v.prod(v.spatial(v.g))))
		v.give(i, v.with("ReduceSum", attrs("keepdims", 0), g, v.ints(0, 2)))
	}
}

// convWeights is the derivative by the weights of a convolution from in
// [N, G·A, extent] to out [N, G·B, …]: [G·B, A, kernel]. It is a convolution
// itself, in which batch and channels change places, as do strides and
// dilations.
func (v *vjp) convWeights(in, out *onnx.Value) *onnx.Value {
	group := v.int("group", 1)
	batch, groups := v.dim(in, 0), v.ints(max(group, 1))
	a := v.div(v.dim(in, 1), groups)
	spatial := v.spatial(in)
	in = v.reshape(in, v.concat(batch, groups, a, v.prod(spatial)))
	in = v.with("Transpose", attrs("perm", []int64{2, 1, 0, 3}), in)
	in = v.reshape(in, v.concat(a, v.mul(groups, batch), spatial))
	var l []*onnx.Attr
	for _, s := range v.keep("strides", "dilations") {
		c := *s
		c.Name = map[string]string{"strides": "dilations", "dilations": "strides"}[s.Name]
		l = append(l, &c)
	}
	d := v.with("Conv", append(l, attrs("group", group)...), in, v.swapFirst(out))
	return v.swapFirst(d)
}

// swapFirst exchanges the first two dimensions.
func (t *tape) swapFirst(x *onnx.Value) *onnx.Value {
	a, b, rest := t.dim(x, 0), t.dim(x, 1), t.spatial(x)
	y := t.reshape(x, t.concat(a, b, t.prod(rest)))
	y = t.with("Transpose", attrs("perm", []int64{1, 0, 2}), y)
	return t.reshape(y, t.concat(b, a, rest))
}
