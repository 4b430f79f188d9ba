package ops

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/tensor"
)

// IntsOf returns the elements of an int32 or int64 tensor of rank 0 or 1, as
// operators take axes, shapes, repeats and the like.
func IntsOf(t *tensor.Tensor) ([]int, error) {
	if t.Rank() > 1 {
		return nil, fmt.Errorf("got %v, want a vector", t)
	}
	l := make([]int, t.Len())
	switch t.DType() {
	case tensor.I64:
		for i, v := range tensor.Data[int64](t) {
			l[i] = int(v)
		}
	case tensor.I32:
		for i, v := range tensor.Data[int32](t) {
			l[i] = int(v)
		}
	default:
		return nil, fmt.Errorf("got %v, want int64 or int32", t)
	}
	return l, nil
}

// NormAxes resolves axes that may count from the end, each once, to ascending
// 0 … rank-1.
func NormAxes(shape tensor.Shape, axes []int) ([]int, error) {
	out := make([]int, len(axes))
	for i, a := range axes {
		n, err := shape.Axis(a)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	slices.Sort(out)
	for i := 1; i < len(out); i++ {
		if out[i] == out[i-1] {
			return nil, fmt.Errorf("axis %d is given twice", out[i])
		}
	}
	return out, nil
}
