package normalization

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// BatchNormalization brings each channel to the given mean and variance or, in
// training, to those of the batch. Training is what is_test does not deny up to
// version 6, what more outputs than Y ask for up to version 9, and training_mode
// from 14 on. Variances are those of the population, also the running ones.
var batchNormalization1 = ops.Def{
	Name: "BatchNormalization", Since: 1,
	Sig:   "X:T, scale:T, B:T, mean:T, var:T -> Y:T, mean?:T, var?:T, saved_mean?:T, saved_var?:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		return newBatchNorm(n, !n.Bool("is_test", false), n.Bool("spatial", true)), nil
	},
	Reuse: ops.Elementwise(1),
}

var batchNormalization7 = ops.Def{
	Name: "BatchNormalization", Since: 7,
	Sig:   "X:T, scale:T, B:T, mean:T, var:T -> Y:T, mean?:T, var?:T, saved_mean?:T, saved_var?:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newBatchNorm(n, hasStatistics(n), n.Bool("spatial", true)), nil
	},
	Reuse: ops.Elementwise(1),
}

var batchNormalization9 = ops.Def{
	Name: "BatchNormalization", Since: 9,
	Sig:   "X:T, scale:T, B:T, mean:T, var:T -> Y:T, mean?:T, var?:T, saved_mean?:T, saved_var?:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newBatchNorm(n, hasStatistics(n), true), nil
	},
	Reuse: ops.Elementwise(1),
}

var batchNormalization14 = ops.Def{
	Name: "BatchNormalization", Since: 14,
	Sig:   "X:T, scale:T1, B:T1, input_mean:T2, input_var:T2 -> Y:T, running_mean?:T2, running_var?:T2",
	Types: ops.Types{"T": ops.Floats, "T1": ops.Floats, "T2": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		training := n.Bool("training_mode", false)
		if !training && (n.HasOutput(1) || n.HasOutput(2)) {
			return nil, fmt.Errorf("outputs 1 (running_mean) and 2 (running_var) exist only with training_mode=1")
		}
		return newBatchNorm(n, training, true), nil
	},
	Reuse: ops.Elementwise(1),
}

func hasStatistics(n *ops.Node) bool {
	return n.HasOutput(1) || n.HasOutput(2) || n.HasOutput(3) || n.HasOutput(4)
}

type batchNorm struct {
	eps, momentum float64
	training      bool
	spatial       bool // one mean for each channel; otherwise one for each element of an instance

	fixed *batchParams // from constant inputs
}

// batchParams says that y = (x - mean)·a + b for each channel.
type batchParams struct{ mean, a, b []float64 }

func newBatchNorm(n *ops.Node, training, spatial bool) *batchNorm {
	k := &batchNorm{
		eps:      float64(n.Float("epsilon", 1e-5)),
		momentum: float64(n.Float("momentum", 0.9)),
		training: training, spatial: spatial,
	}
	var in [5]*tensor.Tensor
	for i := 1; i < len(in); i++ {
		in[i] = n.Constant(i)
		if training || in[i] == nil || in[i].Len() != in[1].Len() {
			return k
		}
	}
	p := &batchParams{}
	for i, dst := range []*[]float64{nil, &p.a, &p.b, &p.mean} {
		if dst != nil {
			*dst = make([]float64, in[i].Len())
			fill(*dst, in[i])
		}
	}
	variance := make([]float64, len(p.a))
	fill(variance, in[4])
	for i, v := range variance {
		p.a[i] /= math.Sqrt(v + k.eps)
	}
	k.fixed = p
	return k
}

