package array

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/resize"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Resize changes the size of dimensions, by scales or to sizes. Version 10
// knows scales and coordinates that begin at the same edge only. Version 11
// has all of today's inputs, but sizes only beside empty scales; 13 makes them
// optional; 18 adds axes, antialiasing and the policy for the aspect ratio; 19
// one more coordinate transformation.
var resize10 = ops.Def{
	Name: "Resize", Since: 10,
	Sig: "X:T, scales:float32 -> Y:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newUpsample(n, resizer{scalesAt: 1}, "linear"), nil
	},
}

var resize11 = ops.Def{
	Name: "Resize", Since: 11,
	Sig:   "X:T1, roi:T2, scales:float32, sizes?:int64 -> Y:T1",
	Types: ops.Types{"T2": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newResize(n), nil
	},
}

var resize13 = ops.Def{
	Name: "Resize", Since: 13,
	Sig:   "X:T1, roi?:T2, scales?:float32, sizes?:int64 -> Y:T1",
	Types: ops.Types{"T2": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newResize(n), nil
	},
}

var resize18 = ops.Def{
	Name: "Resize", Since: 18,
	Sig:   "X:T1, roi?:T2, scales?:float32, sizes?:int64 -> Y:T1",
	Types: ops.Types{"T2": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newResize18(n), nil
	},
}

var resize19 = ops.Def{
	Name: "Resize", Since: 19,
	Sig:   "X:T1, roi?:T2, scales?:float32, sizes?:int64 -> Y:T1",
	Types: ops.Types{"T2": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newResize18(n, "half_pixel_symmetric"), nil
	},
}

var transforms = map[string]resize.Transform{
	"half_pixel":           resize.HalfPixel,
	"half_pixel_symmetric": resize.HalfPixelSymmetric,
	"pytorch_half_pixel":   resize.PytorchHalfPixel,
	"align_corners":        resize.AlignCorners,
	"asymmetric":           resize.Asymmetric,
	"tf_half_pixel_for_nn": resize.TFHalfPixelForNN,
	"tf_crop_and_resize":   resize.TFCropAndResize,
}

// newResize builds versions 11 and 13. The latter's text has lost
// tf_half_pixel_for_nn, but exporters still write it.
func newResize(n *ops.Node, more ...string) *resizer {
	names := append([]string{"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"}, more...)
	k := &resizer{
		roiAt: 1, scalesAt: 2, sizesAt: 3,
		transform:     transforms[n.Enum("coordinate_transformation_mode", names...)],
		mode:          n.Enum("mode", "nearest", "linear", "cubic"),
		extrapolation: n.Float("extrapolation_value", 0),
		policy:        "stretch",
	}
	k.rounding = map[string]resize.Rounding{
		"round_prefer_floor": resize.RoundPreferFloor,
		"round_prefer_ceil":  resize.RoundPreferCeil,
		"floor":              resize.Floor,
		"ceil":               resize.Ceil,
	}[n.Enum("nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")]
	k.options.ExcludeOutside = n.Bool("exclude_outside", false)
	k.filter = resize.Linear
	if a := n.Float("cubic_coeff_a", -0.75); k.mode == "cubic" {
		k.filter = resize.Cubic(float64(a))
	}
	return k
}

func newResize18(n *ops.Node, more ...string) *resizer {
	k := newResize(n, more...)
	k.options.Antialias = n.Bool("antialias", false)
	k.policy = n.Enum("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller")
	k.axes = n.Ints("axes")
	return k
}

// resizer is every version of Resize and Upsample.
type resizer struct {
	mode          string // nearest, linear or cubic
	transform     resize.Transform
	rounding      resize.Rounding
	filter        resize.Filter
	options       resize.TapOptions
	extrapolation float32
	policy        string
	axes          []int // nil is all

	roiAt, scalesAt, sizesAt int       // the inputs; 0 where there are none
	scales                   []float32 // the attribute
}

