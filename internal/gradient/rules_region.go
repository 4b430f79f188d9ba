package gradient

import (
	"math"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// bins are where a region's samples lie along one dimension of n pixels:
// [regions, bins, samples of a bin].
type bins struct {
	at    *onnx.Value
	n     *onnx.Value // a vector of one
	valid *onnx.Value // not all regions have as many samples
	in    *onnx.Value // is in the image
	count *onnx.Value // of samples, [regions, 1, 1]
}

// roiAlignRule: the mean of a bin is a product with a matrix along either
// dimension; the largest weighted pixel is taken from all of them.
var roiAlignRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.x(0)
	corner := v.split(v.x(1), 4) // [regions, 1] each
	y := v.bins(corner[1], corner[3], v.int("output_height", 1), v.dim(x, 2))
	w := v.bins(corner[0], corner[2], v.int("output_width", 1), v.dim(x, 3))
	image := v.op("Gather", x, v.x(2))
	if v.str("mode", "avg") == "max" {
		return v.largest(image, y, w)
	}
	one := v.ints(1)
	rows, columns := v.op("Unsqueeze", v.means(y), one), v.op("Unsqueeze", v.means(w), one)
	columns = v.with("Transpose", attrs("perm", []int64{0, 1, 3, 2}), columns)
	return v.op("MatMul", v.op("MatMul", rows, image), columns)
}, 0, 1)

func (v *vjp) bins(from, to *onnx.Value, outputs int64, n *onnx.Value) bins {
	scale := v.float("spatial_scale", 1)
	half := v.n.Opset >= 16 && v.str("coordinate_transformation_mode", "half_pixel") == "half_pixel"
	pixel := func(x *onnx.Value) *onnx.Value {
		if x = v.scale(scale, x); half {
			x = v.plus(x, -0.5)
		}
		return x
	}
	begin := pixel(from)
	size := v.sub(pixel(to), begin)
	if !half {
		size = v.op("Max", size, v.num(1, size))
	}
	outputs = max(outputs, 1)
	size = v.op("Unsqueeze", v.scale(1/float64(outputs), size), v.ints(-1))
	begin = v.op("Unsqueeze", begin, v.ints(-1))
	count := v.op("Expand", v.num(float64(v.int("sampling_ratio", 0)), size), v.shape(size))
	if v.int("sampling_ratio", 0) <= 0 {
		count = v.op("Max", v.op("Ceil", size), v.num(0, size))
	}
	most := v.flat(v.toInt(v.with("ReduceMax", attrs("keepdims", 0), count)))
	like := func(x *onnx.Value) *onnx.Value { return v.op("CastLike", x, size) }
	sample := like(v.span(v.ints(0), most))
	bin := like(v.op("Unsqueeze", v.span(v.ints(0), v.ints(outputs)), v.ints(1)))
	b := bins{n: n, valid: v.op("Less", sample, count), count: v.op("Max", count, v.num(1, count))}
	b.at = v.addOp(begin, v.mul(size, v.addOp(bin, v.div(v.plus(sample, 0.5), b.count))))
	b.in = v.op("And", v.op("GreaterOrEqual", b.at, v.num(-1, b.at)), v.op("LessOrEqual", b.at, like(n)))
	b.at = v.op("Min", v.op("Max", b.at, v.num(0, b.at)), like(v.sub(n, v.ints(1))))
	return b
}

// means is the matrix [regions, bins, pixels]: a pixel's weight for a sample is
// 1 less its distance, if that is positive.
func (v *vjp) means(b bins) *onnx.Value {
	pixel := v.op("CastLike", v.span(v.ints(0), b.n), b.at)
	distance := v.op("Abs", v.sub(v.op("Unsqueeze", b.at, v.ints(-1)), pixel))
	weight := v.op("Relu", v.sub(v.num(1, distance), distance))
	weight = v.where(v.op("Unsqueeze", v.op("And", b.valid, b.in), v.ints(-1)), weight, nil)
	return v.div(v.with("ReduceSum", attrs("keepdims", 0), weight, v.ints(2)), b.count)
}

