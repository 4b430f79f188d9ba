package tensor

import "fmt"

func isComplex(d DType) bool { return d == C64 || d == C128 }

// convertComplex converts between the complex types, and from real numbers.
func convertComplex(dst, src *Tensor, lo, hi int) error {
	switch {
	case dst.dtype == C64 && src.dtype == C128:
		d := part[complex64](dst, lo, hi)
		for i, v := range part[complex128](src, lo, hi) {
			d[i] = complex64(v)
		}
		return nil
	case dst.dtype == C128 && src.dtype == C64:
		d := part[complex128](dst, lo, hi)
		for i, v := range part[complex64](src, lo, hi) {
			d[i] = complex128(v)
		}
		return nil
	case isComplex(src.dtype) || src.dtype == Str:
		return fmt.Errorf("%v elements do not convert to %v", src.dtype, dst.dtype)
	}
	re, err := New(F64, Shape{hi - lo})
	if err != nil {
		return err
	}
	flat, err := src.Reshape(Shape{src.Len()})
	if err != nil {
		return err
	}
	if err := Convert(re, flat.Rows(lo, hi), Conversion{}); err != nil {
		return err
	}
	for i, v := range viewOf[float64](re.data) {
		if dst.dtype == C64 {
			viewOf[complex64](dst.data)[lo+i] = complex(float32(v), 0)
		} else {
			viewOf[complex128](dst.data)[lo+i] = complex(v, 0)
		}
	}
	return nil
}