func (k *resizer) Run(c *ops.Call) error {
	x := c.Tensor(0)
	m := ops.Memo[resizeMemo](c)
	if m.axes == nil || !m.asBefore(c, k) {
		m.axes = nil
		if err := k.prepare(c, m); err != nil {
			return err
		}
	}
	if m.same {
		c.SetOutput(0, x)
		return nil
	}
	y, err := c.Output(0, x.DType(), m.shape)
	if err != nil || y.Len() == 0 {
		return err
	}
	for i, a := range m.axes {
		if a.In == 0 {
			return fmt.Errorf("dimension %d of %v has nothing to make %d entries of", i, x, a.Out)
		}
		if max(a.In, a.Out) > math.MaxInt32 {
			return ops.Unsupportedf("resizing %d entries to %d", a.In, a.Out)
		}
	}
	if k.mode == "nearest" {
		k.nearest(c, y, x, m)
	} else if err := k.interpolate(c, y, x, m.axes); err != nil {
		return err
	}
	if k.transform == resize.TFCropAndResize {
		return k.extrapolate(c, y, m.axes)
	}
	return nil
}

// resizeMemo is what follows from the shape of the input and the sizes asked
// for.
type resizeMemo struct {
	in     tensor.Shape
	dtype  tensor.DType
	scales []float32
	sizes  []int64

	axes   []resize.Axis // nil before the first run
	shape  tensor.Shape
	same   bool           // nothing changes
	lookup *resize.Lookup // of the nearest elements; nil until it is needed
}

// given returns the inputs that say what the sizes are.
func (k *resizer) given(c *ops.Call) (scales []float32, sizes []int64) {
	if k.present(c, k.scalesAt) {
		scales = tensor.Data[float32](c.Tensor(k.scalesAt))
	}
	if k.present(c, k.sizesAt) {
		sizes = tensor.Data[int64](c.Tensor(k.sizesAt))
	}
	return scales, sizes
}

// asBefore reports whether a run is like the one that m is of.
func (m *resizeMemo) asBefore(c *ops.Call, k *resizer) bool {
	x := c.Tensor(0)
	scales, sizes := k.given(c)
	return k.transform != resize.TFCropAndResize && m.in.Equal(x.Shape()) && m.dtype == x.DType() &&
		slices.Equal(m.scales, scales) && slices.Equal(m.sizes, sizes)
}

func (k *resizer) prepare(c *ops.Call, m *resizeMemo) error {
	x := c.Tensor(0)
	axes, err := k.resolve(c, x)
	if err != nil {
		return err
	}
	scales, sizes := k.given(c)
	*m = resizeMemo{in: x.Shape().Clone(), dtype: x.DType(), scales: slices.Clone(scales), sizes: slices.Clone(sizes),
		axes: axes, shape: make(tensor.Shape, len(axes)), same: true}
	for i, a := range axes {
		m.shape[i] = a.Out
		m.same = m.same && a.Identity(k.transform)
	}
	return nil
}

// resolve returns what becomes of each dimension.
func (k *resizer) resolve(c *ops.Call, x *tensor.Tensor) ([]resize.Axis, error) {
	all := make([]resize.Axis, x.Rank())
	for i, d := range x.Shape() {
		all[i] = resize.Axis{In: d, Out: d, Num: 1, Den: 1, End: 1}
	}
	part := make([]*resize.Axis, 0, len(all)) // those that the inputs speak of
	if k.axes == nil {
		for i := range all {
			part = append(part, &all[i])
		}
	}
	seen := make([]bool, len(all))
	for _, a := range k.axes {
		axis, err := x.Shape().Axis(a)
		if err != nil {
			return nil, fmt.Errorf("attribute axes: %w", err)
		}
		if seen[axis] {
			return nil, fmt.Errorf("attribute axes: axis %d is given twice", axis)
		}
		seen[axis] = true
		part = append(part, &all[axis])
	}
	if err := k.crop(c, part); err != nil {
		return nil, err
	}
	scales := k.scales
	if k.present(c, k.scalesAt) {
		scales = tensor.Data[float32](c.Tensor(k.scalesAt))
	}
	switch sizes := k.present(c, k.sizesAt); {
	case sizes && scales != nil:
		return nil, errors.New("got scales and sizes, want one of them")
	case sizes:
		return all, k.toSizes(c, part)
	case scales != nil:
		return all, k.toScales(scales, part)
	}
	return nil, errors.New("got neither scales nor sizes, want one of them")
}

// present reports whether input i is there and not empty.
func (k *resizer) present(c *ops.Call, i int) bool {
	return i > 0 && c.Has(i) && c.Tensor(i).Len() > 0
}

