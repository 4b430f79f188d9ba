// Package training holds the optimizers of the domain
// ai.onnx.preview.training. Each updates any number of variables at once.
package training

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

const domain = "ai.onnx.preview.training"

// Defs are the operators of this category.
var Defs = []ops.Def{
	adagrad1,
	adam1,
	gradient1,
	momentum1,
}

var floats = tensor.SetOf(tensor.F32, tensor.F64)

// signature is that of all optimizers: the variables, then their gradients and
// what the method remembers, each as many, and out the new variables and
// memories. Variables need not be of one type.
const signature = "R:T1, T:int64, inputs+:any -> outputs+:any"

var types = ops.Types{"T1": floats}

// optimizer updates one variable: in is [X, G, memories…], out [X, memories…].
// The tensors are of one type and shape. t is the update count.
type optimizer func(rate float64, t int64, in, out []*tensor.Tensor, lo, hi int)

// kernel runs an optimizer with a number of memories for each variable.
type kernel struct {
	memories int
	step     optimizer
}

func (k *kernel) Run(c *ops.Call) error {
	rate, t := c.Tensor(0), c.Tensor(1)
	if rate.Len() != 1 || t.Len() != 1 {
		return fmt.Errorf("inputs 0 (R) and 1 (T): got %v and %v, want scalars", rate, t)
	}
	r := 0.0
	if rate.DType() == tensor.F32 {
		r = float64(tensor.Data[float32](rate)[0])
	} else {
		r = tensor.Data[float64](rate)[0]
	}
	group := 2 + k.memories
	if (c.NumInputs()-2)%group != 0 {
		return fmt.Errorf("got %d inputs after R and T, want %d for each variable", c.NumInputs()-2, group)
	}
	n := (c.NumInputs() - 2) / group
	if want := n * (group - 1); len(c.Outputs) != want {
		return fmt.Errorf("got %d outputs, want %d for %d variables", len(c.Outputs), want, n)
	}
	for v := range n {
		in, out := make([]*tensor.Tensor, group), make([]*tensor.Tensor, group-1)
		for i := range in {
			at := 2 + i*n + v
			x, ok := c.Inputs[at].(*tensor.Tensor)
			if !ok || !floats.Has(x.DType()) {
				return fmt.Errorf("input %d: got %s, want a tensor of float32 or float64", at, tensor.Describe(c.Inputs[at]))
			}
			if in[i] = x; x.DType() != in[0].DType() || !x.Shape().Equal(in[0].Shape()) {
				return fmt.Errorf("input %d: got %v, want %v as the variable, input %d", at, x, in[0], 2+v)
			}
		}
		for i := range out {
			var err error
			if out[i], err = c.Output(i*n+v, in[0].DType(), in[0].Shape()); err != nil {
				return err
			}
		}
		c.Pool.For(in[0].Len(), 4096, func(lo, hi int) {
			k.step(r, tensor.Data[int64](t)[0], in, out, lo, hi)
		})
	}
	return nil
}

// part returns elements of a tensor.
func part[T float32 | float64](t *tensor.Tensor, lo, hi int) []T {
	return tensor.Data[T](t)[lo:hi]
}
