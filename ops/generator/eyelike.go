package generator

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// EyeLike makes a matrix of the input's shape with ones on the k-th diagonal
// above the main one, and zeros elsewhere.
var eyeLike9 = ops.Def{
	Name: "EyeLike", Since: 9,
	Sig:   "input:T1 -> output:T2",
	Types: ops.Types{"T1": ops.Numeric | ops.Bool, "T2": ops.Numeric | ops.Bool},
	New: func(n *ops.Node) (ops.Kernel, error) {
		to, err := typeAttr(n, tensor.Undefined, ops.Numeric|ops.Bool)
		return eyeLike{to, n.Int("k", 0)}, err
	},
}

type eyeLike struct {
	to tensor.DType // Undefined where the input's is meant
	k  int
}

func (e eyeLike) Run(c *ops.Call) error {
	x, d := c.Tensor(0), e.to
	if x.Rank() != 2 {
		return fmt.Errorf("input 0 (input): got %v, want a matrix", x)
	}
	if d == tensor.Undefined {
		d = x.DType()
	}
	y, err := c.Output(0, d, x.Shape())
	if err != nil {
		return err
	}
	one, err := tensor.New(d, tensor.Shape{1})
	if err != nil {
		return err
	}
	if err := tensor.Convert(one, tensor.Of(tensor.Shape{1}, uint8(1)), tensor.Conversion{}); err != nil {
		return err
	}
	b, size := y.Bytes(), d.Size()
	clear(b)
	rows, cols := x.Dim(0), x.Dim(1)
	k := min(max(e.k, -rows), cols)
	for i := max(0, -k); i < rows && i+k < cols; i++ {
		copy(b[(i*cols+i+k)*size:], one.Bytes())
	}
	return nil
}
