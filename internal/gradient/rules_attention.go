package gradient

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// attention is a node of Attention while it is expanded. Its values are
// [batch, heads, rows, size].
type attention struct {
	*vjp
	q, k, v *onnx.Value
	merged  bool // the heads of inputs and outputs lie in one dimension
}

var attentionRule = rule{inputs: []int{0, 1, 2, 3, 4, 5}, expand: func(v *vjp) []*onnx.Value {
	a := &attention{vjp: v}
	qHeads, kvHeads := v.int("q_num_heads", 0), v.int("kv_num_heads", 0)
	if a.merged = qHeads > 0 && declaredRank(v.x(0)) != 4; !a.merged {
		qHeads, kvHeads = 0, 0
	}
	a.q, a.k, a.v = v.heads(v.x(0), qHeads), v.heads(v.x(1), kvHeads), v.heads(v.x(2), kvHeads)
	if v.x(4) != nil && v.x(5) != nil {
		rows := attrs("axis", 2)
		a.k, a.v = v.with("Concat", rows, v.x(4), a.k), v.with("Concat", rows, v.x(5), a.v)
	}
	y, scores := a.compute()
	if a.merged {
		y = v.with("Transpose", attrs("perm", []int64{0, 2, 1, 3}), y)
		y = v.reshape(y, v.concat(v.dims(y, 0, 2), v.prod(v.dims(y, 2, 4))))
	}
	out := []*onnx.Value{y, a.k, a.v}
	if stage := v.int("qk_matmul_output_mode", 0); stage >= 0 && int(stage) < len(scores) {
		out = append(out, scores[stage])
	}
	return out
}}

// compute returns the result and the scores: the product, capped, masked and
// as probabilities.
func (a *attention) compute() (y *onnx.Value, scores [4]*onnx.Value) {
	v := a.vjp
	// Heads that share keys: q is [batch, groups, heads of each, queries, size].
	groups := v.dim(a.k, 1)
	each := v.div(v.dim(a.q, 1), groups)
	split := func(x *onnx.Value) *onnx.Value {
		return v.reshape(x, v.concat(v.dim(x, 0), groups, each, v.dims(x, 2, 4)))
	}
	merge := func(x *onnx.Value) *onnx.Value {
		return v.reshape(x, v.concat(v.dims(a.q, 0, 2), v.dims(x, 3, 5)))
	}
	scale := v.num(v.float("scale", 0), a.q)
	if v.n.Attr("scale") == nil {
		scale = v.rsqrt(v.scalar(v.op("CastLike", v.dim(a.q, 3), a.q)))
	}
	s := merge(v.with("Einsum", attrs("equation", "bghqd,bgkd->bghqk"), split(v.mul(a.q, scale)), a.k))
	scores[0] = s
	if c := v.float("softcap", 0); c > 0 {
		s = v.scale(c, v.op("Tanh", v.scale(1/c, s)))
	}
	scores[1] = s
	s, shown := a.mask(s, a.window())
	if scores[2] = s; shown != nil {
		scores[2] = v.where(shown, s, v.num(math.Inf(-1), s))
		s = v.where(shown, s, v.num(-1e30, s))
	}
	p := v.with("Softmax", attrs("axis", -1), s)
	if shown != nil {
		p = v.where(shown, p, nil) // a row that is shown nothing is 0
	}
	scores[3] = p
	return merge(v.with("Einsum", attrs("equation", "bghqk,bgkd->bghqd"), split(p), a.v)), scores
}

// both is the conjunction of two conditions, nil being true.
func (t *tape) both(a, b *onnx.Value) *onnx.Value {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return t.op("And", a, b)
}

