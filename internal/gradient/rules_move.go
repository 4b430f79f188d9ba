package gradient

import (
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// scatterAdd returns a vector of n zeros to which the elements of g have been
// added at the positions in at.
func (t *tape) scatterAdd(n, at, g *onnx.Value) *onnx.Value {
	zeros := t.op("Expand", t.num(0, g), n)
	return t.with("ScatterElements", attrs("axis", 0, "reduction", "add"), zeros, t.flat(at), t.flat(g))
}

// moveRule differentiates whatever only copies elements of its first input and
// fills up with zeros. The operator is run on the numbers 1, 2, 3 … of the
// elements; its output says where each element came from, 0 if from nowhere.
var moveRule = rule{inputs: []int{0}, vjp: func(v *vjp) { v.move(v.n.Attrs, v.n.Inputs, 0) }}

// move does so for the inputs at the given places, of which in holds them all:
// the numbers of one follow on those of the one before.
func (v *vjp) move(l []*onnx.Attr, in []*onnx.Value, places ...int) {
	one := v.ints(1)
	in = slices.Clone(in)
	floats := v.n.Opset < 11 || v.n.OpType == "MaxUnpool" // moves floats alone
	ends := []*onnx.Value{one}
	for k, i := range places {
		if i >= len(in) || in[i] == nil {
			v.unsupported("input %d is missing", i)
			return
		}
		ends = append(ends, v.addOp(v.size(in[i]), ends[k]))
		in[i] = v.reshapeLike(v.span(ends[k], ends[k+1]), in[i])
		if floats {
			in[i] = v.with("Cast", attrs("to", int(tensor.F64)), in[i])
		}
	}
	from := v.again(v.n, l, in...)
	if floats {
		from = v.with("Cast", attrs("to", int(tensor.I64)), from)
	}
	d := v.scatterAdd(ends[len(places)], from, v.g)
	for k, i := range places {
		if v.wants(i) {
			v.give(i, v.reshapeLike(v.op("Slice", d, ends[k], ends[k+1]), v.x(i)))
		}
	}
}

// reshapeRule serves all operators that keep the elements in their order.
var reshapeRule = rule{inputs: []int{0}, vjp: func(v *vjp) { v.give(0, v.reshapeLike(v.g, v.x(0))) }}

var expandRule = rule{inputs: []int{0}, vjp: func(v *vjp) { v.giveSum(0, v.g) }}

var transposeRule = rule{vjp: func(v *vjp) {
	perm := v.list("perm")
	if perm == nil {
		v.give(0, v.op("Transpose", v.g))
		return
	}
	inverse := make([]int64, len(perm))
	for i, p := range perm {
		if p < 0 || int(p) >= len(perm) {
			v.unsupported("perm %v", perm)
			return
		}
		inverse[p] = int64(i)
	}
	v.give(0, v.with("Transpose", attrs("perm", inverse), v.g))
}}

var concatRule = rule{vjp: func(v *vjp) {
	axis := v.int("axis", 1) // the default of version 1
	var sizes []*onnx.Value
	for _, x := range v.n.Inputs {
		sizes = append(sizes, v.dim(x, axis))
	}
	parts := v.node("Split", opset, attrs("axis", axis), len(sizes), v.g, v.concat(sizes...))
	for i, d := range parts {
		v.give(i, d)
	}
}}

var splitRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	parts := make([]*onnx.Value, len(v.gs))
	for i, g := range v.gs {
		if parts[i] = g; g == nil {
			parts[i] = v.zeros(v.y(i))
		}
	}
	v.give(0, v.with("Concat", attrs("axis", v.int("axis", 0)), parts...))
}}

// padRule: padding with a constant is undone by padding with the opposite
// amounts; what of the adjoint is lost by that belongs to the constant.
var padRule = rule{inputs: []int{0, 2}, vjp: func(v *vjp) {
	switch constant := v.str("mode", "constant") == "constant"; {
	case !constant:
		in := slices.Clone(v.n.Inputs)
		if len(in) > 2 {
			in[2] = nil
		}
		v.move(v.n.Attrs, in, 0)
	case v.n.Opset >= 11:
		d := v.op("Pad", v.g, v.neg(v.x(1)), nil, v.x(3))
		v.give(0, d)
		if v.wants(2) {
			all, kept := v.sum(v.flat(v.g), nil), v.sum(v.flat(d), nil)
			v.give(2, v.reshapeLike(v.sub(all, kept), v.x(2)))
		}
	default:
		pads := v.list("pads")
		if pads == nil {
			pads = v.list("paddings") // of version 1
		}
		v.give(0, v.op("Pad", v.g, v.neg(v.ints(pads...))))
	}
}}

