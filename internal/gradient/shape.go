package gradient

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// What follows works on shapes as values, so that rules hold for any rank.

// shape is the shape of a value as a vector.
func (t *tape) shape(v *onnx.Value) *onnx.Value {
	if s := t.shapes[v]; s != nil {
		return s
	}
	s := t.op("Shape", v)
	t.shapes[v] = s
	return s
}

// rank is a vector of one element.
func (t *tape) rank(v *onnx.Value) *onnx.Value { return t.op("Shape", t.shape(v)) }

// dims are the sizes of dimensions lo to hi, counted from the end if negative.
func (t *tape) dims(v *onnx.Value, lo, hi int64) *onnx.Value {
	return t.op("Slice", t.shape(v), t.ints(lo), t.ints(hi))
}

// dim is the size of one dimension, as a vector of one element.
func (t *tape) dim(v *onnx.Value, i int64) *onnx.Value {
	if i == -1 {
		return t.dims(v, -1, math.MaxInt64)
	}
	return t.dims(v, i, i+1)
}

// spatial are the sizes of all dimensions from the third on.
func (t *tape) spatial(v *onnx.Value) *onnx.Value { return t.dims(v, 2, math.MaxInt64) }

func (t *tape) concat(l ...*onnx.Value) *onnx.Value {
	return t.with("Concat", attrs("axis", 0), l...)
}

// prod multiplies the elements of a vector; the result is a vector, too.
func (t *tape) prod(v *onnx.Value) *onnx.Value { return t.op("ReduceProd", v) }

// fill is a vector of n equal numbers; n is a vector of one element.
func (t *tape) fill(x int64, n *onnx.Value) *onnx.Value { return t.op("Expand", t.ints(x), n) }

// size is the number of elements, as a vector of one.
func (t *tape) size(v *onnx.Value) *onnx.Value { return t.prod(t.shape(v)) }

// span is the vector from, from+1 … to-1 of two vectors of one element.
func (t *tape) span(from, to *onnx.Value) *onnx.Value {
	return t.op("Range", t.scalar(from), t.scalar(to), t.constant(tensor.Scalar(int64(1))))
}

func (t *tape) scalar(v *onnx.Value) *onnx.Value { return t.reshape(v, t.ints()) }

// axesFrom lists the dimensions of v from axis to the last.
func (t *tape) axesFrom(axis int64, v *onnx.Value) *onnx.Value {
	const most = 64 // beyond any rank, and short enough to be written out
	if axis < 0 && axis >= -most {
		var l []int64
		for i := axis; i < 0; i++ {
			l = append(l, i)
		}
		return t.ints(l...)
	}
	from := t.ints(axis)
	if axis < 0 {
		from = t.addOp(from, t.rank(v))
	}
	return t.span(from, t.rank(v))
}

func (t *tape) reshape(v, shape *onnx.Value) *onnx.Value {
	return t.with("Reshape", attrs("allowzero", 1), v, shape)
}

// reshapeLike gives v the shape of another value.
func (t *tape) reshapeLike(v, like *onnx.Value) *onnx.Value { return t.reshape(v, t.shape(like)) }

func (t *tape) flat(v *onnx.Value) *onnx.Value { return t.reshape(v, t.ints(-1)) }

func (t *tape) expandLike(v, like *onnx.Value) *onnx.Value {
	return t.op("Expand", v, t.shape(like))
}

func (t *tape) zeros(like *onnx.Value) *onnx.Value {
	if isSequence(like) {
		return t.mapped(func(b *tape, elems []*onnx.Value) *onnx.Value { return b.zeros(elems[0]) }, like)
	}
	return t.expandLike(t.num(0, like), like)
}

// sum adds over axes, all if nil, and keeps them as dimensions of 1.
func (t *tape) sum(v, axes *onnx.Value) *onnx.Value { return t.op("ReduceSum", v, axes) }

func (t *tape) mean(v, axes *onnx.Value) *onnx.Value { return t.op("ReduceMean", v, axes) }

// sumTo undoes a broadcast of x to the shape of g: it adds up what came from
// the same element.
func (t *tape) sumTo(g, x *onnx.Value) *onnx.Value {
	if rankOf(x) == 0 {
		return t.with("ReduceSum", attrs("keepdims", 0), g)
	}
	sx, sg := t.shape(x), t.shape(g)
	missing := t.fill(1, t.sub(t.op("Shape", sg), t.op("Shape", sx)))
	wide := t.op("Not", t.op("Equal", t.concat(missing, sx), sg))
	axes := t.flat(t.op("NonZero", wide))
	return t.reshape(t.with("ReduceSum", attrs("noop_with_empty_axes", 1), g, axes), sx)
}

// rankOf is the rank that is known of a value before the run, or -1. What the
// model declares of values inside of it is not trusted.
func rankOf(v *onnx.Value) int {
	if v == nil {
		return -1
	}
	if t, ok := v.Const.(*tensor.Tensor); ok {
		return t.Rank()
	}
	if v.IsInput && v.Graph != nil && v.Graph.Outer == nil && v.Type.Kind == tensor.KindTensor && v.Type.HasShape {
		return len(v.Type.Dims)
	}
	return -1
}

// channels gives a vector of one number a channel the shape [C, 1, 1, …], which
// broadcasts along the second dimension of x.
func (t *tape) channels(v, x *onnx.Value) *onnx.Value {
	ones := t.fill(1, t.op("Shape", t.spatial(x)))
	return t.reshape(t.op("CastLike", v, x), t.concat(t.ints(-1), ones))
}
