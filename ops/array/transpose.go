package array

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Transpose permutes the dimensions; without perm it reverses them.
var transpose1 = ops.Def{
	Name: "Transpose", Since: 1,
	Sig: "data:T -> transposed:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		perm := n.Ints("perm")
		for i := range perm {
			if !slices.Contains(perm, i) {
				return nil, fmt.Errorf("attribute perm: %v is no permutation of the dimensions", perm)
			}
		}
		return transpose{perm}, nil
	},
}

type transpose struct{ perm []int } // nil reverses

func (k transpose) Run(c *ops.Call) error {
	x, perm := c.Tensor(0), k.perm
	if perm == nil {
		for i := x.Rank() - 1; i >= 0; i-- {
			perm = append(perm, i)
		}
	}
	if len(perm) != x.Rank() {
		return fmt.Errorf("attribute perm: got %v, want a permutation of the %d dimensions of %v", perm, x.Rank(), x)
	}
	shape := make(tensor.Shape, len(perm))
	for i, p := range perm {
		shape[i] = x.Dim(p)
	}
	if keepsOrder(x.Shape(), perm) {
		return view(c, shape)
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	copyTo(c, y, x, move.Transpose(x.Shape(), perm))
	return nil
}

// keepsOrder reports whether only dimensions of size 1 change places, so that
// the elements stay where they are.
func keepsOrder(shape tensor.Shape, perm []int) bool {
	last := -1
	for _, p := range perm {
		if shape[p] == 1 {
			continue
		}
		if p < last {
			return false
		}
		last = p
	}
	return true
}
