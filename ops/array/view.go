package array

import (
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// viewMemo is the shape of a view, worked out when the shape of the first input
// or the elements of the second, if there is one, are not those of the run
// before.
type viewMemo struct {
	in    tensor.Shape
	has   bool // a second input
	rank  int  // of it
	arg   []int64
	shape tensor.Shape // nil before the first run
}

// viewOf makes the first output the first input under the shape that resolve
// returns.
func viewOf(c *ops.Call, k interface {
	resolve(c *ops.Call) (tensor.Shape, error)
}) error {
	m, in := ops.Memo[viewMemo](c), c.Tensor(0).Shape()
	var arg []int64
	rank, t := 0, c.Tensor(1)
	if t != nil {
		if t.DType() != tensor.I64 {
			shape, err := k.resolve(c)
			if err != nil {
				return err
			}
			return view(c, shape)
		}
		arg, rank = tensor.Data[int64](t), t.Rank()
	}
	if m.shape == nil || !m.in.Equal(in) || m.has != (t != nil) || m.rank != rank || !slices.Equal(m.arg, arg) {
		m.shape = nil
		shape, err := k.resolve(c)
		if err != nil {
			return err
		}
		*m = viewMemo{in.Clone(), t != nil, rank, slices.Clone(arg), append(tensor.Shape{}, shape...)}
	}
	return view(c, m.shape)
}
