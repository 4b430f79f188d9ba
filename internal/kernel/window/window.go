// Package window computes how the windows of convolutions and poolings slide
// over the spatial dimensions of a tensor: attributes and sizes come in, one
// Dim per spatial dimension goes out.
package window

import (
	"fmt"
	"math"
)

// Dim is one spatial dimension. Element k of window o reads the input at
// o·Stride - Head + k·Dilation, where that is inside of 0 … In-1.
type Dim struct {
	In, Kernel, Out  int
	Stride, Dilation int
	Head, Tail       int // padding before and after
}

// Extent returns how far a window reaches: (Kernel-1)·Dilation + 1.
func (d *Dim) Extent() int { return (d.Kernel-1)*d.Dilation + 1 }

// Range returns the first and one beyond the last window of lo … hi-1 whose
// element k is inside of the input; lo, lo where there is none.
func (d *Dim) Range(k, lo, hi int) (int, int) {
	shift := k*d.Dilation - d.Head // o·Stride + shift is the place in the input
	last := d.In - 1 - shift
	if last < 0 {
		return lo, lo
	}
	first, end := lo, min(hi, last/d.Stride+1)
	if shift < 0 {
		first = max(lo, (-shift+d.Stride-1)/d.Stride)
	}
	if first >= end {
		return lo, lo
	}
	return first, end
}

// Inside returns the first and one beyond the last element of the window o
// that is inside of the input.
func (d *Dim) Inside(o int) (int, int) {
	start := o*d.Stride - d.Head
	lo, hi := 0, d.Kernel
	if start < 0 {
		lo = min((-start+d.Dilation-1)/d.Dilation, d.Kernel)
	}
	if last := d.In - 1 - start; last < 0 {
		hi = lo
	} else {
		hi = min(hi, last/d.Dilation+1)
	}
	return lo, max(lo, hi)
}

// Attrs are the attributes of the same names in the standard. A list that is
// nil takes its default.
type Attrs struct {
	AutoPad   string // NOTSET, SAME_UPPER, SAME_LOWER or VALID; empty is NOTSET
	Kernel    []int  // kernel_shape
	Strides   []int
	Dilations []int
	Pads      []int // all heads, then all tails
	Ceil      bool  // ceil_mode
}

// limit keeps sizes so small that their products with each other fit an int64.
const limit = math.MaxInt32

// check compares a list with the number of spatial dimensions and its values
// with their bounds.
func check(name string, l []int, n, least int) error {
	if l == nil {
		return nil
	}
	if len(l) != n {
		return fmt.Errorf("attribute %s: got %v, want %d values", name, l, n)
	}
	for _, v := range l {
		if v < least || v > limit {
			return fmt.Errorf("attribute %s: got %v, want values of %d to %d", name, l, least, limit)
		}
	}
	return nil
}

func at(l []int, i, def int) int {
	if l == nil {
		return def
	}
	return l[i]
}

// dims checks the attributes and fills in everything but padding and Out.
func (a *Attrs) dims(in, kernel []int) ([]Dim, error) {
	if kernel == nil {
		kernel = a.Kernel
	}
	n := len(in)
	for _, c := range []struct {
		name  string
		l     []int
		n     int
		least int
	}{{"kernel_shape", a.Kernel, n, 1}, {"strides", a.Strides, n, 1}, {"dilations", a.Dilations, n, 1}, {"pads", a.Pads, 2 * n, 0}} {
		if err := check(c.name, c.l, c.n, c.least); err != nil {
			return nil, err
		}
	}
	if len(kernel) != n {
		return nil, fmt.Errorf("got a kernel of shape %v for spatial dimensions %v", kernel, in)
	}
	ds := make([]Dim, n)
	for i := range ds {
		if a.Kernel != nil && a.Kernel[i] != kernel[i] {
			return nil, fmt.Errorf("attribute kernel_shape: got %v, the weights have %v", a.Kernel, kernel)
		}
		if kernel[i] < 1 || kernel[i] > limit || in[i] > limit {
			return nil, fmt.Errorf("got a kernel of shape %v for spatial dimensions %v", kernel, in)
		}
		ds[i] = Dim{In: in[i], Kernel: kernel[i], Stride: at(a.Strides, i, 1), Dilation: at(a.Dilations, i, 1)}
		if e := int64(kernel[i]-1) * int64(ds[i].Dilation); e >= limit {
			return nil, fmt.Errorf("attribute dilations: got %v with a kernel of shape %v, that is too large", a.Dilations, kernel)
		}
	}
	return ds, nil
}

