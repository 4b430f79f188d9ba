package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/nn"
	"github.com/onnxrun/onnxrun/tensor"
)

// NhwcMaxPool is the standard's MaxPool of images whose channels are the last
// dimension.
var nhwcMaxPool1 = ops.Def{
	Domain: domain, Name: "NhwcMaxPool", Since: 1,
	Sig:   "x:T -> y:T",
	Types: ops.Types{"T": tensor.SetOf(tensor.I8, tensor.U8)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		inner, err := maxPool(n)
		return nhwcMaxPool{inner}, err
	},
}

var maxPool = standard(nn.Defs, "MaxPool", 1)

type nhwcMaxPool struct{ inner ops.Kernel }

func (k nhwcMaxPool) Run(c *ops.Call) error {
	x := c.Tensor(0)
	r := x.Rank()
	if r < 3 {
		return fmt.Errorf("input 0 (x): got %v, want 3 dimensions or more", x)
	}
	first, last := make([]int, r), make([]int, r) // permutations that bring the channels there
	shape := make([]int, r)
	for i := range r {
		first[i], last[i] = i-1, i+1
	}
	first[0], first[1], last[0], last[r-1] = 0, r-1, 0, 1
	for i, p := range first {
		shape[i] = x.Dim(p)
	}
	planes, err := c.Scratch(x.DType(), shape...)
	if err != nil {
		return err
	}
	defer c.Release(planes)
	move.Bytes(c.Pool, planes.Bytes(), x.Bytes(), 1, move.Transpose(x.Shape(), first))

	call := *c
	call.Inputs, call.Outputs = []tensor.Value{planes}, make([]tensor.Value, 1)
	call.Last, call.Wanted = nil, nil
	if err := k.inner.Run(&call); err != nil {
		return err
	}
	pooled := call.Outputs[0].(*tensor.Tensor)
	defer c.Release(pooled)
	for i, p := range last {
		shape[i] = pooled.Dim(p)
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	move.Bytes(c.Pool, y.Bytes(), pooled.Bytes(), 1, move.Transpose(pooled.Shape(), last))
	return nil
}
