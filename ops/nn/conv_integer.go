package nn

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/conv"
	"github.com/onnxrun/onnxrun/internal/kernel/igemm"
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
		return newConvInteger(n, n.Constant(1)), nil
	},
}

var byteTypes = tensor.SetOf(tensor.I8, tensor.U8)

type convInteger struct {
	window window.Attrs
	group  int
	filter *igemm.Filter // the weights where they are constant
}

// newConvInteger packs constant weights, unless they are wrong, which Run
// reports.
func newConvInteger(n *ops.Node, w *tensor.Tensor) *convInteger {
	k := &convInteger{window: readWindow(n), group: n.Int("group", 1)}
	if w != nil && w.Rank() >= 3 && w.Len() > 0 {
		k.filter = filterOf(w)
	}
	return k
}

func filterOf(w *tensor.Tensor) *igemm.Filter {
	return igemm.NewFilter(w.Dim(0), w.Shape().Span(1, w.Rank()), w.Bytes(), w.DType() == tensor.I8)
}

func (k *convInteger) Run(c *ops.Call) error {
	v := ops.Memo[byteConvolution](c)
	if err := k.check(v, c.Tensor(0), c.Tensor(1), c.Tensor(2), c.Tensor(3), nil); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.I32, v.shape)
	if err != nil || y.Len() == 0 {
		return err
	}
	defer v.forget()
	done, err := k.fast(c, v, func(at, ld int) igemm.Output {
		v.ints = igemm.Ints{C: tensor.Data[int32](y)[at:], Ld: ld}
		return &v.ints
	})
	if err != nil || done {
		return err
	}
	return k.sums(c, v, tensor.Data[int32](y))
}

// byteConvolution is one call, and what it keeps for the next with the same
// shapes.
type byteConvolution struct {
	conv.Params
	shape              tensor.Shape // of the result
	x, w, xZero, wZero *tensor.Tensor
	bias               []int32 // or nil

	xShape, wShape tensor.Shape // that what follows is for
	plan           igemm.Conv
	planned        bool // the plan has been made, if laidOut says that it can be
	laidOut        bool
	zeros          []int32
	multipliers    []float32
	ints           igemm.Ints
	bytes          igemm.Bytes
	scratch        [1]int // a shape
}

// check fills v, unless inputs are wrong.
func (k *convInteger) check(v *byteConvolution, x, w, xZero, wZero, bias *tensor.Tensor) error {
	if xZero != nil && xZero.Len() != 1 {
		return fmt.Errorf("input 2 (x_zero_point): got %v, want one element", xZero)
	}
	if !v.xShape.Equal(x.Shape()) || !v.wShape.Equal(w.Shape()) || v.shape == nil {
		if err := k.resolve(v, x, w); err != nil {
			return err
		}
	}
	if err := checkFeatureZero(w, wZero); err != nil {
		return err
	}
	v.x, v.w, v.xZero, v.wZero, v.bias = x, w, xZero, wZero, nil
	if bias != nil {
		if err := checkBias(8, bias, v.Features); err != nil {
			return err
		}
		v.bias = tensor.Data[int32](bias)
	}
	return nil
}

// resolve works out what depends on shapes alone.
func (k *convInteger) resolve(v *byteConvolution, x, w *tensor.Tensor) error {
	v.shape = nil
	in, err := spatial("x", 0, x)
	if err != nil {
		return err
	}
	if err := checkWeights(x, w, k.group); err != nil {
		return err
	}
	v.Params = conv.Params{Batch: x.Dim(0), Channels: x.Dim(1), Features: w.Dim(0), Group: k.group}
	if v.Dims, err = k.window.Resolve(in, w.Shape()[2:]); err != nil {
		return err
	}
	v.plan = igemm.Conv{Channels: v.Channels, Features: v.Features, Group: v.Group, Dims: v.Dims}
	v.planned = false
	v.xShape, v.wShape = x.Shape().Clone(), w.Shape().Clone()
	v.shape = image(v.Batch, v.Features, v.Dims)
	return nil
}

// forget lets go of the tensors of a call.
func (v *byteConvolution) forget() {
	v.x, v.w, v.xZero, v.wZero, v.bias = nil, nil, nil, nil, nil
	v.ints, v.bytes = igemm.Ints{}, igemm.Bytes{}
}

// fast convolves bytes as they are where the windows can be laid out, and
// reports whether it has. out returns what takes an image of the result that
// begins at an element of it, with features so far apart.
func (k *convInteger) fast(c *ops.Call, v *byteConvolution, out func(at, ld int) igemm.Output) (bool, error) {
	if !v.planned {
		// The result's memory was there for the asking, so that this is no more.
		v.laidOut, v.planned = v.Channels > 0 && v.plan.Plan(), true
	}
	if !v.laidOut {
		return false, nil
	}
	q := &v.plan
	v.scratch[0] = q.Scratch()
	scratch, err := c.Scratch(tensor.U8, v.scratch[:]...)
	if err != nil {
		return false, err
	}
	defer c.Release(scratch)
	filter := k.filter
	if filter == nil {
		filter = filterOf(v.w)
	}
	var zero int32
	if v.xZero != nil {
		zero = byteAt(v.xZero, 0)
	}
	var zeros []int32
	if v.wZero != nil {
		v.zeros = ops.Sized(v.zeros, v.wZero.Len())
		zeros = v.zeros
		for i := range zeros {
			zeros[i] = byteAt(v.wZero, i)
		}
	}
	in, plane := v.Channels*window.Volume(v.Dims, window.In), window.Volume(v.Dims, window.Out)
	x, signed := v.x.Bytes(), v.x.DType() == tensor.I8
	for b := range v.Batch {
		q.Run(c.Pool, x[b*in:(b+1)*in], signed, zero, filter, zeros, out(b*v.Features*plane, plane), scratch.Bytes())
	}
	return true, nil
}

// sums convolves integers, plus the bias if there is one.
func (k *convInteger) sums(c *ops.Call, v *byteConvolution, y []int32) error {
	wide, err := c.Scratch(tensor.I32, v.x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(wide)
	var zero int32
	if v.xZero != nil {
		zero = byteAt(v.xZero, 0)
	}
	subtract(tensor.Data[int32](wide), v.x, 0, zero)
	weights, err := c.Scratch(tensor.I32, v.w.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(weights)
	subtractFeatureZeros(tensor.Data[int32](weights), v.w, v.wZero)
	conv.Run(c.Pool, &v.Params, tensor.Data[int32](wide), conv.Plain(tensor.Data[int32](weights)), v.bias, y)
	return nil
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