func (k *batchNorm) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() == 0 {
		return fmt.Errorf("input 0 (X): got %v, want at least one dimension", x)
	}
	// The array is [batch, channels, inner].
	batch, channels, inner := x.Dim(0), 1, 1
	if x.Rank() > 1 {
		channels, inner = x.Dim(1), x.Shape().Span(2, x.Rank())
	}
	if !k.spatial {
		channels, inner = channels*inner, 1
	}
	for i, name := range [...]string{1: "scale", 2: "B", 3: "mean", 4: "var"} {
		if i > 0 {
			if err := wantLen(c.Tensor(i), i, name, channels); err != nil {
				return err
			}
		}
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	if !k.training {
		// Running statistics stay what they are.
		for i := 1; i <= 4; i++ {
			if c.Wants(i) {
				c.SetOutput(i, c.Tensor(3+(i-1)%2))
			}
		}
	}
	if k.fixed != nil {
		applyChannels(c, y, x, inner, *k.fixed)
		return nil
	}

	mem := pad{c: c}
	defer mem.release()
	work, err := scratch[float64](&mem, 3*channels)
	if err != nil {
		return err
	}
	p := batchParams{work[:channels], work[channels : 2*channels], work[2*channels:]}
	variance := p.a
	if k.training {
		g := norm.GroupsOf([]int{batch, channels, inner}, []bool{true, false, true})
		groupMoments(c, x, &g, p.mean, variance)
		if err := k.statistics(c, p.mean, variance, p.b); err != nil {
			return err
		}
	} else {
		fill(p.mean, c.Tensor(3))
		fill(variance, c.Tensor(4))
	}
	fill(p.b, c.Tensor(2))
	scale, err := convert[float64](&mem, c.Tensor(1))
	if err != nil {
		return err
	}
	for i, v := range variance {
		p.a[i] = scale[i] / math.Sqrt(v+k.eps)
	}
	applyChannels(c, y, x, inner, p)
	return nil
}

// statistics makes the outputs 1 and up from the batch's mean and variance;
// work has the same length.
func (k *batchNorm) statistics(c *ops.Call, mean, variance, work []float64) error {
	for i := 1; i <= 4; i++ {
		if !c.Wants(i) {
			continue
		}
		batch, in := mean, c.Tensor(3)
		if i == 2 || i == 4 {
			batch, in = variance, c.Tensor(4)
		}
		out, err := c.Output(i, in.DType(), in.Shape())
		if err != nil {
			return err
		}
		if i > 2 {
			store(out, batch)
			continue
		}
		fill(work, in)
		for j, v := range batch {
			work[j] = work[j]*k.momentum + v*(1-k.momentum)
		}
		store(out, work)
	}
	return nil
}

func applyChannels(c *ops.Call, y, x *tensor.Tensor, inner int, p batchParams) {
	switch x.DType() {
	case tensor.F32:
		norm.Channels[float32, float32](c.Pool, tensor.Data[float32](y), tensor.Data[float32](x), inner, p.mean, p.a, p.b)
	case tensor.F64:
		norm.Channels[float64, float64](c.Pool, tensor.Data[float64](y), tensor.Data[float64](x), inner, p.mean, p.a, p.b)
	case tensor.F16:
		norm.Channels[tensor.Float16, float32](c.Pool, tensor.Data[tensor.Float16](y), tensor.Data[tensor.Float16](x), inner, p.mean, p.a, p.b)
	case tensor.BF16:
		norm.Channels[tensor.BFloat16, float32](c.Pool, tensor.Data[tensor.BFloat16](y), tensor.Data[tensor.BFloat16](x), inner, p.mean, p.a, p.b)
	}
}

// groupMoments computes the statistics of groups of x.
func groupMoments(c *ops.Call, x *tensor.Tensor, g *norm.Groups, mean, variance []float64) {
	switch x.DType() {
	case tensor.F32:
		norm.GroupMoments[float32, float32](c.Pool, tensor.Data[float32](x), g, mean, variance)
	case tensor.F64:
		norm.GroupMoments[float64, float64](c.Pool, tensor.Data[float64](x), g, mean, variance)
	case tensor.F16:
		norm.GroupMoments[tensor.Float16, float32](c.Pool, tensor.Data[tensor.Float16](x), g, mean, variance)
	case tensor.BF16:
		norm.GroupMoments[tensor.BFloat16, float32](c.Pool, tensor.Data[tensor.BFloat16](x), g, mean, variance)
	}
}
