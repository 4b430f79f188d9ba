package sequence

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// position reads input i, a position in -n … n-1+extra, and counts it from the
// start.
func position(c *ops.Call, i, n, extra int) (int, error) {
	l, err := ops.IntsOf(c.Tensor(i))
	if err != nil {
		return 0, fmt.Errorf("input %d (position): %w", i, err)
	}
	if len(l) != 1 {
		return 0, fmt.Errorf("input %d (position): got %v, want one number", i, c.Tensor(i))
	}
	at := l[0]
	if at < -n || at >= n+extra {
		return 0, fmt.Errorf("input %d (position): %d is outside of [%d, %d]", i, at, -n, n-1+extra)
	}
	if at < 0 {
		at += n
	}
	return at, nil
}

// typeOf returns the type of a value without its dimensions, in which the
// elements of a sequence may differ.
func typeOf(v tensor.Value) tensor.Type {
	if t, ok := v.(*tensor.Tensor); ok {
		return tensor.TensorOf(t.DType())
	}
	return v.Type()
}
