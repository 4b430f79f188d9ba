package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/normalization"
	"github.com/onnxrun/onnxrun/tensor"
)

// LayerNormalization is the standard's operator of version 17, which onnxruntime
// takes in models of older versions, too.
var layerNormalizationONNX1 = ops.Def{
	Name: "LayerNormalization", Since: 1,
	Sig:   "X:T, Scale:T, B?:T -> Y:T, Mean?:U, InvStdDev?:U",
	Types: ops.Types{"T": ops.Floats, "U": ops.Floats},
	New:   standard(normalization.Defs, "LayerNormalization", 17),
	Reuse: ops.Elementwise(1),
}

// SimplifiedLayerNormalization divides by the root mean square over the axes
// from the given one on. onnxruntime takes it in the standard's domain, too.
var (
	simplifiedLayerNormalization1     = simplifiedLayerNormalization(domain)
	simplifiedLayerNormalizationONNX1 = simplifiedLayerNormalization("")
)

func simplifiedLayerNormalization(domain string) ops.Def {
	return ops.Def{
		Domain: domain, Name: "SimplifiedLayerNormalization", Since: 1,
		Sig:   "X:T, scale:V -> Y:V, inv_std_var?:U",
		Types: ops.Types{"T": ops.Floats, "V": ops.Floats, "U": ops.Floats},
		New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
			// What is stashed is of float32 or wider, whatever the attribute says.
			if d := n.DType("stash_type", tensor.F32); !ops.Floats.Has(d) {
				return nil, fmt.Errorf("attribute stash_type: got %v, want one of %v", d, ops.Floats)
			}
			return &simplified{axis: n.Int("axis", -1), eps: float64(n.Float("epsilon", 1e-5))}, nil
		}),
		Reuse: ops.Elementwise(1),
	}
}

type simplified struct {
	axis int
	eps  float64
}

func (k *simplified) Run(c *ops.Call) error {
	x, scale := c.Tensor(0), c.Tensor(1)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return err
	}
	if x.DType() != scale.DType() {
		return ops.Unsupportedf("input 1 (scale) of type %v for input 0 (X) of type %v", scale.DType(), x.DType())
	}
	n := x.Shape().Span(axis, x.Rank())
	if scale.Len() != n {
		return fmt.Errorf("input 1 (scale): got %v, want %d elements", scale, n)
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	var inverse []float64
	if c.Wants(1) {
		s, err := c.Scratch(tensor.F64, x.Shape().Span(0, axis))
		if err != nil {
			return err
		}
		defer c.Release(s)
		inverse = tensor.Data[float64](s)
	}
	if x.DType() == tensor.F64 {
		norm.Normalize(c.Pool, tensor.Data[float64](y), tensor.Data[float64](x),
			norm.Rows[float64]{N: n, Eps: k.eps, Scale: tensor.Data[float64](scale), Each: 1, InvStd: inverse})
	} else {
		norm.Normalize(c.Pool, data(y), data(x),
			norm.Rows[float32]{N: n, Eps: k.eps, Scale: data(scale), Each: 1, InvStd: inverse})
	}
	if inverse == nil {
		return nil
	}
	shape := x.Shape().Clone()
	for i := axis; i < len(shape); i++ {
		shape[i] = 1
	}
	return statistic(c, 1, shape, inverse, n)
}

// statistic makes output i of numbers that rows of n elements have; those of
// rows without elements are 0.
func statistic(c *ops.Call, i int, shape tensor.Shape, v []float64, n int) error {
	t, err := c.Output(i, tensor.F32, shape)
	if err != nil {
		return err
	}
	y := data(t)
	if n == 0 {
		clear(y)
		return nil
	}
	for i, v := range v {
		y[i] = float32(v)
	}
	return nil
}

// SkipLayerNormalization is layer normalization of input + skip + bias over the
// last dimension.
var skipLayerNormalization1 = ops.Def{
	Domain: domain, Name: "SkipLayerNormalization", Since: 1,
	Sig:   "input:T, skip:T, gamma:T, beta?:T, bias?:T -> output:T, mean?:U, inv_std_var?:U, input_skip_bias_sum?:T",
	Types: ops.Types{"T": narrow, "U": f32},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newSkipNorm(n, true, 3, 4) }),
}

