package nn

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/window"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MaxUnpool puts the elements of a pooled image back to where MaxPool says
// that they were. The indices count in the image that the attributes imply;
// output_shape may surround that with more zeros.
var maxUnpool9 = ops.Def{
	Name: "MaxUnpool", Since: 9,
	Sig: "X:T1, I:int64, output_shape?:int64 -> output:T1", Types: ops.Types{"T1": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := maxUnpool{window.Attrs{Kernel: n.RequiredInts("kernel_shape"), Strides: n.Ints("strides"), Pads: n.Ints("pads")}}
		return k, nil
	},
}

type maxUnpool struct{ window window.Attrs }

func (k maxUnpool) Run(c *ops.Call) error {
	x, index := c.Tensor(0), c.Tensor(1)
	in, err := spatial("X", 0, x)
	if err != nil {
		return err
	}
	if !index.Shape().Equal(x.Shape()) {
		return fmt.Errorf("input 1 (I): got %v, want the shape %v of input 0 (X)", index, x.Shape())
	}
	// The pooled image is what a transposed convolution takes as its input.
	dims, err := k.window.ResolveTransposed(in, nil, nil, nil)
	if err != nil {
		return err
	}
	shape := slices.Clone(x.Shape()[:2])
	for i := range dims {
		shape = append(shape, dims[i].In)
	}
	full := shape
	if t := c.Tensor(2); t != nil {
		l, err := ops.IntsOf(t)
		if err != nil {
			return fmt.Errorf("input 2 (output_shape): %w", err)
		}
		if len(l) != len(shape) {
			return fmt.Errorf("input 2 (output_shape): got %v, want %d values", l, len(shape))
		}
		for i, d := range l {
			if d < shape[i] {
				return fmt.Errorf("input 2 (output_shape): got %v, want at least %v", l, shape)
			}
		}
		full = l
	}
	y, err := c.Output(0, x.DType(), full)
	if err != nil {
		return err
	}
	clear(y.Bytes())
	if x.Len() == 0 {
		return nil
	}
	size := x.DType().Size()
	if full.Equal(shape) {
		return unpool(y.Bytes(), x.Bytes(), tensor.Data[int64](index), shape.Len(), size, nil)
	}
	// Where each dimension of the implied image starts in the larger one.
	strides := full.Strides()
	place := func(i int) int {
		at := 0
		for d := len(shape) - 1; d >= 0; d-- {
			at += i % shape[d] * strides[d]
			i /= shape[d]
		}
		return at
	}
	return unpool(y.Bytes(), x.Bytes(), tensor.Data[int64](index), shape.Len(), size, place)
}

// unpool copies elements of size bytes to their indices in an image of n, as
// far as place, if there is one, does not move them.
func unpool(dst, src []byte, index []int64, n, size int, place func(int) int) error {
	for i, p := range index {
		if p < 0 || p >= int64(n) {
			return fmt.Errorf("input 1 (I): index %d is outside of [0, %d]", p, n-1)
		}
		at := int(p)
		if place != nil {
			at = place(at)
		}
		copy(dst[at*size:(at+1)*size], src[i*size:])
	}
	return nil
}
