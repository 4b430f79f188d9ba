package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// FeatureVectorizer puts the columns of its inputs next to each other, as
// float32. Inputs that are wider than inputdimensions says are cut, narrower
// ones filled up with zeros.
var featureVectorizer1 = ops.Def{
	Domain: domain, Name: "FeatureVectorizer", Since: 1,
	Sig:   "X+:T1 -> Y:float32",
	Types: ops.Types{"T1": numbers},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &featureVectorizer{widths: n.Ints("inputdimensions")}
		if k.widths != nil && len(k.widths) != len(n.Inputs) {
			return nil, fmt.Errorf("attribute inputdimensions: got %d sizes, want %d, one for each input", len(k.widths), len(n.Inputs))
		}
		return k, nil
	},
}

type featureVectorizer struct{ widths []int }

func (k *featureVectorizer) Run(c *ops.Call) error {
	var rows, total int
	sizes := make([]int, c.NumInputs())
	for i := range sizes {
		x := c.Tensor(i)
		if x == nil || x.Rank() == 0 {
			return fmt.Errorf("input %d: got %s, want [N C] or [C]", i, tensor.Describe(c.Inputs[i]))
		}
		n := 1
		if x.Rank() > 1 {
			n = x.Dim(0)
		}
		if i == 0 {
			rows = n
		} else if n != rows {
			return fmt.Errorf("input %d: got %v, want %d rows as input 0 has", i, x, rows)
		}
		sizes[i] = widthOf(x)
		if k.widths != nil {
			sizes[i] = k.widths[i]
		}
		if total += sizes[i]; sizes[i] < 0 || total < 0 {
			return fmt.Errorf("attribute inputdimensions: %d is out of range", sizes[i])
		}
	}
	y, err := c.Output(0, tensor.F32, tensor.Shape{rows, total})
	if err != nil {
		return err
	}
	out := tensor.Data[float32](y)
	clear(out)
	at := 0
	for i, size := range sizes {
		x := c.Tensor(i)
		w, err := c.Scratch(tensor.F32, x.Shape()...)
		if err != nil {
			return err
		}
		if err := tensor.Convert(w, x, tensor.Conversion{}); err != nil {
			return err
		}
		src, f := tensor.Data[float32](w), widthOf(x)
		for r := range rows {
			copy(out[r*total+at:][:size], src[r*f:(r+1)*f])
		}
		c.Release(w)
		at += size
	}
	return nil
}

// widthOf returns how many elements a row of x has.
func widthOf(x *tensor.Tensor) int {
	if x.Rank() == 1 {
		return x.Dim(0)
	}
	return x.Shape().Span(1, x.Rank())
}