// crop sets the region of interest.
func (k *resizer) crop(c *ops.Call, axes []*resize.Axis) error {
	if k.transform != resize.TFCropAndResize {
		return nil
	}
	if !k.present(c, k.roiAt) {
		return errors.New("input 1 (roi) is missing, which tf_crop_and_resize needs")
	}
	roi, err := tensor.New(tensor.F64, c.Tensor(k.roiAt).Shape())
	if err != nil {
		return err
	}
	if err := tensor.Convert(roi, c.Tensor(k.roiAt), tensor.Conversion{}); err != nil {
		return err
	}
	v := tensor.Data[float64](roi)
	if len(v) != 2*len(axes) {
		return fmt.Errorf("input 1 (roi): got %v, want starts and ends of %d axes", roi, len(axes))
	}
	for i, a := range axes {
		a.Start, a.End = v[i], v[len(axes)+i]
	}
	return nil
}

// maxSize bounds the dimensions that scales may ask for, so that they are
// integers.
const maxSize = 1 << 30

func (k *resizer) toScales(scales []float32, axes []*resize.Axis) error {
	if len(scales) != len(axes) {
		return fmt.Errorf("got %d scales for %d axes", len(scales), len(axes))
	}
	for i, a := range axes {
		s := float64(scales[i])
		size := float64(a.In) * (a.End - a.Start) * s
		// A scale is as exact as a float32 is: 10 · 0.7 is 7.
		if r := math.Round(size); math.Abs(size-r) <= r*0x1p-24 {
			size = r
		}
		if !(s > 0) || !(size >= 0) || size > maxSize {
			return fmt.Errorf("scale %v of dimension %d, which is %d, is out of range", s, i, a.In)
		}
		a.Out, a.Num = int(size), s
	}
	return nil
}

func (k *resizer) toSizes(c *ops.Call, axes []*resize.Axis) error {
	sizes, err := intsInput(c, k.sizesAt, "sizes")
	if err != nil {
		return err
	}
	if len(sizes) != len(axes) {
		return fmt.Errorf("input %d (sizes): got %d for %d axes", k.sizesAt, len(sizes), len(axes))
	}
	var num, den float64
	for i, a := range axes {
		if sizes[i] < 0 || sizes[i] > maxSize {
			return fmt.Errorf("input %d (sizes): %d is out of range", k.sizesAt, sizes[i])
		}
		a.Out, a.Num, a.Den = sizes[i], float64(sizes[i]), float64(a.In)
		smaller := a.Num*den < num*a.Den
		if den == 0 || smaller == (k.policy == "not_larger") {
			num, den = a.Num, a.Den
		}
	}
	if k.policy == "stretch" {
		return nil
	}
	for i, a := range axes {
		size := math.Floor(num*float64(a.In)/den + 0.5)
		if !(size >= 0 && size <= maxSize) {
			return fmt.Errorf("input %d (sizes): dimension %d, which is %d, times %v / %v is out of range", k.sizesAt, i, a.In, num, den)
		}
		a.Out, a.Num, a.Den = int(size), num, den
	}
	return nil
}

// nearest makes y of the nearest elements of x.
func (k *resizer) nearest(c *ops.Call, y, x *tensor.Tensor, m *resizeMemo) {
	if m.lookup == nil {
		tables := make([][]int32, len(m.axes))
		for i := range m.axes {
			if a := &m.axes[i]; !a.Identity(k.transform) {
				tables[i] = a.Table(k.transform, k.rounding)
			}
		}
		m.lookup = resize.NewLookup(x.DType().Size(), m.in, tables)
	}
	if x.DType() == tensor.Str {
		resize.Nearest(c.Pool, tensor.Data[string](y), tensor.Data[string](x), m.lookup)
	} else {
		resize.NearestBytes(c.Pool, y.Bytes(), x.Bytes(), m.lookup)
	}
}

// extrapolate sets the elements whose place is outside of the input.
func (k *resizer) extrapolate(c *ops.Call, y *tensor.Tensor, axes []resize.Axis) error {
	marks := make([][]bool, len(axes))
	for i := range axes {
		marks[i] = axes[i].Outside(k.transform)
	}
	v, err := tensor.New(y.DType(), tensor.Shape{})
	if err != nil {
		return err
	}
	if y.DType() == tensor.Str {
		resize.Extrapolate(c.Pool, tensor.Data[string](y), y.Shape(), marks, "")
		return nil
	}
	if err := tensor.Convert(v, tensor.Scalar(k.extrapolation), tensor.Conversion{}); err != nil {
		return err
	}
	resize.ExtrapolateBytes(c.Pool, y.Bytes(), y.DType().Size(), y.Shape(), marks, v.Bytes())
	return nil
}
