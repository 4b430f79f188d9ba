package normalization

import (
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// RMSNormalization divides by the root mean square over the axes from the given
// one on. The result has the type of scale. For stash_type, see
// LayerNormalization.
var rmsNormalization23 = ops.Def{
	Name: "RMSNormalization", Since: 23,
	Sig:   "X:T, scale:S -> Y:S",
	Types: ops.Types{"T": ops.Floats, "S": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		_, err := stashType(n)
		return rmsNorm{layerNorm{axis: n.Int("axis", -1), eps: float64(n.Float("epsilon", 1e-5))}}, err
	},
	Reuse: ops.Elementwise(1),
}

type rmsNorm struct{ layerNorm }

func (k rmsNorm) Run(c *ops.Call) error {
	x, scale := c.Tensor(0), c.Tensor(1)
	switch {
	case x.DType() == scale.DType():
		return k.layerNorm.Run(c)
	case x.DType() == tensor.F64 || scale.DType() == tensor.F64:
		return runMixedRMSNorm[float64](k.layerNorm, c)
	}
	return runMixedRMSNorm[float32](k.layerNorm, c)
}

// runMixedRMSNorm computes in W what neither X nor scale alone could hold.
func runMixedRMSNorm[W norm.Float](k layerNorm, c *ops.Call) error {
	x := c.Tensor(0)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return err
	}
	mem := pad{c: c}
	defer mem.release()
	r := norm.Rows[W]{N: x.Shape().Span(axis, x.Rank()), Eps: k.eps}
	if x.Len() > 0 {
		if err := affines(&mem, &r, "scale", ""); err != nil {
			return err
		}
	}
	xw, err := convert[W](&mem, x)
	if err != nil {
		return err
	}
	yw, err := scratch[W](&mem, x.Len())
	if err != nil {
		return err
	}
	norm.Normalize(c.Pool, yw, xw, r)
	y, err := c.Output(0, c.Tensor(1).DType(), x.Shape())
	if err != nil {
		return err
	}
	store(y, yw)
	return nil
}
