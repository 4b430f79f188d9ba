package array

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/onnxrun/onnxrun/internal/kernel/resize"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// The element types that are interpolated as float64; all others but strings
// go as float32. Integers and bools are rounded, ties to even, and kept within
// their range.
var wideTypes = tensor.SetOf(tensor.F64, tensor.C128, tensor.I32, tensor.U32, tensor.I64, tensor.U64)

// interpolate makes y of x in the modes linear and cubic.
func (k *resizer) interpolate(c *ops.Call, y, x *tensor.Tensor, axes []resize.Axis) error {
	if x.DType() == tensor.Str {
		return fmt.Errorf("input 0 (X): got %v, which mode %s does not take", x, k.mode)
	}
	outer := 1
	for len(axes) > 0 && axes[0].Identity(k.transform) {
		outer *= axes[0].In
		axes = axes[1:]
	}
	dims, taps := make([]int, len(axes)), make([]*resize.Taps, len(axes))
	for i := range axes {
		a := &axes[i]
		dims[i] = a.In
		if a.Identity(k.transform) {
			continue
		}
		var err error
		if taps[i], err = a.NewTaps(k.transform, k.filter, k.options); err != nil {
			return err
		}
	}
	if ops.Complex.Has(x.DType()) {
		// A last dimension of the real and the imaginary part.
		dims, taps = append(dims, 2), append(taps, nil)
	}
	if wideTypes.Has(x.DType()) {
		return interpolateAs[float64](c, y, x, tensor.F64, resize.NewPlan[float64](outer, dims, taps))
	}
	return interpolateAs[float32](c, y, x, tensor.F32, resize.NewPlan[float32](outer, dims, taps))
}

type floatElement interface {
	float32 | float64
	tensor.Element
}

func interpolateAs[T floatElement](c *ops.Call, y, x *tensor.Tensor, d tensor.DType, pl *resize.Plan[T]) error {
	s, err := c.Scratch(d, pl.Scratch(c.Pool))
	if err != nil {
		return err
	}
	defer c.Release(s)
	if x.DType() == d || ops.Complex.Has(x.DType()) {
		pl.Run(c.Pool, floatParts[T](y), floatParts[T](x), tensor.Data[T](s))
		return nil
	}
	wx, err := c.Scratch(d, x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(wx)
	wy, err := c.Scratch(d, y.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(wy)
	if err := convertAll(c, wx, x); err != nil {
		return err
	}
	pl.Run(c.Pool, tensor.Data[T](wy), tensor.Data[T](wx), tensor.Data[T](s))
	if lo, hi, ok := intRange(y.DType()); ok {
		data := tensor.Data[T](wy)
		c.Pool.For(len(data), 1<<14, func(from, to int) { roundWithin(data[from:to], T(lo), T(hi)) })
	}
	return convertAll(c, y, wy)
}

// floatParts reads the elements of a float tensor, or the real and imaginary
// parts of a complex one.
func floatParts[T floatElement](t *tensor.Tensor) []T {
	b := t.Bytes()
	if len(b) == 0 {
		return nil
	}
	var z T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(z)))
}

// convertAll is tensor.Convert on several cores.
func convertAll(c *ops.Call, dst, src *tensor.Tensor) error {
	if dst.Len() == 0 {
		return nil
	}
	if err := tensor.ConvertRange(dst, src, 0, 1, tensor.Conversion{}); err != nil {
		return err
	}
	c.Pool.For(dst.Len(), 1<<14, func(lo, hi int) {
		_ = tensor.ConvertRange(dst, src, lo, hi, tensor.Conversion{}) // as the first element went, so do all numbers
	})
	return nil
}

// intRange returns the least and the largest float64 whose conversion to an
// integer or bool type is defined; ok is false for other types.
func intRange(d tensor.DType) (lo, hi float64, ok bool) {
	bits := d.Bits()
	switch {
	case d == tensor.Boolean:
		return 0, 1, true
	case ops.SignedInts.Has(d):
		lo, hi = -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1)
	case ops.UnsignedInt.Has(d):
		hi = math.Ldexp(1, bits)
	default:
		return 0, 0, false
	}
	if bits < 64 {
		return lo, hi - 1, true
	}
	return lo, math.Nextafter(hi, 0), true
}

func roundWithin[T floatElement](x []T, lo, hi T) {
	for i, v := range x {
		x[i] = min(max(T(math.RoundToEven(float64(v))), lo), hi)
	}
}
