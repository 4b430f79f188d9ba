package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// maxRank bounds the dimensions that a model can ask for without giving them.
const maxRank = 1 << 10

// copyTo copies elements of src to dst, which has the same element type, as l
// says.
func copyTo(c *ops.Call, dst, src *tensor.Tensor, l move.Layout) {
	if dst.DType() == tensor.Str {
		move.Copy(c.Pool, tensor.Data[string](dst), tensor.Data[string](src), l)
	} else {
		move.Bytes(c.Pool, dst.Bytes(), src.Bytes(), dst.DType().Size(), l)
	}
}

// intsInput reads input i, which must be there, as ops.IntsOf does.
func intsInput(c *ops.Call, i int, name string) ([]int, error) {
	l, err := ops.IntsOf(c.Tensor(i))
	if err != nil {
		return nil, fmt.Errorf("input %d (%s): %w", i, name, err)
	}
	return l, nil
}

// view makes the first output the first input under another shape.
func view(c *ops.Call, shape tensor.Shape) error {
	y, err := c.Tensor(0).Reshape(shape)
	if err != nil {
		return err
	}
	c.SetOutput(0, y)
	return nil
}

// viewPart makes output i a view of the elements of the first input from at on.
func viewPart(c *ops.Call, i, at int, shape tensor.Shape) error {
	x := c.Tensor(0)
	flat, err := x.Reshape(tensor.Shape{x.Len()})
	if err != nil {
		return err
	}
	y, err := flat.Rows(at, at+shape.Len()).Reshape(shape)
	if err != nil {
		return err
	}
	c.SetOutput(i, y)
	return nil
}
