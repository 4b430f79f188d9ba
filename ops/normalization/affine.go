package normalization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/tensor"
)

// affine is a scale or bias that broadcasts to x, in the form that norm.Rows
// takes: element i of x takes p[i/each%len(p)].
type affine[W norm.Float] struct {
	p    []W
	each int
}

// affines sets the scale and bias of r from the inputs 1 and 2, of which the
// latter may be absent.
func affines[W norm.Float](mem *pad, r *norm.Rows[W], scaleName, biasName string) error {
	x := mem.c.Tensor(0)
	scale, err := newAffine[W](mem, x, mem.c.Tensor(1), 1, scaleName, r.N)
	if err != nil {
		return err
	}
	r.Scale, r.Each = scale.p, scale.each
	if !mem.c.Has(2) {
		return nil
	}
	bias, err := newAffine[W](mem, x, mem.c.Tensor(2), 2, biasName, r.N)
	if err != nil {
		return err
	}
	if bias.each != scale.each {
		if scale, err = scale.spread(mem); err != nil {
			return err
		}
		if bias, err = bias.spread(mem); err != nil {
			return err
		}
	}
	r.Scale, r.Bias, r.Each = scale.p, bias.p, scale.each
	return nil
}

// newAffine broadcasts t to x. Where t does not broadcast but has the n
// elements of a row of x, they are taken in their order, as the body that the
// standard gives for these operators does.
func newAffine[W norm.Float](mem *pad, x, t *tensor.Tensor, input int, name string, n int) (affine[W], error) {
	var a affine[W]
	if t.Rank() == 1 && x.Rank() > 0 && t.Dim(0) == n && x.Dim(x.Rank()-1) == n && n > 1 { // as it mostly is
		p, err := convert[W](mem, t)
		return affine[W]{p, 1}, err
	}
	from, ok := x.Rank()-t.Rank(), true
	for i, d := range t.Shape() {
		ok = ok && from >= 0 && (d == 1 || d == x.Dim(from+i))
	}
	if !ok && t.Len() != n {
		return a, fmt.Errorf("input %d (%s): shape %v does not broadcast to %v of input 0 (X)", input, name, t.Shape(), x.Shape())
	}
	p, err := convert[W](mem, t)
	a = affine[W]{p, 1}
	switch {
	case err != nil || !ok:
		return a, err
	case len(p) == 1:
		a.each = n
		return a, nil
	}
	// dims are t's over all of x's dimensions; those between the leading and
	// the trailing ones are what repeats.
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
		if i >= from {
			dims[i] = t.Dim(i - from)
		}
	}
	lo, hi := 0, x.Rank()
	for dims[lo] == 1 {
		lo++
	}
	for dims[hi-1] == 1 {
		hi--
	}
	a.each = x.Shape().Span(hi, x.Rank())
	if x.Shape().Span(lo, hi) == len(p) {
		return a, nil
	}
	return a.expand(mem, x.Shape()[lo:hi], dims[lo:hi])
}

// expand repeats the elements of an array of the given dimensions, some of
// which are 1, to shape.
func (a affine[W]) expand(mem *pad, shape tensor.Shape, dims []int) (affine[W], error) {
	dst, err := scratch[W](mem, shape.Len())
	if err == nil {
		expand(dst, a.p, shape, dims)
	}
	return affine[W]{dst, a.each}, err
}

func expand[W norm.Float](dst, src []W, shape, dims []int) {
	if len(shape) == 0 {
		dst[0] = src[0]
		return
	}
	d, s := len(dst)/shape[0], len(src)/dims[0]
	for i := range shape[0] {
		if i > 0 && dims[0] == 1 {
			copy(dst[i*d:(i+1)*d], dst[:d])
			continue
		}
		expand(dst[i*d:(i+1)*d], src[i*s:(i+1)*s], shape[1:], dims[1:])
	}
}

// spread makes each element stand for one element of x only.
func (a affine[W]) spread(mem *pad) (affine[W], error) {
	if a.each == 1 {
		return a, nil
	}
	b, err := a.expand(mem, []int{len(a.p), a.each}, []int{len(a.p), 1})
	b.each = 1
	return b, err
}
