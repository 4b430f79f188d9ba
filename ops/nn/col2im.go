package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Col2Im adds the columns of blocks to where the blocks lie in an image. The
// sum of bools is whether any is set, that of strings joins them.
var col2Im18 = ops.Def{
	Name: "Col2Im", Since: 18,
	Sig: "input:T, image_shape:int64, block_shape:int64 -> output:T", Types: ops.Types{"T": ops.Classic},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return col2Im{window.Attrs{Strides: n.Ints("strides"), Dilations: n.Ints("dilations"), Pads: n.Ints("pads")}}, nil
	}),
}

type col2Im struct{ window window.Attrs }

func (k col2Im) Run(c *ops.Call) error {
	x := c.Tensor(0)
	size, err := ops.IntsOf(c.Tensor(1))
	if err != nil {
		return fmt.Errorf("input 1 (image_shape): %w", err)
	}
	block, err := ops.IntsOf(c.Tensor(2))
	if err != nil {
		return fmt.Errorf("input 2 (block_shape): %w", err)
	}
	if x.Rank() != 3 {
		return fmt.Errorf("input 0 (input): got %v, want [batch, channels·block, blocks]", x)
	}
	if len(size) == 0 || len(block) != len(size) {
		return fmt.Errorf("input 1 (image_shape), 2 (block_shape): got %v and %v, want as many values", size, block)
	}
	if err := tensor.Shape(size).Check(x.DType().Size()); err != nil {
		return fmt.Errorf("input 1 (image_shape): %w", err)
	}
	dims, err := k.window.Resolve(size, block)
	if err != nil {
		return fmt.Errorf("input 1 (image_shape), 2 (block_shape): %w", err)
	}
	if err := tensor.Shape(block).Check(1); err != nil {
		return fmt.Errorf("input 2 (block_shape): %w", err)
	}
	if err := tensor.Shape(window.Sizes(dims)).Check(1); err != nil {
		return fmt.Errorf("input 1 (image_shape): %w", err)
	}
	kvol, blocks := window.Volume(dims, window.Kernel), window.Volume(dims, window.Out)
	if x.Dim(1)%kvol != 0 || x.Dim(2) != blocks {
		return fmt.Errorf("input 0 (input): got %v, want [batch, a multiple of %d, %d] for image_shape %v and block_shape %v", x, kvol, blocks, size, block)
	}
	channels := x.Dim(1) / kvol
	y, err := c.Output(0, x.DType(), append(tensor.Shape{x.Dim(0), channels}, size...))
	if err != nil {
		return err
	}
	switch planes := x.Dim(0) * channels; x.DType() {
	case tensor.F32:
		runCol2Im[float32](c, planes, dims, x, y)
	case tensor.F64:
		runCol2Im[float64](c, planes, dims, x, y)
	case tensor.I8:
		runCol2Im[int8](c, planes, dims, x, y)
	case tensor.I16:
		runCol2Im[int16](c, planes, dims, x, y)
	case tensor.I32:
		runCol2Im[int32](c, planes, dims, x, y)
	case tensor.I64:
		runCol2Im[int64](c, planes, dims, x, y)
	case tensor.U8:
		runCol2Im[uint8](c, planes, dims, x, y)
	case tensor.U16:
		runCol2Im[uint16](c, planes, dims, x, y)
	case tensor.U32:
		runCol2Im[uint32](c, planes, dims, x, y)
	case tensor.U64:
		runCol2Im[uint64](c, planes, dims, x, y)
	case tensor.C64:
		runCol2Im[complex64](c, planes, dims, x, y)
	case tensor.C128:
		runCol2Im[complex128](c, planes, dims, x, y)
	case tensor.Str:
		runCol2Im[string](c, planes, dims, x, y)
	case tensor.Boolean:
		return col2ImBools(c, planes, dims, x, y)
	}
	return nil
}

// col2ImBools counts what is set where.
func col2ImBools(c *ops.Call, planes int, dims []window.Dim, x, y *tensor.Tensor) error {
	n, err := c.Scratch(tensor.I32, x.Len())
	if err != nil {
		return err
	}
	defer c.Release(n)
	sums, err := c.Scratch(tensor.I32, y.Len())
	if err != nil {
		return err
	}
	defer c.Release(sums)
	if err := tensor.Convert(n, x, tensor.Conversion{}); err != nil {
		return err
	}
	runCol2Im[int32](c, planes, dims, n, sums)
	return tensor.Convert(y, sums, tensor.Conversion{})
}

func runCol2Im[T interface {
	conv.Addable
	tensor.Element
}](c *ops.Call, planes int, dims []window.Dim, x, y *tensor.Tensor) {
	conv.FromColumns(c.Pool, planes, dims, tensor.Data[T](x), tensor.Data[T](y))
}
