package ml

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ArrayFeatureExtractor picks entries of the last dimension. A vector gives a
// matrix of one row.
var arrayFeatureExtractor1 = ops.Def{
	Domain: domain, Name: "ArrayFeatureExtractor", Since: 1,
	Sig:   "X:T, Y:int64 -> Z:T",
	Types: ops.Types{"T": numbers | ops.String},
	New:   func(n *ops.Node) (ops.Kernel, error) { return ops.Func(arrayFeatureExtractor), nil },
}

func arrayFeatureExtractor(c *ops.Call) error {
	x, indices := c.Tensor(0), tensor.Data[int64](c.Tensor(1))
	if x.Rank() == 0 {
		return fmt.Errorf("input 0 (X): got %v, want at least one dimension", x)
	}
	last := x.Rank() - 1
	f := x.Dim(last)
	for _, i := range indices {
		if i < 0 || i >= int64(f) {
			return fmt.Errorf("input 1 (Y): index %d is outside of [0, %d]", i, f-1)
		}
	}
	shape := slices.Clone(x.Shape())
	shape[last] = len(indices)
	if last == 0 {
		shape = tensor.Shape{1, len(indices)}
	}
	z, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	rows := x.Shape().Span(0, last)
	switch x.DType().Size() {
	case 0:
		extract(tensor.Data[string](z), tensor.Data[string](x), rows, f, indices)
	case 4:
		extract(words[uint32](z, tensor.U32), words[uint32](x, tensor.U32), rows, f, indices)
	case 8:
		extract(words[uint64](z, tensor.U64), words[uint64](x, tensor.U64), rows, f, indices)
	}
	return nil
}

// words returns the elements of t as those of a type of the same size.
func words[T tensor.Element](t *tensor.Tensor, d tensor.DType) []T {
	v, err := t.Reinterpret(d)
	if err != nil {
		panic(err)
	}
	return tensor.Data[T](v)
}

func extract[T any](z, x []T, rows, f int, indices []int64) {
	for r := range rows {
		row, out := x[r*f:(r+1)*f], z[r*len(indices):(r+1)*len(indices)]
		for j, i := range indices {
			out[j] = row[i]
		}
	}
}
