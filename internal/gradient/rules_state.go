package gradient

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
)

// linearAttentionRule: a Scan over the rows, with a matrix of [batch, heads,
// key size, value size] for a state.
var linearAttentionRule = rule{expand: func(v *vjp) []*onnx.Value {
	q, kv := v.int("q_num_heads", 1), v.int("kv_num_heads", 1)
	if q < 1 || kv < 1 || q%kv != 0 {
		v.unsupported("%d heads that share %d", q, kv)
		return nil
	}
	one, rest := v.ints(1), v.ints(-1)
	rows := v.dims(v.x(0), 0, 2)
	shaped := func(i int, shape ...*onnx.Value) *onnx.Value {
		if v.x(i) == nil {
			return nil
		}
		return v.reshape(v.x(i), v.concat(append([]*onnx.Value{rows}, shape...)...))
	}
	heads := v.ints(kv)
	query := shaped(0, heads, v.ints(q/kv), rest)
	scale := v.num(v.float("scale", 0), query)
	if v.float("scale", 0) == 0 {
		scale = v.rsqrt(v.scalar(v.op("CastLike", v.dim(query, 4), query)))
	}
	key, value := shaped(1, heads, rest, one), shaped(2, heads, one, rest)
	state := v.x(3)
	if state == nil {
		state = v.op("Expand", v.num(0, query), v.concat(v.dim(query, 0), heads, v.dim(key, 3), v.dim(value, 4)))
	}
	in := []*onnx.Value{v.op("CastLike", state, query), v.mul(query, scale), key, value}
	b := v.inside("row")
	next := func() *onnx.Value { return b.input(v.x(0)) }
	s, bq, bk, bv := next(), next(), next(), next()
	known := s
	if decay := shaped(4, heads, rest, one); decay != nil {
		in = append(in, v.op("Exp", decay))
		known = b.mul(s, next())
	}
	if beta := shaped(5, rest, one, one); beta != nil {
		in = append(in, beta)
		bv = b.mul(next(), b.sub(bv, b.with("ReduceSum", nil, b.mul(known, bk), b.ints(2))))
	}
	s2 := b.addOp(known, b.mul(bk, bv))
	y := b.op("MatMul", bq, s2)
	axes := make([]int64, len(in)-1)
	for i := range axes {
		axes[i] = 1
	}
	l := attrs("body", b.done([]*onnx.Value{s2, b.result(y, v.x(0))}), "num_scan_inputs", len(axes),
		"scan_input_axes", axes, "scan_output_axes", []int64{1})
	out := v.flow("Scan", l, 2, in...)
	last := out[0]
	if v.x(3) != nil {
		last = v.op("CastLike", last, v.x(3))
	}
	return []*onnx.Value{v.reshape(out[1], v.concat(rows, v.prod(v.dims(out[1], 2, math.MaxInt64)))), last}
}}

// causalConvRule: all windows side by side, multiplied with the filters.
var causalConvRule = rule{expand: func(v *vjp) []*onnx.Value {
	x, weight := v.x(0), v.x(1)
	zero := v.ints(0)
	kernel := v.dim(weight, 2)
	before := v.sub(kernel, v.ints(1))
	past := v.x(3)
	if past == nil {
		past = v.op("Expand", v.num(0, x), v.concat(v.dims(x, 0, 2), before))
	}
	all := v.with("Concat", attrs("axis", 2), past, x)
	at := v.addOp(v.op("Unsqueeze", v.span(zero, v.dim(x, 2)), v.ints(1)), v.span(zero, kernel))
	windows := v.with("Gather", attrs("axis", 2), all, at)
	y := v.with("ReduceSum", attrs("keepdims", 0), v.mul(windows, weight), v.ints(-1))
	if v.x(2) != nil {
		y = v.addOp(y, v.op("Unsqueeze", v.x(2), v.ints(1)))
	}
	if v.str("activation", "none") != "none" {
		y = v.mul(y, v.op("Sigmoid", y))
	}
	return []*onnx.Value{y, v.op("Slice", all, v.dim(x, 2), v.dim(all, 2), v.ints(2))}
}}