// SkipSimplifiedLayerNormalization is root mean square normalization of input +
// skip + bias over the last dimension.
var skipSimplifiedLayerNormalization1 = ops.Def{
	Domain: domain, Name: "SkipSimplifiedLayerNormalization", Since: 1,
	Sig:   "input:T, skip:T, gamma:T, bias?:T -> output:T, mean?:U, inv_std_var?:U, input_skip_bias_sum?:T",
	Types: ops.Types{"T": narrow, "U": f32},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newSkipNorm(n, false, -1, 3) }),
}

var f32 = tensor.SetOf(tensor.F32)

type skipNorm struct {
	eps        float64
	center     bool
	beta, bias int // inputs; -1 for none
}

func newSkipNorm(n *ops.Node, center bool, beta, bias int) (ops.Kernel, error) {
	return &skipNorm{float64(n.Float("epsilon", 1e-12)), center, beta, bias}, nil
}

func (k *skipNorm) Run(c *ops.Call) error {
	x, skip := c.Tensor(0), c.Tensor(1)
	if x.Rank() != 3 && x.Rank() != 2 {
		return fmt.Errorf("input 0 (input): got %v, want 2 or 3 dimensions", x)
	}
	n := x.Dim(x.Rank() - 1)
	for _, v := range []struct {
		input int
		name  string
	}{{2, "gamma"}, {k.beta, "beta"}, {k.bias, "bias"}} {
		if v.input < 0 || !c.Has(v.input) {
			continue
		}
		if err := wantShape(c.Tensor(v.input), v.input, v.name, n); err != nil {
			return err
		}
	}
	whole := skip.Shape()
	if len(whole) == 3 && x.Rank() == 3 && whole[0] == 1 {
		whole = whole[1:]
	}
	if !skip.Shape().Equal(x.Shape()) && !(x.Rank() == 3 && whole.Equal(x.Shape()[1:])) {
		return fmt.Errorf("input 1 (skip): got %v, want the shape of input 0 (input), %v, or that without batch", skip, x)
	}
	y, err := c.Output(0, tensor.F32, x.Shape())
	if err != nil {
		return err
	}
	sum := y
	if c.Wants(3) {
		if sum, err = c.Output(3, tensor.F32, x.Shape()); err != nil {
			return err
		}
	}
	addRows(c, data(sum), data(x), data(skip), data(c.Tensor(k.bias)), n)
	r := norm.Rows[float32]{N: n, Eps: k.eps, Center: k.center, Scale: data(c.Tensor(2)), Each: 1}
	if k.beta >= 0 {
		r.Bias = data(c.Tensor(k.beta))
	}
	return normalize(c, data(y), data(sum), r, x.Shape())
}

// addRows computes sum = x + skip + bias, skip repeating when it is shorter.
func addRows(c *ops.Call, sum, x, skip, bias []float32, n int) {
	if len(x) == 0 {
		return
	}
	add := vec.Add[float32]().VV
	c.Pool.For(len(x)/n, 1+vec.GrainMove/n, func(lo, hi int) {
		for i := lo * n; i < hi*n; i += n {
			at := i % len(skip)
			add(sum[i:i+n], x[i:i+n], skip[at:at+n])
			if bias != nil {
				add(sum[i:i+n], sum[i:i+n], bias)
			}
		}
	})
}

// normalize normalizes rows and makes the outputs 1 and 2, mean and inverse
// deviation, where they are wanted.
func normalize(c *ops.Call, y, x []float32, r norm.Rows[float32], shape tensor.Shape) error {
	rows := shape.Span(0, len(shape)-1)
	for i, dst := range []*[]float64{1: &r.Mean, 2: &r.InvStd} {
		if dst == nil || !c.Wants(i) {
			continue
		}
		s, err := c.Scratch(tensor.F64, rows)
		if err != nil {
			return err
		}
		defer c.Release(s)
		*dst = tensor.Data[float64](s)
	}
	norm.Normalize(c.Pool, y, x, r)
	single := shape.Clone()
	single[len(single)-1] = 1
	if r.Mean != nil {
		if err := statistic(c, 1, single, r.Mean, r.N); err != nil {
			return err
		}
	}
	if r.InvStd != nil {
		return statistic(c, 2, single, r.InvStd, r.N)
	}
	return nil
}
