package normalization

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MeanVarianceNormalization standardizes over the given axes, all if there are
// none. What keeps it from dividing by 0 is 1e-9, added to the deviation.
//
// Before version 9 it was an experiment of the standard: over the batch and the
// spatial axes, with across_channels over the channels too, and without
// normalize_variance no more than the mean goes.
var meanVarianceNormalization1 = ops.Def{
	Name: "MeanVarianceNormalization", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := meanVarianceNorm{from: 2, meanOnly: !n.Bool("normalize_variance", true)}
		if n.Bool("across_channels", false) {
			k.from = 1
		}
		return k, nil
	},
	Reuse: ops.Elementwise(1),
}

var meanVarianceNormalization9 = ops.Def{
	Name: "MeanVarianceNormalization", Since: 9,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return meanVarianceNorm{axes: n.Ints("axes", 0, 2, 3)}, nil
	},
	Reuse: ops.Elementwise(1),
}

type meanVarianceNorm struct {
	axes     []int
	from     int // where it is not 0: the axes are 0, this and those that follow
	meanOnly bool
}

func (k meanVarianceNorm) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if k.from >= x.Rank() {
		return fmt.Errorf("input 0 (X): got %v, want more than %d dimensions", x, k.from)
	}
	axes, err := ops.NormAxes(x.Shape(), k.axes)
	if err != nil {
		return err
	}
	reduced := make([]bool, x.Rank())
	for i := range reduced {
		reduced[i] = len(axes) == 0 && (i == 0 || i >= k.from)
	}
	for _, a := range axes {
		reduced[a] = true
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil || x.Len() == 0 {
		return err
	}
	g := norm.GroupsOf(x.Shape(), reduced)
	mem := pad{c: c}
	defer mem.release()
	work, err := scratch[float64](&mem, 2*g.Len())
	if err != nil {
		return err
	}
	mean, a := work[:g.Len()], work[g.Len():]
	groupMoments(c, x, &g, mean, a)
	for i, v := range a {
		a[i] = 1 / (math.Sqrt(v) + 1e-9)
		if k.meanOnly {
			a[i] = 1
		}
	}
	switch x.DType() {
	case tensor.F32:
		standardize[float32, float32](c, y, x, &g, mean, a)
	case tensor.F64:
		standardize[float64, float64](c, y, x, &g, mean, a)
	case tensor.F16:
		standardize[tensor.Float16, float32](c, y, x, &g, mean, a)
	case tensor.BF16:
		standardize[tensor.BFloat16, float32](c, y, x, &g, mean, a)
	}
	return nil
}

func standardize[T norm.Elem, W norm.Float](c *ops.Call, y, x *tensor.Tensor, g *norm.Groups, mean, a []float64) {
	norm.Standardize[T, W](c.Pool, tensor.Data[T](y), tensor.Data[T](x), g, mean, a)
}
