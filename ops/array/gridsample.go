package array

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/sample"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// GridSample takes values at the places that a grid lists. Version 16 is for
// images; from 20 on there may be any number of spatial dimensions, and the
// modes have names that say so.
var gridSample16 = ops.Def{
	Name: "GridSample", Since: 16,
	Sig:   "X:T1, grid:T2 -> Y:T1",
	Types: ops.Types{"T1": ops.Classic, "T2": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newGridSample(n, "bilinear", "nearest", "bicubic"), nil
	},
}

var gridSample20 = ops.Def{
	Name: "GridSample", Since: 20,
	Sig:   "X:T1, grid:T2 -> Y:T1",
	Types: ops.Types{"T1": ops.Classic, "T2": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newGridSample(n, "linear", "nearest", "cubic"), nil
	},
}

func newGridSample(n *ops.Node, modes ...string) gridSample {
	paddings := []string{"zeros", "border", "reflection"}
	return gridSample{
		mode:         []sample.Mode{sample.Linear, sample.Nearest, sample.Cubic}[max(slices.Index(modes, n.Enum("mode", modes...)), 0)],
		padding:      []sample.Padding{sample.Zeros, sample.Border, sample.Reflection}[max(slices.Index(paddings, n.Enum("padding_mode", paddings...)), 0)],
		alignCorners: n.Bool("align_corners", false),
	}
}

type gridSample struct {
	mode         sample.Mode
	padding      sample.Padding
	alignCorners bool
}

// maxTaps bounds the number of pixels that make one value.
const maxTaps = 1 << 12

func (k gridSample) Run(c *ops.Call) error {
	x, grid := c.Tensor(0), c.Tensor(1)
	rank := x.Rank() - 2
	if rank < 1 {
		return fmt.Errorf("input 0 (X): got %v, want batch, channels and at least one spatial dimension", x)
	}
	if grid.Rank() != x.Rank() || grid.Dim(0) != x.Dim(0) || grid.Dim(rank+1) != rank {
		return fmt.Errorf("input 1 (grid): got %v, want %d dimensions, the first %d and the last %d, for %v", grid, x.Rank(), x.Dim(0), rank, x)
	}
	spatial := grid.Shape()[1 : rank+1]
	y, err := c.Output(0, x.DType(), slices.Concat(x.Shape()[:2], spatial))
	if err != nil || y.Len() == 0 {
		return err
	}
	g := &sample.Grid{
		N: x.Dim(0), C: x.Dim(1), In: x.Shape()[2:], Out: spatial.Len(),
		Mode: k.mode, Padding: k.padding, AlignCorners: k.alignCorners,
	}
	switch {
	case x.Len() == 0:
		return fmt.Errorf("input 0 (X): got %v, which has no values to sample", x)
	case g.Taps() > maxTaps:
		return ops.Unsupportedf("sampling in %d dimensions", rank)
	case k.mode != sample.Nearest && x.DType() == tensor.Str:
		return fmt.Errorf("input 0 (X): got %v, which mode nearest alone takes", x)
	}
	d := tensor.F32
	if grid.DType() == tensor.F64 {
		d = tensor.F64
	}
	return withFloats(c, grid, d, func(grid *tensor.Tensor) error {
		if d == tensor.F64 {
			return sampleAt(c, y, x, tensor.Data[float64](grid), g)
		}
		return sampleAt(c, y, x, tensor.Data[float32](grid), g)
	})
}

// withFloats calls f with x converted to float type d.
func withFloats(c *ops.Call, x *tensor.Tensor, d tensor.DType, f func(*tensor.Tensor) error) error {
	if x.DType() == d {
		return f(x)
	}
	w, err := c.Scratch(d, x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(w)
	if err := convertAll(c, w, x); err != nil {
		return err
	}
	return f(w)
}

// sampleAt samples elements of any type.
func sampleAt[G float32 | float64](c *ops.Call, y, x *tensor.Tensor, places []G, g *sample.Grid) error {
	switch {
	case g.Mode == sample.Nearest && x.DType() == tensor.Str:
		sample.Pick(c.Pool, tensor.Data[string](y), tensor.Data[string](x), places, g)
		return nil
	case g.Mode == sample.Nearest:
		sample.PickBytes(c.Pool, y.Bytes(), x.Bytes(), x.DType().Size(), places, g)
		return nil
	case ops.Complex.Has(x.DType()):
		return sampleComplex(c, y, x, places, g)
	case wideTypes.Has(x.DType()):
		return sampleAs[float64](c, y, x, tensor.F64, places, g)
	}
	return sampleAs[float32](c, y, x, tensor.F32, places, g)
}

// sampleAs computes in T, whose element type is d. Integers are cut off and
// stay within their range.
func sampleAs[T floatElement, G float32 | float64](c *ops.Call, y, x *tensor.Tensor, d tensor.DType, places []G, g *sample.Grid) error {
	return withFloats(c, x, d, func(x *tensor.Tensor) error {
		if y.DType() == d {
			sample.Sample(c.Pool, tensor.Data[T](y), tensor.Data[T](x), places, g)
			return nil
		}
		w, err := c.Scratch(d, y.Shape()...)
		if err != nil {
			return err
		}
		defer c.Release(w)
		data := tensor.Data[T](w)
		sample.Sample(c.Pool, data, tensor.Data[T](x), places, g)
		if lo, hi, ok := intRange(y.DType()); ok {
			for i, v := range data {
				data[i] = min(max(v, T(lo)), T(hi))
			}
		}
		return convertAll(c, y, w)
	})
}

// sampleComplex samples the real and the imaginary parts one after the other.
func sampleComplex[G float32 | float64](c *ops.Call, y, x *tensor.Tensor, places []G, g *sample.Grid) error {
	var buf [4]*tensor.Tensor // of x and y, each real and imaginary
	for i := range buf {
		n := x.Len()
		if i >= 2 {
			n = y.Len()
		}
		t, err := c.Scratch(tensor.F64, n)
		if err != nil {
			return err
		}
		defer c.Release(t)
		buf[i] = t
	}
	re, im := tensor.Data[float64](buf[0]), tensor.Data[float64](buf[1])
	eachComplex(x, func(i int, v complex128) complex128 {
		re[i], im[i] = real(v), imag(v)
		return v
	}, false)
	re, im = tensor.Data[float64](buf[2]), tensor.Data[float64](buf[3])
	sample.Sample(c.Pool, re, tensor.Data[float64](buf[0]), places, g)
	sample.Sample(c.Pool, im, tensor.Data[float64](buf[1]), places, g)
	eachComplex(y, func(i int, _ complex128) complex128 { return complex(re[i], im[i]) }, true)
	return nil
}

// eachComplex calls f for every element and, where write says so, makes its
// result the element.
func eachComplex(t *tensor.Tensor, f func(i int, v complex128) complex128, write bool) {
	if t.DType() == tensor.C64 {
		data := tensor.Data[complex64](t)
		for i, v := range data {
			if v := f(i, complex128(v)); write {
				data[i] = complex64(v)
			}
		}
		return
	}
	data := tensor.Data[complex128](t)
	for i, v := range data {
		if v := f(i, v); write {
			data[i] = v
		}
	}
}
