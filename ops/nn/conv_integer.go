package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ConvInteger is the convolution of bytes less their zero points, in int32.
// Padding counts as the zero point.
var convInteger10 = ops.Def{
	Name: "ConvInteger", Since: 10,
	Sig:   "x:T1, w:T2, x_zero_point?:T1, w_zero_point?:T2 -> y:int32",
	Types: ops.Types{"T1": byteTypes, "T2": byteTypes},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &convInteger{window: readWindow(n), group: n.Int("group", 1)}
		w, zero := n.Constant(1), n.Constant(3)
		if w != nil && (zero != nil || !n.HasInput(3)) {
			return k, k.pack(w, zero)
		}
		return k, nil
	},
}

var byteTypes = tensor.SetOf(tensor.I8, tensor.U8)

type convInteger struct {
	window  window.Attrs
	group   int
	weights *conv.Weights[int32] // where they are constant
}

// pack packs constant weights, unless they are wrong, which Run reports.
func (k *convInteger) pack(w, zero *tensor.Tensor) error {
	if w.Rank() < 3 || w.Len() == 0 || k.group < 1 || w.Dim(0)%k.group != 0 || checkFeatureZero(w, zero) != nil {
		return nil
	}
	wide, err := tensor.New(tensor.I32, w.Shape())
	if err != nil {
		return err
	}
	subtractFeatureZeros(tensor.Data[int32](wide), w, zero)
	p := conv.Pack(tensor.Data[int32](wide), w.Dim(0), w.Shape().Span(1, w.Rank()), k.group, w.Dim(1)*k.group)
	k.weights = &p
	return nil
}

func (k *convInteger) Run(c *ops.Call) error {
	y, _, err := k.sums(c, c.Tensor(0), c.Tensor(1), c.Tensor(2), c.Tensor(3), nil)
	if err != nil {
		return err
	}
	c.GiveOutput(0, y)
	return nil
}

// sums returns the convolution, plus a bias if there is one, as scratch.
func (k *convInteger) sums(c *ops.Call, x, w, xZero, wZero, bias *tensor.Tensor) (*tensor.Tensor, *conv.Params, error) {
	in, err := spatial("x", 0, x)
	if err != nil {
		return nil, nil, err
	}
	if err := checkWeights(x, w, k.group); err != nil {
		return nil, nil, err
	}
	if xZero != nil && xZero.Len() != 1 {
		return nil, nil, fmt.Errorf("input 2 (x_zero_point): got %v, want one element", xZero)
	}
	if err := checkFeatureZero(w, wZero); err != nil {
		return nil, nil, err
	}
	p := &conv.Params{Batch: x.Dim(0), Channels: x.Dim(1), Features: w.Dim(0), Group: k.group}
	if p.Dims, err = k.window.Resolve(in, w.Shape()[2:]); err != nil {
		return nil, nil, err
	}
	var b []int32
	if bias != nil {
		if err := checkBias(8, bias, p.Features); err != nil {
			return nil, nil, err
		}
		b = tensor.Data[int32](bias)
	}
	wide, err := c.Scratch(tensor.I32, x.Shape()...)
	if err != nil {
		return nil, nil, err
	}
	defer c.Release(wide)
	var zero int32
	if xZero != nil {
		zero = byteAt(xZero, 0)
	}
	subtract(tensor.Data[int32](wide), x, 0, zero)
	weights := k.weights
	if weights == nil {
		t, err := c.Scratch(tensor.I32, w.Shape()...)
		if err != nil {
			return nil, nil, err
		}
		defer c.Release(t)
		subtractFeatureZeros(tensor.Data[int32](t), w, wZero)
		plain := conv.Plain(tensor.Data[int32](t))
		weights = &plain
	}
	y, err := c.Scratch(tensor.I32, image(p.Batch, p.Features, p.Dims)...)
	if err != nil {
		return nil, nil, err
	}
	conv.Run(c.Pool, p, tensor.Data[int32](wide), *weights, b, tensor.Data[int32](y))
	return y, p, nil
}

func checkFeatureZero(w, zero *tensor.Tensor) error {
	if zero != nil && zero.Len() != 1 && (zero.Rank() != 1 || zero.Dim(0) != w.Dim(0)) {
		return fmt.Errorf("input 3 (w_zero_point): got %v, want one element or one for each of %d features", zero, w.Dim(0))
	}
	return nil
}

// subtractFeatureZeros writes the weights less their zero points, of which
// there are none, one, or one for each feature.
func subtractFeatureZeros(dst []int32, w, zero *tensor.Tensor) {
	n := w.Dim(0)
	if n == 0 {
		return
	}
	inner := len(dst) / n
	for i := range n {
		var z int32
		if zero != nil {
			z = byteAt(zero, i%zero.Len())
		}
		subtract(dst[i*inner:(i+1)*inner], w, i*inner, z)
	}
}

// byteAt returns an element of an int8 or uint8 tensor.
func byteAt(t *tensor.Tensor, i int) int32 {
	if t.DType() == tensor.I8 {
		return int32(tensor.Data[int8](t)[i])
	}
	return int32(tensor.Data[uint8](t)[i])
}

// subtract writes the elements of t from at on, less zero.
func subtract(dst []int32, t *tensor.Tensor, at int, zero int32) {
	if t.DType() == tensor.I8 {
		for i, v := range tensor.Data[int8](t)[at : at+len(dst)] {
			dst[i] = int32(v) - zero
		}
		return
	}
	for i, v := range tensor.Data[uint8](t)[at : at+len(dst)] {
		dst[i] = int32(v) - zero
	}
}
