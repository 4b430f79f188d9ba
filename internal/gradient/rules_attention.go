package gradient

import (
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// attentionRule holds for queries, keys and values without a cache or window.
var attentionRule = expandTo(func(v *vjp) *onnx.Value {
	for i := 4; i < len(v.n.Inputs); i++ {
		if v.x(i) != nil {
			v.unsupported("no derivative is known with input %d", i)
			return nil
		}
	}
	if v.int("left_window_size", -1) != -1 || v.int("right_window_size", -1) != -1 {
		v.unsupported("no derivative is known with a window")
		return nil
	}
	// Heads that share keys: q is [batch, groups, heads of each, queries, size].
	qHeads, kvHeads := v.int("q_num_heads", 0), v.int("kv_num_heads", 0)
	q, k, val := v.heads(v.x(0), qHeads), v.heads(v.x(1), kvHeads), v.heads(v.x(2), kvHeads)
	groups := v.dim(k, 1)
	each := v.div(v.dim(q, 1), groups)
	split := func(x *onnx.Value) *onnx.Value {
		return v.reshape(x, v.concat(v.dim(x, 0), groups, each, v.dims(x, 2, 4)))
	}
	merge := func(x *onnx.Value) *onnx.Value {
		return v.reshape(x, v.concat(v.dims(q, 0, 2), v.dims(x, 3, 5)))
	}
	scale := v.num(v.float("scale", 0), q)
	if v.n.Attr("scale") == nil {
		scale = v.rsqrt(v.scalar(v.op("CastLike", v.dim(q, 3), q)))
	}
	s := merge(v.with("Einsum", attrs("equation", "bghqd,bgkd->bghqk"), split(v.mul(q, scale)), k))
	if c := v.float("softcap", 0); c > 0 {
		s = v.scale(c, v.op("Tanh", v.scale(1/c, s)))
	}
	var shown *onnx.Value // nil: everything
	if v.int("is_causal", 0) != 0 {
		ones := v.op("Expand", v.num(1, s), v.dims(s, 2, 4))
		shown = v.above(v.with("Trilu", attrs("upper", 0), ones), 0)
	}
	if m := v.x(3); m != nil && isBool(m) {
		if shown != nil {
			m = v.op("And", m, shown)
		}
		shown = m
	} else if m != nil {
		s = v.addOp(s, v.op("CastLike", m, s))
	}
	if shown != nil {
		s = v.where(shown, s, v.num(-1e30, s))
	}
	p := v.with("Softmax", attrs("axis", -1), s)
	if shown != nil {
		p = v.where(shown, p, nil) // a row that is shown nothing is 0
	}
	y := merge(v.with("Einsum", attrs("equation", "bghqk,bgkd->bghqd"), split(p), val))
	if qHeads > 0 {
		y = v.with("Transpose", attrs("perm", []int64{0, 2, 1, 3}), y)
		y = v.reshape(y, v.concat(v.dims(y, 0, 2), v.prod(v.dims(y, 2, 4))))
	}
	return y
}, 0, 1, 2, 3, 4, 5)

// heads gives [batch, rows, heads·size] the shape [batch, heads, rows, size],
// which the value has already where n is 0.
func (v *vjp) heads(x *onnx.Value, n int64) *onnx.Value {
	if n <= 0 {
		return x
	}
	heads := v.ints(n)
	x = v.reshape(x, v.concat(v.dims(x, 0, 2), heads, v.div(v.dim(x, 2), heads)))
	return v.with("Transpose", attrs("perm", []int64{0, 2, 1, 3}), x)
}

// isBool reports whether a value is declared, or computed, as one of booleans.
func isBool(v *onnx.Value) bool {
	if v.Type.Kind == tensor.KindTensor && v.Type.Elem != tensor.Undefined {
		return v.Type.Elem == tensor.Boolean
	}
	if v.Producer == nil {
		return false
	}
	switch v.Producer.OpType {
	case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor", "Not", "IsNaN", "IsInf":
		return true
	case "Cast":
		a := v.Producer.Attr("to")
		return a != nil && a.Int == int64(tensor.Boolean)
	case "Identity", "Reshape", "Squeeze", "Unsqueeze", "Expand", "Slice", "Gather", "Transpose", "Concat", "Trilu", "Tile":
		return len(v.Producer.Inputs) > 0 && v.Producer.Inputs[0] != nil && v.Producer.Inputs[0] != v && isBool(v.Producer.Inputs[0])
	}
	return false
}

// rotaryRule: a rotation is undone by the opposite one.
var rotaryRule = rule{inputs: []int{0, 1, 2}, vjp: func(v *vjp) {
	if v.wants(1) || v.wants(2) {
		v.unsupported("no derivative is known by the angles")
		return
	}
	v.give(0, v.again(v.n, v.n.Attrs, v.g, v.x(1), v.neg(v.x(2)), v.x(3)))
}}
