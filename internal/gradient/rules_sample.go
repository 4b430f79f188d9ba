package gradient

import "github.com/onnxrun/onnxrun/onnx"

// taps are the pixels along one dimension that make the values at places, and
// their weights: [batch, places, taps].
type taps struct{ at, weight *onnx.Value }

// beside joins vectors of places as taps of the same place.
func (t *tape) beside(l ...*onnx.Value) *onnx.Value {
	columns := make([]*onnx.Value, len(l))
	for i, v := range l {
		columns[i] = t.op("Unsqueeze", v, t.ints(-1))
	}
	return t.with("Concat", attrs("axis", -1), columns...)
}

// tapsAt are those of places x, pixels counted from 0, in a mode.
func (t *tape) tapsAt(mode string, x *onnx.Value) taps {
	if mode == "nearest" {
		return taps{t.beside(t.toInt(t.op("Round", x))), t.beside(t.op("Expand", t.num(1, x), t.shape(x)))}
	}
	base := t.op("Floor", x)
	r := t.sub(x, base)
	first, weights := int64(0), []*onnx.Value{t.sub(t.num(1, x), r), r}
	if mode == "cubic" {
		first, weights = -1, t.cubicWeights(r)
	}
	var steps []int64
	for i := range weights {
		steps = append(steps, first+int64(i))
	}
	return taps{t.addOp(t.op("Unsqueeze", t.toInt(base), t.ints(-1)), t.ints(steps...)), t.beside(weights...)}
}

func (t *tape) toInt(x *onnx.Value) *onnx.Value { return t.with("Cast", attrs("to", 7), x) }

// cubicWeights are those of Keys' cubic convolution (a = -0.75) for the pixels
// around a place at distance r after the second.
func (t *tape) cubicWeights(r *onnx.Value) []*onnx.Value {
	const a = -0.75
	poly := func(x *onnx.Value, c3, c2, c1, c0 float64) *onnx.Value {
		y := t.plus(t.mul(t.plus(t.mul(t.plus(t.scale(c3, x), c2), x), c1), x), c0)
		return y
	}
	near := func(x *onnx.Value) *onnx.Value { return poly(x, a+2, -(a + 3), 0, 1) }
	far := func(x *onnx.Value) *onnx.Value { return poly(x, a, -5*a, 8*a, -4*a) }
	rest := t.sub(t.num(1, r), r)
	return []*onnx.Value{far(t.plus(r, 1)), near(r), near(rest), far(t.plus(rest, 1))}
}

// within brings taps into a dimension of n pixels, as the padding says.
func (t *tape) within(p taps, n *onnx.Value, padding string, corners bool) taps {
	zero, one := t.ints(0), t.ints(1)
	last := t.sub(n, one)
	switch padding {
	case "zeros":
		inside := t.op("And", t.op("GreaterOrEqual", p.at, zero), t.op("Less", p.at, n))
		p.weight = t.where(inside, p.weight, nil)
	case "reflection":
		period := t.mul(n, t.ints(2))
		mirror := t.sub(period, one)
		if corners {
			mirror = t.mul(last, t.ints(2))
			period = t.op("Max", mirror, one)
		}
		m := t.op("Mod", p.at, period)
		p.at = t.op("Min", m, t.sub(mirror, m))
	}
	p.at = t.op("Min", t.op("Max", p.at, zero), last)
	return p
}

// cross combines the taps along dimensions of the given sizes to those of
// images whose pixels lie in one dimension.
func (t *tape) cross(l []taps, sizes []*onnx.Value) taps {
	all := l[0]
	for k, p := range l[1:] {
		at := t.addOp(t.op("Unsqueeze", t.mul(all.at, sizes[k+1]), t.ints(-1)), t.op("Unsqueeze", p.at, t.ints(-2)))
		weight := t.mul(t.op("Unsqueeze", all.weight, t.ints(-1)), t.op("Unsqueeze", p.weight, t.ints(-2)))
		shape := t.concat(t.dims(at, 0, 2), t.ints(-1))
		all = taps{t.reshape(at, shape), t.reshape(weight, shape)}
	}
	return all
}

// pick takes the pixels, with their weights, out of images [batch, channels,
// pixels]: [batch, channels, places, taps].
func (t *tape) pick(image *onnx.Value, p taps) *onnx.Value {
	s := t.shape(p.at)
	at := t.reshape(p.at, t.concat(t.dim(p.at, 0), t.ints(1), t.ints(-1)))
	at = t.op("Expand", at, t.concat(t.ints(1), t.dim(image, 1), t.ints(1)))
	v := t.with("GatherElements", attrs("axis", 2), image, at)
	v = t.reshape(v, t.concat(t.dims(image, 0, 2), t.op("Slice", s, t.ints(1), t.ints(3))))
	return t.mul(v, t.op("CastLike", t.op("Unsqueeze", p.weight, t.ints(1)), v))
}

// sample interpolates: [batch, channels, places].
func (t *tape) sample(image *onnx.Value, p taps) *onnx.Value {
	return t.with("ReduceSum", attrs("keepdims", 0), t.pick(image, p), t.ints(-1))
}

// pixels lays the spatial dimensions of images out in one.
func (t *tape) pixels(x *onnx.Value) *onnx.Value {
	return t.reshape(x, t.concat(t.dims(x, 0, 2), t.prod(t.spatial(x))))
}

// spatialRank is how many dimensions images have, as far as anything says so:
// 2 if nothing does.
func spatialRank(images ...*onnx.Value) int {
	for _, x := range images {
		if r := max(rankOf(x), declaredRank(x)); r > 2 {
			return r - 2
		}
	}
	return 2
}

// maxSampled bounds the dimensions: taps are many.
const maxSampled = 4

