package generator

import (
	"fmt"
	"math"
	"sort"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Multinomial draws outcomes for each row of unnormalized log-probabilities.
var multinomial7 = ops.Def{
	Name: "Multinomial", Since: 7,
	Sig:   "input:T1 -> output:T2",
	Types: ops.Types{"T1": ops.Floats, "T2": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		to, err := typeAttr(n, tensor.I32, ops.Indices)
		return multinomial{newSeed(n), to, n.Int("sample_size", 1)}, err
	},
}

type multinomial struct {
	seed
	to      tensor.DType
	samples int
}

func (k multinomial) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() != 2 {
		return fmt.Errorf("input 0 (input): got %v, want [batch, class]", x)
	}
	rows, classes := x.Dim(0), x.Dim(1)
	if classes == 0 && rows > 0 {
		return fmt.Errorf("input 0 (input): %v has no outcomes to choose from", x)
	}
	y, err := c.Output(0, k.to, tensor.Shape{rows, k.samples})
	if err != nil {
		return fmt.Errorf("attribute sample_size %d: %w", k.samples, err)
	}
	// p becomes the running sums of the probabilities, times a factor.
	p, err := c.Scratch(tensor.F64, rows, classes)
	if err != nil {
		return err
	}
	defer c.Release(p)
	if err := tensor.Convert(p, x, tensor.Conversion{}); err != nil {
		return err
	}
	s := k.source()
	for i := range rows {
		sums := tensor.Data[float64](p)[i*classes : (i+1)*classes]
		if err := runningSums(sums); err != nil {
			return fmt.Errorf("input 0 (input): row %d: %w", i, err)
		}
		for j := range k.samples {
			// The first sum beyond the number: an outcome of probability 0
			// adds nothing to its sum and is never the first.
			u := s.Float64() * sums[classes-1]
			at := min(sort.Search(classes, func(i int) bool { return sums[i] > u }), classes-1)
			if k.to == tensor.I32 {
				tensor.Data[int32](y)[i*k.samples+j] = int32(at)
			} else {
				tensor.Data[int64](y)[i*k.samples+j] = int64(at)
			}
		}
	}
	return nil
}

// runningSums replaces log-probabilities by the sums of the probabilities up
// to each, scaled such that the largest probability is 1.
func runningSums(p []float64) error {
	top := math.Inf(-1)
	for _, v := range p {
		if v != v {
			return fmt.Errorf("a log-probability is NaN")
		}
		top = max(top, v)
	}
	if math.IsInf(top, 0) {
		return fmt.Errorf("the largest log-probability is %v", top)
	}
	sum := 0.0
	for i, v := range p {
		sum += math.Exp(v - top)
		p[i] = sum
	}
	return nil
}
