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
	if policy := v.str("keep_aspect_ratio_policy", "stretch"); policy != "stretch" {
		v.unsupported("no derivative is known of mode %s with keep_aspect_ratio_policy %s", v.str("mode", "nearest"), policy)
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

// back passes the adjoint through one dimension after another, in a Loop as
// their number need not be known.
func (r *resize) back() *onnx.Value {
	x := r.vjp.x(0)
	at := r.span(r.ints(0), r.rank(x))
	if r.axes != nil {
		at = r.ints(r.axes...)
		at = r.op("Where", r.op("Less", at, r.ints(0)), r.addOp(at, r.rank(x)), at)
	}
	count := r.op("Shape", at)
	b := r.inside("dimension")
	k := b.op("Unsqueeze", b.input(&onnx.Value{Type: tensor.TensorOf(tensor.I64)}), b.ints(0))
	cond := b.input(&onnx.Value{Type: tensor.TensorOf(tensor.Boolean)})
	d := b.input(x)

	axis := b.op("Gather", at, k)
	n := b.op("Gather", r.shape(x), axis)
	one, s := b.ints(1), b.shape(d)
	before := b.op("Slice", s, b.ints(0), axis)
	behind := b.op("Slice", s, b.addOp(axis, one), b.rank(d))
	m := r.matrix(b, k, n, count, d)
	rows := b.reshape(d, b.concat(b.prod(before), b.dim(m, 1), b.prod(behind)))
	d = b.reshape(b.op("MatMul", m, rows), b.concat(before, n, behind))

	g := b.done([]*onnx.Value{b.result(cond, cond), b.result(d, x)})
	return r.flow("Loop", attrs("body", g), 1, r.scalar(count), nil, r.g)[0]
}

// matrix is that of the k-th dimension, which has n entries: [n, entries of
// the output].
func (r *resize) matrix(b *tape, k, n, count, like *onnx.Value) *onnx.Value {
	in := []*onnx.Value{b.op("EyeLike", b.op("Expand", b.num(0, like), b.concat(n, n)))}
	one := b.constant(tensor.Of(tensor.Shape{1}, float32(1)))
	beside := func(first, second *onnx.Value) *onnx.Value {
		return b.concat(first, b.op("Gather", second, k))
	}
	var l []*onnx.Attr
	for _, a := range r.n.Attrs {
		switch a.Name {
		case "axes", "scales", "height_scale", "width_scale", "extrapolation_value":
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
		return b.node(r.n.OpType, r.version, l, 1, in[0], beside(one, r.scales))[0]
	}
	in = append(in, nil, nil, nil)
	if r.roi != nil && r.str("coordinate_transformation_mode", "") == "tf_crop_and_resize" {
		roi := b.op("CastLike", r.roi, one)
		zero := b.constant(tensor.Of(tensor.Shape{1}, float32(0)))
		in[1] = b.concat(zero, b.op("Gather", roi, k), one, b.op("Gather", roi, b.addOp(k, count)))
	}
	switch {
	case r.sizes != nil:
		in[3] = beside(n, r.sizes)
		if r.n.Opset < 13 {
			in[2] = b.constant(tensor.Of[float32](tensor.Shape{0}))
		}
	case r.scales != nil:
		in[2] = beside(one, r.scales)
	}
	if r.n.Opset < 13 && in[1] == nil {
		in[1] = b.constant(tensor.Of[float32](tensor.Shape{0}))
	}
	return b.node(r.n.OpType, r.n.Opset, l, 1, in...)[0]
}
