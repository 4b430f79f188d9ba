package math

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// NegativeLogLikelihoodLoss picks from log-probabilities [N, C, d…] those of
// the targets [N, d…], weighs and negates them, and adds them up or averages
// them; a target of ignore_index counts as nothing.
var negativeLogLikelihoodLoss12 = ops.Def{
	Name: "NegativeLogLikelihoodLoss", Since: 12,
	Sig:   "input:T, target:Tind, weight?:T -> loss:T",
	Types: ops.Types{"T": ops.Floats, "Tind": ops.Indices},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := newLoss(n)
		return ops.Func(func(c *ops.Call) error {
			if c.Tensor(0).DType() == tensor.F32 {
				return runLoss[float32](c, k, nil)
			}
			return runLoss[float64](c, k, nil)
		}), nil
	}),
}

// loss is what NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss share.
type loss struct {
	reduction string
	ignores   bool // some target is ignored: that of number ignore
	ignore    int
}

func newLoss(n *ops.Node) *loss {
	return &loss{n.Enum("reduction", "mean", "sum", "none"), n.Has("ignore_index"), n.Int("ignore_index", 0)}
}

// check compares shapes: the inputs are [outer, classes, inner] and
// [outer, inner].
func (k *loss) check(c *ops.Call) (outer, classes, inner int, err error) {
	x, target, weight := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	r := x.Rank()
	if r < 2 {
		return 0, 0, 0, fmt.Errorf("input 0: got %v, want [N, C, …]", x)
	}
	outer, classes, inner = x.Dim(0), x.Dim(1), x.Shape().Span(2, r)
	want := append(tensor.Shape{outer}, x.Shape()[2:]...)
	if !target.Shape().Equal(want) {
		return 0, 0, 0, fmt.Errorf("input 1: got %v, want shape %v for %v of input 0", target, want, x)
	}
	if weight != nil && (weight.Rank() != 1 || weight.Len() != classes) {
		return 0, 0, 0, fmt.Errorf("input 2: got %v, want one element for each of %d classes", weight, classes)
	}
	return outer, classes, inner, nil
}

// runLoss computes output 0. Of logits that are not normalized yet, lse, of the
// target's shape, is what makes them log-probabilities when subtracted.
func runLoss[T float](c *ops.Call, k *loss, lse []float64) error {
	outer, classes, inner, err := k.check(c)
	if err != nil {
		return err
	}
	x := tensor.Data[T](c.Tensor(0))
	target := c.Tensor(1)
	var weight []T
	if c.Has(2) {
		weight = tensor.Data[T](c.Tensor(2))
	}
	shape := tensor.Shape{}
	if k.reduction == "none" {
		shape = target.Shape()
	}
	y, err := c.Output(0, c.Tensor(0).DType(), shape)
	if err != nil {
		return err
	}
	dst := tensor.Data[T](y)
	var sum, low, total float64
	for i := range outer * inner {
		t := intAt(target, i)
		v, w := 0.0, 0.0
		switch {
		case k.ignores && t == int64(k.ignore):
		case t < 0 || t >= int64(classes):
			return fmt.Errorf("input 1: element %d is %d, want a class of [0, %d]", i, t, classes-1)
		default:
			v = -float64(x[(i/inner*classes+int(t))*inner+i%inner])
			if lse != nil {
				v += lse[i]
			}
			w = 1
			if weight != nil {
				w = float64(weight[t])
				v *= w
			}
		}
		if k.reduction == "none" {
			dst[i] = T(v)
			continue
		}
		sum, low = vec.AddTwofold(sum, low, v)
		total += w
	}
	switch k.reduction {
	case "sum":
		dst[0] = T(sum + low)
	case "mean":
		dst[0] = T((sum + low) / total)
	}
	return nil
}

func intAt(t *tensor.Tensor, i int) int64 {
	if t.DType() == tensor.I32 {
		return int64(tensor.Data[int32](t)[i])
	}
	return tensor.Data[int64](t)[i]
}