// window says which keys a query is shown by their positions: nil for all.
func (a *attention) window() (shown *onnx.Value) {
	v := a.vjp
	left, right := v.int("left_window_size", -1), v.int("right_window_size", -1)
	if v.int("is_causal", 0) != 0 {
		right = 0
	}
	zero, one := v.ints(0), v.ints(1)
	keys := v.span(zero, v.dim(a.k, 2))
	row := v.op("Unsqueeze", v.span(zero, v.dim(a.q, 2)), one)
	if v.x(4) != nil {
		row = v.addOp(row, v.dim(v.x(4), 2))
	}
	if valid := v.x(6); valid != nil {
		valid = v.op("Unsqueeze", valid, v.ints(1, 2, 3))
		shown = v.op("Less", keys, valid)
		row = v.addOp(row, v.sub(valid, v.dim(a.q, 2)))
	}
	if right >= 0 {
		shown = v.both(shown, v.op("LessOrEqual", keys, v.addOp(row, v.ints(min(right, math.MaxInt32)))))
	}
	if left >= 0 {
		shown = v.both(shown, v.op("GreaterOrEqual", keys, v.sub(row, v.ints(min(left, math.MaxInt32)))))
	}
	return shown
}

// mask applies input 3 to the scores. From version 24 on, a mask that has fewer
// keys hides the others.
func (a *attention) mask(s, shown *onnx.Value) (*onnx.Value, *onnx.Value) {
	v, m := a.vjp, a.x(3)
	if m == nil {
		return s, shown
	}
	hides := isBool(m)
	if !hides {
		m = v.op("CastLike", m, s)
	}
	if v.n.Opset >= 24 {
		missing := v.concat(v.ints(0), v.sub(v.dim(a.k, 2), v.dim(m, -1)))
		var rest *onnx.Value
		if !hides {
			rest = v.num(math.Inf(-1), s)
		}
		m = v.op("Pad", m, missing, rest, v.ints(-1))
	}
	if hides {
		return s, v.both(shown, m)
	}
	hidden := v.with("IsInf", attrs("detect_positive", 0), m)
	return v.addOp(s, v.where(hidden, nil, m)), v.both(shown, v.op("Not", hidden))
}

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

// declaredRank is the rank that the model declares of a value, -1 if none: a
// hint.
func declaredRank(v *onnx.Value) int {
	if v != nil && v.Type.Kind == tensor.KindTensor && v.Type.HasShape {
		return len(v.Type.Dims)
	}
	return -1
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
		v.through(rotate)
		return
	}
	v.give(0, v.again(v.n, v.n.Attrs, v.g, v.x(1), v.neg(v.x(2)), v.x(3)))
}}

// rotate is RotaryEmbedding by other operators.
func rotate(v *vjp) []*onnx.Value {
	heads := v.int("num_heads", 0)
	merged := heads > 0 && declaredRank(v.x(0)) != 4
	if !merged {
		heads = 0
	}
	x, last := v.heads(v.x(0), heads), attrs("axis", -1)
	var rest *onnx.Value
	if dim := v.int("rotary_embedding_dim", 0); dim > 0 {
		size := v.ints(dim)
		parts := v.node("Split", opset, last, 2, x, v.concat(size, v.sub(v.dim(x, 3), size)))
		x, rest = parts[0], parts[1]
	}
	angle := func(a *onnx.Value) *onnx.Value {
		if v.x(3) != nil {
			a = v.op("Gather", a, v.x(3))
		}
		return v.op("Unsqueeze", a, v.ints(1))
	}
	cos, sin := angle(v.x(1)), angle(v.x(2))
	interleaved := v.int("interleaved", 0) != 0
	half := v.div(v.dim(x, 3), v.ints(2))
	var parts []*onnx.Value
	if interleaved {
		pairs := v.split(v.reshape(x, v.concat(v.dims(x, 0, 3), half, v.ints(2))), 2)
		for _, p := range pairs {
			parts = append(parts, v.op("Squeeze", p, v.ints(-1)))
		}
	} else {
		parts = v.split(x, 2)
	}
	a := v.sub(v.mul(cos, parts[0]), v.mul(sin, parts[1]))
	b := v.addOp(v.mul(sin, parts[0]), v.mul(cos, parts[1]))
	var y *onnx.Value
	if interleaved {
		pairs := v.with("Concat", last, v.op("Unsqueeze", a, v.ints(-1)), v.op("Unsqueeze", b, v.ints(-1)))
		y = v.reshapeLike(pairs, x)
	} else {
		y = v.with("Concat", last, a, b)
	}
	if rest != nil {
		y = v.with("Concat", last, y, rest)
	}
	if merged {
		y = v.reshapeLike(v.with("Transpose", attrs("perm", []int64{0, 2, 1, 3}), y), v.x(0))
	}
	return []*onnx.Value{y}
}