var gridSampleRule = expandTo(func(v *vjp) *onnx.Value {
	x, grid := v.x(0), v.x(1)
	rank := spatialRank(x, grid)
	if rank > maxSampled {
		v.unsupported("no derivative is known in %d dimensions", rank)
		return nil
	}
	mode := map[string]string{"nearest": "nearest", "cubic": "cubic", "bicubic": "cubic"}[v.str("mode", "linear")]
	padding, corners := v.str("padding_mode", "zeros"), v.int("align_corners", 0) != 0
	places := v.reshape(grid, v.concat(v.dim(grid, 0), v.ints(-1), v.ints(int64(rank))))
	along := v.split(places, rank) // the innermost dimension first
	var l []taps
	var sizes []*onnx.Value
	for k := range rank {
		n := v.dim(x, int64(k)+2)
		at := v.place(v.op("Squeeze", along[rank-1-k], v.ints(-1)), n, mode, padding, corners)
		l, sizes = append(l, v.within(v.tapsAt(mode, at), n, padding, corners)), append(sizes, n)
	}
	y := v.sample(v.pixels(x), v.cross(l, sizes))
	return v.reshape(y, v.concat(v.dims(x, 0, 2), v.dims(grid, 1, -1)))
}, 0, 1)

// place is the pixel at a normalized coordinate along a dimension of n.
func (t *tape) place(x, n *onnx.Value, mode, padding string, corners bool) *onnx.Value {
	n = t.op("CastLike", n, x)
	lo, hi := t.num(-0.5, x), t.plus(n, -0.5)
	if corners {
		lo, hi = t.num(0, x), t.plus(n, -1)
		x = t.mul(t.scale(0.5, t.plus(x, 1)), hi)
	} else {
		x = t.scale(0.5, t.plus(t.mul(t.plus(x, 1), n), -1))
	}
	if mode == "nearest" {
		x = t.op("Round", x)
	}
	switch {
	case padding == "border" && mode != "cubic": // cubic weights are those of the place itself
		x = t.op("Min", t.op("Max", x, t.num(0, x)), t.plus(n, -1))
	case padding == "reflection":
		twice := t.scale(2, t.sub(hi, lo))
		period := t.where(t.above(twice, 0), twice, t.num(1, x))
		m := t.with("Mod", attrs("fmod", 1), t.op("Abs", t.sub(x, lo)), period)
		x = t.addOp(lo, t.op("Min", m, t.sub(twice, m)))
	}
	return x
}

// deformConvRule: the windows are sampled, and multiplied with the weights.
var deformConvRule = expandTo(func(v *vjp) *onnx.Value {
	x, w, offset, y := v.x(0), v.x(1), v.x(2), v.y(0)
	rank := spatialRank(x, w, offset, y)
	if k := v.list("kernel_shape"); len(k) > 0 {
		rank = len(k)
	}
	if rank > maxSampled {
		v.unsupported("no derivative is known in %d dimensions", rank)
		return nil
	}
	batch, channels, one, rest := v.dim(x, 0), v.dim(x, 1), v.ints(1), v.ints(-1)
	groups, group := v.ints(max(v.int("offset_group", 1), 1)), v.ints(max(v.int("group", 1), 1))
	kernel, outputs := v.prod(v.spatial(w)), v.prod(v.spatial(y))
	stacked := v.mul(batch, groups)
	offsets := v.node("Split", opset, attrs("axis", 2, "num_outputs", rank), rank,
		v.reshape(offset, v.concat(stacked, kernel, v.ints(int64(rank)), outputs)))
	var l []taps
	var sizes []*onnx.Value
	for k := range rank {
		n := v.dim(x, int64(k)+2)
		step := func(name string) *onnx.Value { return v.ints(entryOr(v.list(name), k, 1)) }
		o := v.sub(v.mul(v.along(y, k, rank), step("strides")), v.ints(entry(v.list("pads"), k)))
		e := v.op("Unsqueeze", v.mul(v.along(w, k, rank), step("dilations")), one)
		at := v.addOp(v.op("Squeeze", offsets[k], v.ints(2)), v.op("CastLike", v.addOp(o, e), offset))
		at = v.reshape(at, v.concat(stacked, v.mul(kernel, outputs)))
		l, sizes = append(l, v.within(v.tapsAt("", at), n, "zeros", false)), append(sizes, n)
	}
	image := v.reshape(x, v.concat(stacked, v.div(channels, groups), v.prod(v.spatial(x))))
	columns := v.sample(image, v.cross(l, sizes))
	if mask := v.x(4); mask != nil {
		columns = v.mul(columns, v.reshape(mask, v.concat(stacked, one, v.mul(kernel, outputs))))
	}
	columns = v.reshape(columns, v.concat(batch, group, v.mul(v.div(channels, group), kernel), outputs))
	weights := v.reshape(w, v.concat(group, v.div(v.dim(w, 0), group), rest))
	sum := v.reshape(v.op("MatMul", weights, columns), v.concat(batch, v.dim(w, 0), v.spatial(y)))
	return v.affine(sum, nil, v.optionalChannels(v.x(3), sum))
}, 0, 1, 2, 3, 4)

func (t *tape) optionalChannels(v, x *onnx.Value) *onnx.Value {
	if v == nil {
		return nil
	}
	return t.channels(v, x)
}

// along is where each pixel of an image lies along spatial dimension k of rank.
func (t *tape) along(image *onnx.Value, k, rank int) *onnx.Value {
	at := t.span(t.ints(0), t.prod(t.spatial(image)))
	if k+1 < rank {
		at = t.div(at, t.prod(t.dims(image, int64(k)+3, 1<<62)))
	}
	return t.op("Mod", at, t.dim(image, int64(k)+2))
}
