package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ConvTranspose is the transposed convolution. The standard's text up to
// version 10 exchanges the two halves of an odd padding that follows from
// output_shape, against its own description of auto_pad; that is taken for the
// mistake that version 11 corrected.
var convTranspose1 = ops.Def{
	Name: "ConvTranspose", Since: 1,
	Sig: "X:T, W:T, B?:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &convTranspose{
			window: readWindow(n), group: n.Int("group", 1),
			padding: n.Ints("output_padding"), shape: n.Ints("output_shape"),
		}
		if w := n.Constant(1); w != nil {
			k.pack(w)
		}
		return k, nil
	}),
}

type convTranspose struct {
	window  window.Attrs
	group   int
	padding []int // output_padding
	shape   []int // output_shape

	// The packed weights where they are constant.
	f32 *conv.Weights[float32]
	f64 *conv.Weights[float64]
}

// pack packs constant weights, unless they are wrong, which Run reports.
func (k *convTranspose) pack(w *tensor.Tensor) {
	if w.Rank() < 3 || w.Len() == 0 || k.group < 1 || w.Dim(0)%k.group != 0 {
		return
	}
	features, kvol := w.Dim(1)*k.group, w.Shape().Span(2, w.Rank())
	switch w.DType() {
	case tensor.F32:
		p := conv.PackTransposed(tensor.Data[float32](w), w.Dim(0), features, kvol, k.group)
		k.f32 = &p
	case tensor.F64:
		p := conv.PackTransposed(tensor.Data[float64](w), w.Dim(0), features, kvol, k.group)
		k.f64 = &p
	}
}

func (k *convTranspose) Run(c *ops.Call) error {
	x, w, b := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	in, err := spatial("X", 0, x)
	if err != nil {
		return err
	}
	if k.group < 1 {
		return fmt.Errorf("attribute group: got %d, want 1 or more", k.group)
	}
	if w.Rank() != x.Rank() || w.Dim(0) != x.Dim(1) {
		return fmt.Errorf("input 1 (W): got %v, want [%d, features/group, kernel…] for input 0 (X), %v", w, x.Dim(1), x)
	}
	if x.Dim(1)%k.group != 0 || k.group > max(x.Dim(1), 1) {
		return fmt.Errorf("input 0 (X): got %v, want a number of channels that %d groups share", x, k.group)
	}
	// Older models give batch and channels with output_shape.
	shape := k.shape
	if len(shape) == x.Rank() {
		shape = shape[2:]
	}
	p := &conv.Params{Batch: x.Dim(0), Channels: x.Dim(1), Features: w.Dim(1) * k.group, Group: k.group}
	if p.Dims, err = k.window.ResolveTransposed(in, w.Shape()[2:], k.padding, shape); err != nil {
		return err
	}
	if err := checkBias(2, b, p.Features); err != nil {
		return err
	}
	out := tensor.Shape{p.Batch, p.Features}
	for i := range p.Dims {
		out = append(out, p.Dims[i].In)
	}
	y, err := c.Output(0, x.DType(), out)
	if err != nil {
		return err
	}
	scratch, err := c.Scratch(x.DType(), p.TransposedScratch(c.Pool.Threads()))
	if err != nil {
		return err
	}
	defer c.Release(scratch)
	if x.DType() == tensor.F64 {
		runConvTranspose(c, p, x, w, b, y, scratch, k.f64)
	} else {
		runConvTranspose(c, p, x, w, b, y, scratch, k.f32)
	}
	return nil
}

func runConvTranspose[T float32 | float64](c *ops.Call, p *conv.Params, x, w, b, y, scratch *tensor.Tensor, packed *conv.Weights[T]) {
	var bias []T
	if b != nil {
		bias = tensor.Data[T](b)
	}
	weights := conv.Plain(tensor.Data[T](w))
	if packed != nil {
		weights = *packed
	}
	conv.Transposed(c.Pool, p, tensor.Data[T](x), weights, bias, tensor.Data[T](y), tensor.Data[T](scratch))
}