// Resolve returns the dimensions of a convolution or pooling over spatial
// dimensions of sizes in. kernel, if not nil, is the shape of the weights.
//
// With SAME_UPPER and SAME_LOWER there are ceil(In/Stride) windows, and what
// they need beyond the input is split between head and tail, the odd element
// at the tail for SAME_UPPER; where they need nothing there is no padding.
// With Ceil, a last window that only partly lies inside of the padded input
// counts, unless it would start in the padding of the tail.
func (a *Attrs) Resolve(in, kernel []int) ([]Dim, error) {
	ds, err := a.dims(in, kernel)
	if err != nil {
		return nil, err
	}
	for i := range ds {
		d := &ds[i]
		switch a.AutoPad {
		case "SAME_UPPER", "SAME_LOWER":
			out := (d.In + d.Stride - 1) / d.Stride
			pad := max((out-1)*d.Stride+d.Extent()-d.In, 0)
			d.Head, d.Tail = pad/2, pad-pad/2
			if a.AutoPad == "SAME_LOWER" {
				d.Head, d.Tail = d.Tail, d.Head
			}
			d.Out = max(out, 0)
			continue
		case "VALID":
		default:
			d.Head, d.Tail = at(a.Pads, i, 0), at(a.Pads, i+len(ds), 0)
		}
		room := d.In + d.Head + d.Tail - d.Extent()
		if room < 0 {
			if d.In > 0 {
				return nil, fmt.Errorf("spatial dimension %d: a window of %d (kernel %d, dilation %d) does not fit %d elements with padding %d and %d",
					i, d.Extent(), d.Kernel, d.Dilation, d.In, d.Head, d.Tail)
			}
			continue // an empty input has an empty output
		}
		d.Out = room/d.Stride + 1
		if a.Ceil {
			d.Out = (room+d.Stride-1)/d.Stride + 1
			if (d.Out-1)*d.Stride >= d.In+d.Head {
				d.Out--
			}
		}
	}
	return ds, nil
}

// ResolveTransposed returns the dimensions of a transposed convolution as
// those of the convolution that it undoes: In is the size of its output, Out
// that of its input. padding is output_padding; shape is output_shape, from
// which the padding follows, and nil where it is not given.
func (a *Attrs) ResolveTransposed(in, kernel, padding, shape []int) ([]Dim, error) {
	ds, err := a.dims(in, kernel)
	if err != nil {
		return nil, err
	}
	if err := check("output_padding", padding, len(ds), 0); err != nil {
		return nil, err
	}
	if err := check("output_shape", shape, len(ds), 0); err != nil {
		return nil, err
	}
	for i := range ds {
		d := &ds[i]
		d.Out = d.In
		full := int64(d.Stride)*int64(d.In-1) + int64(at(padding, i, 0)) + int64(d.Extent())
		if d.In == 0 {
			full = 0
		}
		same := a.AutoPad == "SAME_UPPER" || a.AutoPad == "SAME_LOWER"
		size := full
		switch {
		case shape != nil || same:
			size = int64(d.In) * int64(d.Stride)
			if shape != nil {
				size = int64(shape[i])
			}
			// Negative padding does not exist: without output_shape, the output
			// is what there is; with it, the rest stays at the bias.
			pad := max(full-size, 0)
			if shape == nil {
				size = full - pad
			}
			d.Head = int(pad - pad/2)
			if a.AutoPad == "SAME_UPPER" {
				d.Head = int(pad / 2)
			}
			d.Tail = int(pad) - d.Head
		case a.AutoPad == "VALID":
		default:
			d.Head, d.Tail = at(a.Pads, i, 0), at(a.Pads, i+len(ds), 0)
			size = full - int64(d.Head) - int64(d.Tail)
		}
		if size < 0 || size > limit {
			return nil, fmt.Errorf("spatial dimension %d: the output would have size %d", i, size)
		}
		d.In = int(size)
	}
	return ds, nil
}

// Sizes returns Out of all dimensions.
func Sizes(ds []Dim) []int {
	s := make([]int, len(ds))
	for i := range ds {
		s[i] = ds[i].Out
	}
	return s
}

// Volume returns the product of one number per dimension.
func Volume(ds []Dim, of func(*Dim) int) int {
	n := 1
	for i := range ds {
		n *= of(&ds[i])
	}
	return n
}

// In, Kernel and Out select a size for Volume.
func In(d *Dim) int     { return d.In }
func Kernel(d *Dim) int { return d.Kernel }
func Out(d *Dim) int    { return d.Out }
