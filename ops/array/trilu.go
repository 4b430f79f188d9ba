package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Trilu keeps the upper or lower triangle of matrices, from the k-th diagonal
// above the main one on, and sets the rest to zero.
var trilu14 = ops.Def{
	Name: "Trilu", Since: 14,
	Sig: "input:T, k?:int64 -> output:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return trilu{n.Bool("upper", true)}, nil
	},
	Reuse: ops.Elementwise(1),
}

type trilu struct{ upper bool }

func (t trilu) Run(c *ops.Call) error {
	x, k := c.Tensor(0), 0
	if x.Rank() < 2 {
		return fmt.Errorf("input 0 (input): got %v, want a matrix or a batch of them", x)
	}
	rows, cols := x.Dim(x.Rank()-2), x.Dim(x.Rank()-1)
	if c.Has(1) {
		l, err := intsInput(c, 1, "k")
		if err != nil {
			return err
		}
		if len(l) != 1 {
			return fmt.Errorf("input 1 (k): got %v, want one number", c.Tensor(1))
		}
		k = min(max(l[0], -rows-1), cols+1)
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	if x.DType() == tensor.Str {
		move.Triangle(c.Pool, tensor.Data[string](y), tensor.Data[string](x), rows, cols, 1, k, t.upper)
	} else {
		move.Triangle(c.Pool, y.Bytes(), x.Bytes(), rows, cols, x.DType().Size(), k, t.upper)
	}
	return nil
}
