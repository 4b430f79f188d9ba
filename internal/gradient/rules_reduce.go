package gradient

import (
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// reduction is what a rule of a reduction works with: output and adjoint with
// the reduced dimensions kept, so that they broadcast to the input.
type reduction struct {
	*vjp
	x, y, g *onnx.Value
}

func reduce(f func(r *reduction) *onnx.Value) rule {
	return rule{inputs: []int{0}, vjp: func(v *vjp) {
		v.give(0, f(&reduction{v, v.x(0), v.kept(v.y(0)), v.kept(v.g)}))
	}}
}

// axes are the reduced dimensions: nil for all or none, as noop says. Known is
// false where they come only with the run.
func (v *vjp) axes() (axes []int64, known bool) {
	in := v.x(1)
	if in == nil {
		return v.list("axes"), true
	}
	if c, ok := in.Const.(*tensor.Tensor); ok && in.Constant() && c.DType() == tensor.I64 {
		return tensor.Data[int64](c), true
	}
	return nil, false
}

// kept gives what has the shape of the output the reduced dimensions back.
func (v *vjp) kept(y *onnx.Value) *onnx.Value {
	if v.int("keepdims", 1) != 0 {
		return y
	}
	axes, known := v.axes()
	switch {
	case !known:
		return v.reshapeLike(y, v.keeping(v.n.OpType, v.n.Opset, v.x(0)))
	case len(axes) > 0:
		return v.op("Unsqueeze", y, v.ints(axes...))
	}
	return y // a scalar, or not reduced at all
}

// keeping reduces something with the shape of the input over the same axes and
// keeps the dimensions.
func (v *vjp) keeping(op string, version int, x *onnx.Value) *onnx.Value {
	l := append(v.keep("noop_with_empty_axes"), attrs("keepdims", 1)...)
	axes := v.x(1)
	if a := v.n.Attr("axes"); a != nil {
		if version < opset {
			l = append(l, a)
		} else {
			axes = v.ints(a.Ints...)
		}
	}
	return v.node(op, version, l, 1, x, axes)[0]
}

// sumKept adds up over the node's axes.
func (v *vjp) sumKept(x *onnx.Value) *onnx.Value { return v.keeping("ReduceSum", opset, x) }

var (
	reduceSumRule  = reduce(func(r *reduction) *onnx.Value { return r.expandLike(r.g, r.x) })
	reduceMeanRule = reduce(func(r *reduction) *onnx.Value {
		n := r.scalar(r.op("CastLike", r.size(r.x), r.g))
		m := r.scalar(r.op("CastLike", r.size(r.y), r.g))
		return r.expandLike(r.div(r.mul(r.g, m), n), r.x)
	})
	reduceExtremeRule = reduce(func(r *reduction) *onnx.Value {
		mask := r.op("CastLike", r.op("Equal", r.x, r.y), r.g)
		return r.mul(mask, r.div(r.g, r.sumKept(mask)))
	})
	reduceL1Rule = reduce(func(r *reduction) *onnx.Value { return r.mul(r.g, r.op("Sign", r.x)) })
	reduceL2Rule = reduce(func(r *reduction) *onnx.Value {
		isZero := r.op("Equal", r.y, r.num(0, r.y))
		return r.mul(r.x, r.div(r.where(isZero, nil, r.g), r.where(isZero, r.num(1, r.y), r.y)))
	})
	reduceLogSumRule    = reduce(func(r *reduction) *onnx.Value { return r.expandLike(r.div(r.g, r.op("Exp", r.y)), r.x) })
	reduceLogSumExpRule = reduce(func(r *reduction) *onnx.Value {
		return r.mul(r.g, r.op("Exp", r.sub(r.x, r.y)))
	})
	reduceSumSquareRule = reduce(func(r *reduction) *onnx.Value { return r.mul(r.scale(2, r.g), r.x) })
)

// reduceProdRule: the derivative is the product of the others: the whole
// product divided by the element; with one element 0, the product of the rest
// there and 0 elsewhere; with more, 0. The second derivative is right where no
// element is 0.
var reduceProdRule = reduce(func(r *reduction) *onnx.Value {
	zero := r.op("Equal", r.x, r.num(0, r.x))
	others := r.where(zero, r.num(1, r.x), r.x)
	prod := r.keeping("ReduceProd", opset, others)
	zeros := r.sumKept(r.op("CastLike", zero, r.x))
	none, one := r.below(zeros, 0.5), r.below(zeros, 1.5)
	d := r.where(none, r.div(prod, others), r.where(r.op("And", one, zero), prod, nil))
	return r.mul(r.g, d)
})

var cumSumRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	l := append(v.keep("exclusive"), attrs("reverse", 1-min(max(v.int("reverse", 0), 0), 1))...)
	v.give(0, v.with("CumSum", l, v.g, v.x(1)))
}}

// cumProdRule: a Scan along the axis, which need not be known: what lies before
// and behind it is one dimension each.
var cumProdRule = expandTo(func(v *vjp) *onnx.Value {
	x, one := v.x(0), v.ints(1)
	axis := v.flat(v.with("Cast", attrs("to", 7), v.x(1)))
	axis = v.op("Where", v.op("Less", axis, v.ints(0)), v.addOp(axis, v.rank(x)), axis)
	before := v.prod(v.op("Slice", v.shape(x), v.ints(0), axis))
	behind := v.prod(v.op("Slice", v.shape(x), v.addOp(axis, one), v.rank(x)))
	rows := v.reshape(x, v.concat(before, v.op("Gather", v.shape(x), axis), behind))
	b := v.inside("product")
	state := b.input(x)
	next := b.mul(state, b.input(x))
	y := next
	if v.int("exclusive", 0) != 0 {
		y = state
	}
	direction := []int64{min(max(v.int("reverse", 0), 0), 1)}
	out := v.flow("Scan", attrs("body", b.done([]*onnx.Value{next, b.result(y, x)}), "num_scan_inputs", 1, "scan_input_axes", []int64{1},
		"scan_output_axes", []int64{1}, "scan_input_directions", direction, "scan_output_directions", direction), 2,
		v.op("Expand", v.num(1, x), v.concat(before, behind)), rows)
	return v.reshapeLike(out[1], x)
}, 0)
