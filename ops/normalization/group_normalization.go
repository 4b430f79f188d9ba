package normalization

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// GroupNormalization standardizes each group of channels of each instance.
// Scale and bias have one element a group in version 18, one a channel from 21
// on, which also has stash_type; for that, see LayerNormalization.
var groupNormalization18 = ops.Def{
	Name: "GroupNormalization", Since: 18,
	Sig:   "X:T, scale:T, bias:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newGroupNorm(n, groupNorm{perGroup: true})
	},
	Reuse: ops.Elementwise(1),
}

var groupNormalization21 = ops.Def{
	Name: "GroupNormalization", Since: 21,
	Sig:   "X:T, scale:T, bias:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		if _, err := stashType(n); err != nil {
			return nil, err
		}
		return newGroupNorm(n, groupNorm{})
	},
	Reuse: ops.Elementwise(1),
}

// InstanceNormalization standardizes each channel of each instance.
var instanceNormalization1 = ops.Def{
	Name: "InstanceNormalization", Since: 1,
	Sig:   "input:T, scale:T, B:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		return groupNorm{eps: float64(n.Float("epsilon", 1e-5))}, nil
	},
	Reuse: ops.Elementwise(1),
}

var instanceNormalization6 = ops.Def{
	Name: "InstanceNormalization", Since: 6,
	Sig:   "input:T, scale:T, B:T -> output:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return groupNorm{eps: float64(n.Float("epsilon", 1e-5))}, nil
	},
	Reuse: ops.Elementwise(1),
}

type groupNorm struct {
	groups   int // 0 is one for each channel
	perGroup bool
	eps      float64
}

func newGroupNorm(n *ops.Node, k groupNorm) (ops.Kernel, error) {
	k.eps = float64(n.Float("epsilon", 1e-5))
	if k.groups = n.RequiredInt("num_groups"); k.groups < 1 && n.Has("num_groups") {
		return nil, fmt.Errorf("attribute num_groups: got %d, want at least 1", k.groups)
	}
	return k, nil
}

func (k groupNorm) Run(c *ops.Call) error {
	switch c.Tensor(0).DType() {
	case tensor.F32:
		return runGroupNorm[float32, float32](k, c)
	case tensor.F64:
		return runGroupNorm[float64, float64](k, c)
	case tensor.F16:
		return runGroupNorm[tensor.Float16, float32](k, c)
	}
	return runGroupNorm[tensor.BFloat16, float32](k, c)
}

func runGroupNorm[T norm.Elem, W norm.Float](k groupNorm, c *ops.Call) error {
	x := c.Tensor(0)
	if x.Rank() < 2 {
		return fmt.Errorf("input 0 (X): got %v, want dimensions for instances and channels", x)
	}
	channels, inner := x.Dim(1), x.Shape().Span(2, x.Rank())
	groups := k.groups
	if groups == 0 {
		groups = max(channels, 1)
	}
	if channels%groups != 0 {
		return fmt.Errorf("input 0 (X): the %d channels of %v do not make %d groups", channels, x, groups)
	}
	r := norm.Rows[W]{N: channels / groups * inner, Eps: k.eps, Center: true, Each: inner}
	params := channels
	if k.perGroup {
		params, r.Each = groups, r.N
	}
	mem := pad{c: c}
	defer mem.release()
	for i, p := range []struct {
		name string
		dst  *[]W
	}{{"scale", &r.Scale}, {"bias", &r.Bias}} {
		t := c.Tensor(1 + i)
		if err := wantLen(t, 1+i, p.name, params); err != nil {
			return err
		}
		var err error
		if *p.dst, err = convert[W](&mem, t); err != nil {
			return err
		}
	}
	y, err := c.Output(0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	norm.Normalize(c.Pool, tensor.Data[T](y), tensor.Data[T](x), r)
	return nil
}