// largest takes the largest weighted pixel of all samples of a bin.
func (v *vjp) largest(image *onnx.Value, y, x bins) *onnx.Value {
	last := v.ints(-1)
	// The taps of either dimension, [regions, bins, samples·taps].
	flat := func(t *onnx.Value) *onnx.Value { return v.reshape(t, v.concat(v.dims(t, 0, 2), last)) }
	each := func(b bins) (taps, *onnx.Value) {
		p := v.within(v.tapsAt("", b.at), b.n, "border", false)
		weight := v.where(v.op("Unsqueeze", b.in, last), p.weight, nil)
		valid := v.op("Expand", v.op("Unsqueeze", b.valid, last), v.shape(weight))
		return taps{flat(p.at), flat(weight)}, flat(valid)
	}
	ty, validY := each(y)
	tx, validX := each(x)
	// [regions, rows, columns, taps, taps]
	rows := func(t *onnx.Value) *onnx.Value { return v.op("Unsqueeze", t, v.ints(2, 4)) }
	columns := func(t *onnx.Value) *onnx.Value { return v.op("Unsqueeze", t, v.ints(1, 3)) }
	at := v.addOp(v.mul(rows(ty.at), x.n), columns(tx.at))
	weight := v.mul(rows(ty.weight), columns(tx.weight))
	valid := v.op("And", rows(validY), columns(validX))
	shape := v.concat(v.dim(at, 0), v.prod(v.dims(at, 1, 3)), last)
	p := v.pick(v.pixels(image), taps{v.reshape(at, shape), v.reshape(weight, shape)})
	shown := v.op("Unsqueeze", v.reshape(valid, shape), v.ints(1))
	best := v.with("ReduceMax", attrs("keepdims", 0), v.op("Where", shown, p, v.num(math.Inf(-1), p)), last)
	some := v.op("Greater", best, v.num(math.Inf(-1), best)) // a bin without a sample is 0
	return v.reshape(v.where(some, best, nil), v.concat(v.dims(image, 0, 2), v.dims(at, 1, 3)))
}

// maxRoiPoolRule: the maxima of the rows, then of the columns of each bin, one
// region after another.
var maxRoiPoolRule = expandTo(func(v *vjp) *onnx.Value {
	x := v.x(0)
	shape := v.list("pooled_shape")
	if len(shape) != 2 {
		v.unsupported("pooled_shape %v", shape)
		return nil
	}
	b := v.inside("region")
	roi := b.split(b.with("Cast", attrs("to", int(tensor.F64)), b.input(v.x(1))), 5)
	image := b.op("Squeeze", b.op("Gather", x, b.toInt(roi[0])), b.ints(0)) // [channels, rows, columns]
	whole := func(c *onnx.Value) *onnx.Value {
		c = b.scale(v.float("spatial_scale", 1), c)
		return b.mul(b.op("Sign", c), b.op("Floor", b.plus(b.op("Abs", c), 0.5)))
	}
	// Which of n pixels are in each bin: [bins, n].
	cover := func(from, to *onnx.Value, outputs int64, n *onnx.Value) *onnx.Value {
		from, to = whole(from), whole(to)
		size := b.plus(b.sub(to, from), 1)
		size = b.div(b.op("Max", size, b.num(1, size)), b.num(float64(outputs), size))
		i := b.op("CastLike", b.span(b.ints(0), b.ints(outputs)), size)
		lo := b.addOp(from, b.op("Floor", b.mul(i, size)))
		hi := b.addOp(from, b.op("Ceil", b.mul(b.plus(i, 1), size)))
		at := b.op("CastLike", b.span(b.ints(0), n), size)
		return b.op("And", b.op("GreaterOrEqual", at, b.op("Unsqueeze", lo, b.ints(1))), b.op("Less", at, b.op("Unsqueeze", hi, b.ints(1))))
	}
	rows := cover(roi[2], roi[4], shape[0], b.dim(x, 2))
	columns := cover(roi[1], roi[3], shape[1], b.dim(x, 3))
	none := b.num(math.Inf(-1), image)
	last := attrs("keepdims", 0)
	best := b.with("ReduceMax", last, b.op("Where", columns, b.op("Unsqueeze", image, b.ints(2)), none), b.ints(-1))
	best = b.with("ReduceMax", last, b.op("Where", b.op("Unsqueeze", rows, b.ints(2)), b.op("Unsqueeze", best, b.ints(1)), none), b.ints(2))
	best = b.where(b.op("Greater", best, none), best, nil) // an empty bin is 0
	l := attrs("body", b.done([]*onnx.Value{b.result(best, x)}), "num_scan_inputs", 1)
	return v.flow("Scan", l, 1, v.x(1))[0]
}, 0)
