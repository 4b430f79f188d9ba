package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

const domain = "ai.onnx.ml"

// numbers are the element types of numeric features.
var numbers = tensor.SetOf(tensor.F32, tensor.F64, tensor.I64, tensor.I32)

// rowsOf returns the size of a batch [n, f], or [f] as one row.
func rowsOf(x *tensor.Tensor) (n, f int, err error) {
	switch x.Rank() {
	case 1:
		return 1, x.Dim(0), nil
	case 2:
		return x.Dim(0), x.Dim(1), nil
	}
	return 0, 0, fmt.Errorf("input 0 (X): got %v, want [N F] or [F]", x)
}

// wide returns the elements of x as float64, and a tensor to release.
func wide(c *ops.Call, x *tensor.Tensor) ([]float64, *tensor.Tensor, error) {
	w, err := c.Scratch(tensor.F64, x.Shape()...)
	if err != nil {
		return nil, nil, err
	}
	if err := tensor.Convert(w, x, tensor.Conversion{}); err != nil {
		return nil, nil, err
	}
	return tensor.Data[float64](w), w, nil
}

// widened returns a list of floats as float64.
func widened(l []float32) []float64 {
	w := make([]float64, len(l))
	for i, v := range l {
		w[i] = float64(v)
	}
	return w
}

// narrowed writes src to dst, rounded.
func narrowed(dst []float32, src []float64) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = float32(v)
	}
}

// only fails where not exactly one of two attributes is given.
func only(n *ops.Node, a, b string) error {
	if n.Has(a) == n.Has(b) {
		return fmt.Errorf("attributes %s and %s: want one of them", a, b)
	}
	return nil
}
