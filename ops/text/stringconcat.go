package text

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// StringConcat puts the strings of Y behind those of X, with broadcasting.
var stringConcat20 = ops.Def{
	Name: "StringConcat", Since: 20,
	Sig: "X:string, Y:string -> Z:string",
	New: func(n *ops.Node) (ops.Kernel, error) { return ops.Func(stringConcat), nil },
}

func stringConcat(c *ops.Call) error {
	x, y := c.Tensor(0), c.Tensor(1)
	shape, err := tensor.Broadcast(x.Shape(), y.Shape())
	if err != nil {
		return err
	}
	z, err := c.Output(0, tensor.Str, shape)
	if err != nil {
		return err
	}
	a, b, out := tensor.Data[string](x), tensor.Data[string](y), tensor.Data[string](z)
	if x.Shape().Equal(y.Shape()) {
		for i := range out {
			out[i] = a[i] + b[i]
		}
		return nil
	}
	stepA, stepB := steps(x.Shape(), shape), steps(y.Shape(), shape)
	at := make([]int, len(shape))
	var i, j int
	for k := range out {
		out[k] = a[i] + b[j]
		for d := len(shape) - 1; d >= 0; d-- {
			at[d]++
			i, j = i+stepA[d], j+stepB[d]
			if at[d] < shape[d] {
				break
			}
			i, j = i-at[d]*stepA[d], j-at[d]*stepB[d]
			at[d] = 0
		}
	}
	return nil
}

// steps returns how far the elements of a tensor of the shape are apart along
// each dimension of the shape that it is broadcast to.
func steps(s, to tensor.Shape) []int {
	strides, out := s.Strides(), make([]int, len(to))
	for d, size := range s {
		if size != 1 {
			out[d+len(to)-len(s)] = strides[d]
		}
	}
	return out
}
