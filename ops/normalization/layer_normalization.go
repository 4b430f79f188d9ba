package normalization

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// LayerNormalization standardizes over the axes from the given one on.
//
// Statistics are float64 and the rest is float32, or float64 for float64 data,
// whatever stash_type says, which decides the type of Mean and InvStdDev only:
// results are at least as exact as the type that it asks for would allow.
var layerNormalization17 = ops.Def{
	Name: "LayerNormalization", Since: 17,
	Sig:   "X:T, Scale:T, B?:T -> Y:T, Mean?:U, InvStdDev?:U",
	Types: ops.Types{"T": ops.Floats, "U": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := layerNorm{axis: n.Int("axis", -1), eps: float64(n.Float("epsilon", 1e-5)), center: true}
		var err error
		k.stash, err = stashType(n)
		return k, err
	},
	Reuse: ops.Elementwise(1),
}

// stashType reads the type that the standard wants statistics computed in.
func stashType(n *ops.Node) (tensor.DType, error) {
	d := n.DType("stash_type", tensor.F32)
	if !ops.Floats.Has(d) {
		return d, fmt.Errorf("attribute stash_type: got %v, want one of %v", d, ops.Floats)
	}
	return d, nil
}

type layerNorm struct {
	axis   int
	eps    float64
	center bool // subtract the mean: LayerNormalization; otherwise RMSNormalization
	stash  tensor.DType
}

func (k layerNorm) Run(c *ops.Call) error {
	switch c.Tensor(0).DType() {
	case tensor.F32:
		return runLayerNorm[float32, float32](k, c)
	case tensor.F64:
		return runLayerNorm[float64, float64](k, c)
	case tensor.F16:
		return runLayerNorm[tensor.Float16, float32](k, c)
	}
	return runLayerNorm[tensor.BFloat16, float32](k, c)
}

func runLayerNorm[T norm.Elem, W norm.Float](k layerNorm, c *ops.Call) error {
	x := c.Tensor(0)
	shape := x.Shape()
	axis, err := shape.Axis(k.axis)
	if err != nil {
		return err
	}
	mem := pad{c: c}
	defer mem.release()
	r := norm.Rows[W]{N: shape.Span(axis, len(shape)), Eps: k.eps, Center: k.center}
	if x.Len() > 0 {
		if err := affines(&mem, &r, "Scale", "B"); err != nil {
			return err
		}
	}
	rows := shape.Span(0, axis)
	for i, dst := range []*[]float64{1: &r.Mean, 2: &r.InvStd} {
		if dst != nil && c.Wants(i) {
			if *dst, err = scratch[float64](&mem, rows); err != nil {
				return err
			}
		}
	}
	y, err := c.Output(0, x.DType(), shape)
	if err != nil {
		return err
	}
	norm.Normalize(c.Pool, tensor.Data[T](y), tensor.Data[T](x), r)
	if c.Wants(1) {
		if err := k.statistic(c, 1, axis, r.N, r.Mean); err != nil {
			return err
		}
	}
	if c.Wants(2) {
		return k.statistic(c, 2, axis, r.N, r.InvStd)
	}
	return nil
}

// statistic makes the output of one number a row; those of empty rows are NaN.
func (k layerNorm) statistic(c *ops.Call, output, axis, n int, v []float64) error {
	shape := c.Tensor(0).Shape().Clone()
	for i := range shape[axis:] {
		shape[axis+i] = 1
	}
	t, err := c.Output(output, k.stash, shape)
	if err != nil {
		return err
	}
	if n == 0 {
		for i := range v {
			v[i] = math.NaN()
		}
	}
	store(t, v)
	return nil
}
