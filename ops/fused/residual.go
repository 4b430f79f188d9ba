package fused

import (
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/internal/par"
	"github.com/onnxrun/onnxrun/ops"
	opsmath "github.com/onnxrun/onnxrun/ops/math"
	"github.com/onnxrun/onnxrun/tensor"
)

// residual is what comes after a product: another tensor is added, and bounds apply.
type residual struct {
	clamp  bool
	lo, hi float32
	add    ops.Kernel // the standard's, for a tensor of another shape
}

// addDef is Add as it is from version 7 on.
var addDef = opsmath.Defs[slices.IndexFunc(opsmath.Defs, func(d ops.Def) bool { return d.Name == "Add" && d.Since == 7 })]

func newResidual(n *ops.Node) (r residual, err error) {
	r.clamp = n.Has("lo") || n.Has("hi")
	r.lo, r.hi = n.Float("lo", float32(math.Inf(-1))), n.Float("hi", float32(math.Inf(1)))
	r.add, err = addDef.New(n)
	return r, err
}

// broadcast makes the bounded sum of y, which it takes, and z output 0.
func (r *residual) broadcast(c *ops.Call, y, z *tensor.Tensor) error {
	sum := ops.Call{Inputs: []tensor.Value{y, z}, Outputs: make([]tensor.Value, 1), Arena: c.Arena, Pool: c.Pool, Ctx: c.Ctx}
	err := r.add.Run(&sum)
	c.Release(y)
	if err != nil {
		return err
	}
	c.GiveOutput(0, sum.Outputs[0])
	if t := sum.Outputs[0].(*tensor.Tensor); t.DType() == tensor.F64 {
		bound(c, r, tensor.Data[float64](t))
	} else {
		bound(c, r, tensor.Data[float32](t))
	}
	return nil
}

func bound[T float32 | float64](c *ops.Call, r *residual, y []T) {
	if r.clamp {
		par.Each(c.Pool, len(y), vec.GrainMove, bounding[T]{r, y})
	}
}

// bounding is a loop over y.
type bounding[T float32 | float64] struct {
	*residual
	y []T
}

func (p *bounding[T]) Part(lo, hi int) { clip(p.residual, p.y[lo:hi]) }

func clip[T float32 | float64](r *residual, y []T) {
	if r.lo == 0 && math.IsInf(float64(r.hi), 1) {
		vec.Relu(y, y)
	} else {
		vec.Clip(y, y, T(r.lo), T(r.hi))
	}
}

// sumBlock is how many elements are added and bounded while they are in the first
// cache.
const sumBlock = 2048

// addBounded adds z, of the same shape, to y and bounds the sums.
func addBounded[T float32 | float64](c *ops.Call, r *residual, y, z []T) {
	par.Each(c.Pool, len(y), vec.GrainMove, adding[T]{r, y, z})
}

var sum32, sum64 = vec.Add[float32]().VV, vec.Add[float64]().VV

func sum[T float32 | float64](dst, a, b []T) {
	switch dst := any(dst).(type) {
	case []float32:
		sum32(dst, any(a).([]float32), any(b).([]float32))
	case []float64:
		sum64(dst, any(a).([]float64), any(b).([]float64))
	}
}

// adding is a loop over y and z.
type adding[T float32 | float64] struct {
	*residual
	y, z []T
}

func (p *adding[T]) Part(lo, hi int) {
	for lo < hi {
		to := min(lo+sumBlock, hi)
		sum(p.y[lo:to], p.y[lo:to], p.z[lo:to])
		if p.clamp {
			clip(p.residual, p.y[lo:to])
		}
		lo = to
	}
}