var gatherElementsRule = rule{inputs: []int{0}, vjp: func(v *vjp) { v.giveAlong(v.x(1), v.int("axis", 0)) }}

// giveAlong is the adjoint of taking elements along an axis.
func (v *vjp) giveAlong(indices *onnx.Value, axis int64) {
	l := attrs("axis", axis, "reduction", "add")
	v.give(0, v.with("ScatterElements", l, v.zeros(v.x(0)), indices, v.g))
}

var topKRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	if v.g != nil {
		v.giveAlong(v.y(1), v.int("axis", -1))
	}
}}

var scatterElementsRule = rule{inputs: []int{0, 2}, vjp: func(v *vjp) {
	axis := v.int("axis", 0)
	v.scatter(scatter{
		into: func(how string, data, updates *onnx.Value) *onnx.Value {
			return v.with("ScatterElements", attrs("axis", axis, "reduction", how), data, v.x(1), updates)
		},
		gather: func(x *onnx.Value) *onnx.Value { return v.with("GatherElements", attrs("axis", axis), x, v.x(1)) },
	})
}}

var scatterNDRule = rule{inputs: []int{0, 2}, vjp: func(v *vjp) {
	v.scatter(scatter{
		into: func(how string, data, updates *onnx.Value) *onnx.Value {
			return v.with("ScatterND", attrs("reduction", how), data, v.x(1), updates)
		},
		gather: func(x *onnx.Value) *onnx.Value { return v.op("GatherND", x, v.x(1)) },
	})
}}

// scatter is a way to write to places, and to read there.
type scatter struct {
	into   func(how string, data, updates *onnx.Value) *onnx.Value
	gather func(x *onnx.Value) *onnx.Value
}

// Updates take the place of elements, or are added to them, multiplied with
// them, or compared with them; those that are equally large share.
func (v *vjp) scatter(s scatter) {
	data, updates := v.x(0), v.x(2)
	switch how := v.str("reduction", "none"); how {
	case "none":
		if v.wants(0) {
			v.give(0, s.into("none", v.g, v.zeros(updates)))
		}
		if v.wants(2) {
			v.give(2, s.gather(v.g))
		}
	case "add":
		v.give(0, v.g)
		if v.wants(2) {
			v.give(2, s.gather(v.g))
		}
	case "max", "min":
		was := v.op("CastLike", v.op("Equal", data, v.y(0)), v.g)
		came := v.op("CastLike", v.op("Equal", updates, s.gather(v.y(0))), v.g)
		share := v.div(v.g, s.into("add", was, came))
		v.give(0, v.mul(share, was))
		v.give(2, v.mul(s.gather(share), came))
	case "mul":
		if v.wants(0) {
			v.give(0, v.mul(v.g, s.into("mul", v.expandLike(v.num(1, data), data), updates)))
		}
		if v.wants(2) {
			v.give(2, v.scatterMul(s))
		}
	default:
		v.unsupported("reduction %s has no derivative", how)
	}
}

// scatterMul is the derivative by the updates: the product of all others, as
// in reduceProdRule.
func (v *vjp) scatterMul(s scatter) *onnx.Value {
	data, updates := v.x(0), v.x(2)
	zero := v.op("Equal", updates, v.num(0, updates))
	others := v.where(zero, v.num(1, updates), updates)
	g := s.gather(v.mul(v.g, s.into("mul", data, others)))
	zeros := s.gather(s.into("add", v.zeros(data), v.op("CastLike", zero, updates)))
	none, one := v.below(zeros, 0.5), v.below(zeros, 1.5)
	return v.where(none, v.div(g, others), v.where(v.op("And", one, zero), g, nil))
}

var tensorScatterRule = rule{inputs: []int{0, 1}, vjp: func(v *vjp) { v.move(v.n.Attrs, v.n.Inputs, 0, 1) }}

// oneHotRule: off + (on - off)·[0 or 1]
var oneHotRule = expandTo(func(v *vjp) *onnx.Value {
	values := v.node("Split", opset, attrs("num_outputs", 2), 2, v.x(2))
	which := v.again(v.n, v.n.Attrs, v.x(0), v.x(1), v.op("CastLike", v.ints(0, 1), v.x(2)))
	return v.addOp(values[0], v.mul(which, v.sub(values[1], values[0])))
}, 2)

var triluRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	v.give(0, v.with("Trilu", v.keep("upper"), v.g, v.x(1)))
}}
