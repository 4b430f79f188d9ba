package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// DeformConv is a convolution whose windows read at offsets from their places
// that are an input.
var deformConv19 = ops.Def{
	Name: "DeformConv", Since: 19,
	Sig: "X:T, W:T, offset:T, B?:T, mask?:T -> Y:T", Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return deformConv{
			window: window.Attrs{Kernel: n.Ints("kernel_shape"), Strides: n.Ints("strides"), Dilations: n.Ints("dilations"), Pads: n.Ints("pads")},
			group:  n.Int("group", 1), offsetGroup: n.Int("offset_group", 1),
		}, nil
	}),
}

type deformConv struct {
	window             window.Attrs
	group, offsetGroup int
}

// maxDeformed is the most spatial dimensions: an interpolation has 2ⁿ corners.
const maxDeformed = 8

func (k deformConv) Run(c *ops.Call) error {
	x, w, offset, b, mask := c.Tensor(0), c.Tensor(1), c.Tensor(2), c.Tensor(3), c.Tensor(4)
	in, err := spatial("X", 0, x)
	if err != nil {
		return err
	}
	if len(in) > maxDeformed {
		return ops.Unsupportedf("DeformConv over %d spatial dimensions, at most %d", len(in), maxDeformed)
	}
	if err := checkWeights(x, w, k.group); err != nil {
		return err
	}
	if k.offsetGroup < 1 || k.offsetGroup > max(x.Dim(1), 1) || x.Dim(1)%k.offsetGroup != 0 {
		return fmt.Errorf("attribute offset_group: got %d for %d channels", k.offsetGroup, x.Dim(1))
	}
	p := &conv.Params{Batch: x.Dim(0), Channels: x.Dim(1), Features: w.Dim(0), Group: k.group}
	if p.Dims, err = k.window.Resolve(in, w.Shape()[2:]); err != nil {
		return err
	}
	if err := checkBias(3, b, p.Features); err != nil {
		return err
	}
	kvol := w.Shape().Span(2, w.Rank())
	if want := image(p.Batch, k.offsetGroup*kvol*len(in), p.Dims); !offset.Shape().Equal(want) {
		return fmt.Errorf("input 2 (offset): got %v, want shape %v", offset, want)
	}
	if want := image(p.Batch, k.offsetGroup*kvol, p.Dims); mask != nil && !mask.Shape().Equal(want) {
		return fmt.Errorf("input 4 (mask): got %v, want shape %v", mask, want)
	}
	y, err := c.Output(0, x.DType(), image(p.Batch, p.Features, p.Dims))
	if err != nil {
		return err
	}
	if x.DType() == tensor.F64 {
		runDeformConv[float64](c, p, k.offsetGroup, x, w, offset, b, mask, y)
	} else {
		runDeformConv[float32](c, p, k.offsetGroup, x, w, offset, b, mask, y)
	}
	return nil
}

func runDeformConv[T float32 | float64](c *ops.Call, p *conv.Params, groups int, x, w, offset, b, mask, y *tensor.Tensor) {
	d := &conv.Deformation[T]{Groups: groups, Offsets: tensor.Data[T](offset)}
	if mask != nil {
		d.Mask = tensor.Data[T](mask)
	}
	var bias []T
	if b != nil {
		bias = tensor.Data[T](b)
	}
	conv.Deformed(c.Pool, p, tensor.Data[T](x), conv.Plain(tensor.Data[T](w)), d, bias, tensor.Data[T](y))
}
