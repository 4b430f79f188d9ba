package ml

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// OneHotEncoder gives every element a vector with a 1 at its category. Numbers
// are cut to integers first.
var oneHotEncoder1 = ops.Def{
	Domain: domain, Name: "OneHotEncoder", Since: 1,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": numbers | ops.String},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &oneHotEncoder{zeros: n.Bool("zeros", true)}
		if err := only(n, "cats_int64s", "cats_strings"); err != nil {
			return nil, err
		}
		if l := n.Strings("cats_strings"); l != nil {
			k.strs, k.categories = make(map[string]int32, len(l)), len(l)
			fill(k.strs, l, true)
			return k, nil
		}
		l := int64s(n.Ints("cats_int64s"))
		k.ints, k.categories = make(map[int64]int32, len(l)), len(l)
		fill(k.ints, l, true)
		return k, nil
	},
}

type oneHotEncoder struct {
	strs       map[string]int32 // one of the two is set
	ints       map[int64]int32
	categories int
	zeros      bool // unknown elements get a vector of zeros, else they are an error
}

func (k *oneHotEncoder) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if (x.DType() == tensor.Str) != (k.strs != nil) {
		return fmt.Errorf("input 0 (X): got %v, but the categories are of another type", x)
	}
	y, err := c.Output(0, tensor.F32, append(slices.Clone(x.Shape()), k.categories))
	if err != nil {
		return err
	}
	out := tensor.Data[float32](y)
	clear(out)
	if k.strs != nil {
		return oneHot(out, tensor.Data[string](x), k.strs, k)
	}
	w, err := c.Scratch(tensor.I64, x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(w)
	if err := tensor.Convert(w, x, tensor.Conversion{}); err != nil {
		return err
	}
	return oneHot(out, tensor.Data[int64](w), k.ints, k)
}

func oneHot[T comparable](y []float32, x []T, categories map[T]int32, k *oneHotEncoder) error {
	for i, v := range x {
		if p, ok := categories[v]; ok {
			y[i*k.categories+int(p)] = 1
		} else if !k.zeros {
			return fmt.Errorf("input 0 (X): element %d is %v, which is no category", i, v)
		}
	}
	return nil
}
