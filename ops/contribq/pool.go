package contribq

import (
	"fmt"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// QLinearAveragePool and QLinearGlobalAveragePool are the poolings of the
// standard; channels_last says that images are [batch, spatial…, channels].
var (
	qLinearAveragePool1 = ops.Def{
		Domain: domain, Name: "QLinearAveragePool", Since: 1,
		Sig:   "X:T, x_scale:float32, x_zero_point?:T, y_scale:float32, y_zero_point?:T -> Y:T",
		Types: ops.Types{"T": byteTypes},
		New: func(n *ops.Node) (ops.Kernel, error) {
			return newSurrounded(n, inner{op: "AveragePool", attrs: pass(n, "auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides")})
		},
	}
	qLinearGlobalAveragePool1 = ops.Def{
		Domain: domain, Name: "QLinearGlobalAveragePool", Since: 1,
		Sig:   "X:T, x_scale:float32, x_zero_point:T, y_scale:float32, y_zero_point:T -> Y:T",
		Types: ops.Types{"T": byteTypes},
		New: func(n *ops.Node) (ops.Kernel, error) {
			return newSurrounded(n, inner{op: "GlobalAveragePool"})
		},
	}
)

// QLinearSoftmax is Softmax as of the operator set that the attribute opset
// says.
var qLinearSoftmax1 = ops.Def{
	Domain: domain, Name: "QLinearSoftmax", Since: 1,
	Sig:   "X:T, X_scale:float32, x_zero_point?:T, y_scale:float32, y_zero_point:T -> Y:T",
	Types: ops.Types{"T": byteTypes},
	New: func(n *ops.Node) (ops.Kernel, error) {
		version := n.RequiredInt("opset")
		if version < 1 {
			return nil, fmt.Errorf("attribute opset: got %d, want 1 or more", version)
		}
		axis := &onnx.Attr{Name: "axis", Kind: onnx.AttrInt, Int: int64(n.Int("axis", -1))}
		return newSurrounded(n, inner{op: "Softmax", opset: version, attrs: []*onnx.Attr{axis}})
	},
}

// surrounded is an operator on one tensor between conversions.
type surrounded struct {
	kernel       ops.Kernel
	channelsLast bool
}

func newSurrounded(n *ops.Node, in inner) (ops.Kernel, error) {
	in.constants = make([]*tensor.Tensor, 1)
	k, err := in.build()
	return &surrounded{kernel: k, channelsLast: in.op != "Softmax" && n.Bool("channels_last", false)}, err
}

func (k *surrounded) Run(c *ops.Call) error {
	x := c.Tensor(0)
	px, err := paramsOf(c, 1, 2, x.DType())
	if err != nil {
		return err
	}
	py, err := paramsOf(c, 3, 4, x.DType())
	if err != nil {
		return err
	}
	if k.channelsLast {
		if x.Rank() < 3 {
			return fmt.Errorf("input 0 (X): got %v, want 3 or more dimensions", x)
		}
		r := x.Rank()
		shape := append(tensor.Shape{x.Dim(0), x.Dim(r - 1)}, x.Shape()[1:r-1]...)
		if x, err = swapped(c, x, shape, x.Dim(0), shape.Span(2, r), shape[1]); err != nil {
			return err
		}
		defer c.Release(x)
	}
	f, err := dequantize(c, x, px)
	if err != nil {
		return err
	}
	defer c.Release(f)
	out, err := call(c, k.kernel, 1, f)
	if err != nil {
		return err
	}
	defer c.Release(out[0])
	shape := out[0].Shape()
	if !k.channelsLast {
		y, err := c.Output(0, x.DType(), shape)
		if err != nil {
			return err
		}
		quantize(c, y, out[0], py)
		return nil
	}
	first, err := c.Scratch(x.DType(), shape...)
	if err != nil {
		return err
	}
	defer c.Release(first)
	quantize(c, first, out[0], py)
	r := len(shape)
	last := append(append(tensor.Shape{shape[0]}, shape[2:]...), shape[1])
	y, err := c.Output(0, x.DType(), last)
	if err != nil {
		return err
	}
	swap(y.Bytes(), first.Bytes(), shape[0], shape[1], shape.Span(2, r))
	return nil
}

// swapped returns a tensor of bytes, seen as outer × a × b, with a and b
// exchanged, to be released.
func swapped(c *ops.Call, x *tensor.Tensor, shape tensor.Shape, outer, a, b int) (*tensor.Tensor, error) {
	y, err := c.Scratch(x.DType(), shape...)
	if err != nil {
		return nil, err
	}
	swap(y.Bytes(), x.Bytes(), outer, a, b)
	return y, nil
}

func swap(dst, src []byte, outer, a, b int) {
	for o := range outer {
		in, out := src[o*a*b:(o+1)*a*b], dst[o*a*b:(o+1)*a*b]
		for i := range a {
			for j, v := range in[i*b : (i+1)*b] {
				out[j*a+i] = v
			}
		}
	}
}
