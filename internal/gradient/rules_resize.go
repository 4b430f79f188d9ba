package gradient

import (
	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// resizeRule: to take the nearest element is a move. All else is a product with
// a matrix along each dimension; the operator itself says what the matrix is
// when it resizes the identity.
var resizeRule = rule{inputs: []int{0}, vjp: func(v *vjp) {
	if v.str("mode", "nearest") == "nearest" && v.str("coordinate_transformation_mode", "") != "tf_crop_and_resize" {
		moveRule.vjp(v)
		return
	}
	r := &resize{vjp: v, axes: v.list("axes"), version: v.n.Opset}
	r.read()
	v.give(0, r.back())
}}

// resize is a node of Resize or Upsample.
type resize struct {
	*vjp
	axes               []int64     // nil for all
	scales, sizes, roi *onnx.Value // one for each of the axes; of the roi begins and then ends
	at                 *onnx.Value // the axes, from 0 on
	version            int         // of the operator that resizes the identity
}

func (r *resize) read() {
	switch {
	case r.n.Opset >= 11:
		r.roi = r.x(1)
		r.scales = r.x(2)
		if r.x(3) != nil && !isEmpty(r.x(3)) {
			r.scales, r.sizes = nil, r.x(3)
		}
	case r.x(1) != nil:
		r.scales = r.x(1)
	default: // of Upsample before version 9
		r.version = 9
		scales := []float32{float32(r.float("height_scale", 1)), float32(r.float("width_scale", 1))}
		if r.axes = []int64{-2, -1}; r.n.Opset >= 7 {
			r.axes, scales = nil, nil
			if a := r.n.Attr("scales"); a != nil {
				scales = a.Floats
			}
		}
		r.scales = r.constant(tensor.Of(tensor.Shape{len(scales)}, scales...))
	}
}

func isEmpty(v *onnx.Value) bool {
	c, ok := v.Const.(*tensor.Tensor)
	return ok && v.Constant() && c.Len() == 0
}

func (r *resize) crops() bool {
	return r.roi != nil && r.str("coordinate_transformation_mode", "") == "tf_crop_and_resize"
}

// back passes the adjoint through one dimension after another, in a Loop as
// their number need not be known.
func (r *resize) back() *onnx.Value {
	x := r.vjp.x(0)
	r.at = r.span(r.ints(0), r.rank(x))
	if r.axes != nil {
		r.at = r.ints(r.axes...)
		r.at = r.op("Where", r.op("Less", r.at, r.ints(0)), r.addOp(r.at, r.rank(x)), r.at)
	}
	count := r.op("Shape", r.at)
	b := r.inside("dimension")
	k := b.op("Unsqueeze", b.input(&onnx.Value{Type: tensor.TensorOf(tensor.I64)}), b.ints(0))
	cond := b.input(&onnx.Value{Type: tensor.TensorOf(tensor.Boolean)})
	d := b.input(x)
	n := b.op("Gather", r.shape(x), b.op("Gather", r.at, k))
	var y *onnx.Value
	if same := r.same(b, k, n); same != nil {
		then, otherwise := b.inside("same"), b.inside("other")
		l := attrs("then_branch", then.done([]*onnx.Value{then.result(d, x)}),
			"else_branch", otherwise.done([]*onnx.Value{otherwise.result(r.dimension(otherwise, k, n, count, d), x)}))
		y = b.flow("If", l, 1, same)[0]
	} else {
		y = r.dimension(b, k, n, count, d)
	}
	g := b.done([]*onnx.Value{b.result(cond, cond), b.result(y, x)})
	return r.flow("Loop", attrs("body", g), 1, r.scalar(count), nil, r.g)[0]
}

// same says whether the k-th dimension, which has n entries, stays as it is;
// nil if that is not known.
func (r *resize) same(b *tape, k, n *onnx.Value) *onnx.Value {
	switch {
	case r.crops() || r.str("keep_aspect_ratio_policy", "stretch") != "stretch":
		return nil
	case r.sizes != nil:
		return b.op("Equal", b.op("Gather", r.sizes, k), n)
	}
	return b.op("Equal", b.op("Gather", r.scales, k), b.vector(nil, 1))
}

// dimension passes the adjoint d through the k-th dimension.
func (r *resize) dimension(b *tape, k, n, count, d *onnx.Value) *onnx.Value {
	axis, s := b.op("Gather", r.at, k), b.shape(d)
	before := b.op("Slice", s, b.ints(0), axis)
	behind := b.op("Slice", s, b.plusInt(axis, 1), b.rank(d))
	m := r.matrix(b, k, n, count, d)
	rows := b.reshape(d, b.concat(b.prod(before), b.dim(m, 1), b.prod(behind)))
	return b.reshape(b.op("MatMul", m, rows), b.concat(before, n, behind))
}

// matrix is that of the k-th dimension, which has n entries: [n, entries of
// the output].
func (r *resize) matrix(b *tape, k, n, count, like *onnx.Value) *onnx.Value {
	eye := b.op("EyeLike", b.op("Expand", b.num(0, like), b.concat(n, n)))
	one := b.vector(nil, 1)
	scales := func() *onnx.Value { return b.concat(one, b.op("Gather", r.scales, k)) }
	var l []*onnx.Attr
	for _, a := range r.n.Attrs {
		switch a.Name {
		case "axes", "scales", "height_scale", "width_scale", "extrapolation_value", "keep_aspect_ratio_policy":
		case "mode":
			mode := a.String
			if mode == "bilinear" {
				mode = "linear"
			}
			l = append(l, attrs("mode", mode)...)
		default:
			l = append(l, a)
		}
	}
	if r.n.Opset < 11 {
		return b.node(r.n.OpType, r.version, l, 1, eye, scales())[0]
	}
	var none, begin, end *onnx.Value // of what the operator is given, and of the roi
	if r.n.Opset < 13 {
		none = b.constant(tensor.Of[float32](tensor.Shape{0}))
	}
	if r.crops() {
		roi := b.op("CastLike", r.roi, one)
		begin, end = b.op("Gather", roi, k), b.op("Gather", roi, b.addOp(k, count))
	}
	roi := func(l ...*onnx.Value) *onnx.Value {
		if begin == nil {
			return none
		}
		return b.concat(l...)
	}
	zero := b.vector(nil, 0)
	if r.sizes == nil {
		return b.node("Resize", r.n.Opset, l, 1, eye, roi(zero, begin, one, end), scales(), nil)[0]
	}
	size := b.op("Gather", r.sizes, k)
	policy := r.str("keep_aspect_ratio_policy", "stretch")
	if policy == "stretch" {
		return b.node("Resize", r.n.Opset, l, 1, eye, roi(zero, begin, one, end), none, b.concat(n, size))[0]
	}
	// One dimension determines the sizes of all: it stands beside the k-th, and
	// everything is the same along it.
	double := attrs("to", int(tensor.F64))
	was := b.op("Gather", r.shape(r.vjp.x(0)), r.at)
	ratios := b.div(b.with("Cast", double, r.sizes), b.with("Cast", double, was))
	extreme := map[string]string{"not_larger": "ArgMin", "not_smaller": "ArgMax"}[policy]
	which := b.op(extreme, ratios)
	m := b.op("Expand", b.op("Unsqueeze", eye, b.ints(2)), b.concat(n, n, b.op("Gather", was, which)))
	l = append(l, attrs("axes", []int64{1, 2}, "keep_aspect_ratio_policy", policy)...)
	m = b.node("Resize", r.n.Opset, l, 1, m, roi(begin, zero, end, one), none, b.concat(size, b.op("Gather", r.sizes, which)))[0]
	return b.with("Gather", attrs("axis", 2), m, b.scalar(b.ints(0)))
}
