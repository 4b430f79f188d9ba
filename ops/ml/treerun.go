package ml

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/tree"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ensemble is what the operators on trees share.
type ensemble struct {
	forest
	targets int
	agg     tree.Aggregate
	base    []float64
	// counts says that it matters which targets a leaf voted for.
	counts bool
}

func newEnsemble(t *table, agg tree.Aggregate, base []float64) (e ensemble, err error) {
	e = ensemble{targets: t.targets, agg: agg, base: base, counts: agg >= tree.Min}
	e.forest, err = t.build()
	return e, err
}

// run evaluates the trees and calls finish for each row with its scores,
// without the base values, and where that counts with which targets a leaf
// voted for. Rows are finished in any order, several at once.
func (e *ensemble) run(c *ops.Call, x *tensor.Tensor, finish func(row int, scores []float64, voted []bool)) error {
	n, f, err := rowsOf(x)
	if err != nil {
		return err
	}
	if m := e.maxFeature(); m >= f {
		return fmt.Errorf("input 0 (X): got %v, but a tree asks for feature %d", x, m)
	}
	scores, err := c.Scratch(tensor.F64, n, e.targets)
	if err != nil {
		return err
	}
	defer c.Release(scores)
	s := tensor.Data[float64](scores)
	var v []bool
	if e.counts {
		voted, err := c.Scratch(tensor.Boolean, n, e.targets)
		if err != nil {
			return err
		}
		defer c.Release(voted)
		v = tensor.Data[bool](voted)
	}
	// Some hundred walks a part are worth another thread.
	grain := 1 + 256/max(1, e.trees())
	c.Pool.For(n, grain, func(lo, hi int) {
		k := e.targets
		part := s[lo*k : hi*k]
		var votes []bool
		if e.counts {
			votes = v[lo*k : hi*k]
		}
		switch x.DType() {
		case tensor.F32:
			evaluate(e, tensor.Data[float32](x)[lo*f:hi*f], hi-lo, f, part, votes)
		case tensor.F64:
			evaluate(e, tensor.Data[float64](x)[lo*f:hi*f], hi-lo, f, part, votes)
		case tensor.I32:
			evaluate(e, tensor.Data[int32](x)[lo*f:hi*f], hi-lo, f, part, votes)
		case tensor.I64:
			evaluate(e, tensor.Data[int64](x)[lo*f:hi*f], hi-lo, f, part, votes)
		}
		for r := range hi - lo {
			row := part[r*k : (r+1)*k]
			if e.f32 != nil {
				// The scores are of the precision of the weights: what is equal
				// in exact arithmetic stays equal.
				for i, v := range row {
					row[i] = float64(float32(v))
				}
			}
			if e.counts {
				finish(lo+r, row, votes[r*k:(r+1)*k])
			} else {
				finish(lo+r, row, nil)
			}
		}
	})
	return nil
}

func (f *forest) maxFeature() int {
	if f.f64 != nil {
		return f.f64.MaxFeature()
	}
	return f.f32.MaxFeature()
}

func (f *forest) trees() int {
	if f.f64 != nil {
		return f.f64.Trees()
	}
	return f.f32.Trees()
}

// evaluate runs the forest. Features and thresholds that are both float32 are
// compared as such, others in float64.
func evaluate[X tree.Input](e *ensemble, x []X, n, f int, scores []float64, voted []bool) {
	if e.f64 != nil {
		tree.Run[X, float64, float64](e.f64, x, n, f, e.targets, e.agg, scores, voted)
		return
	}
	if x, ok := any(x).([]float32); ok {
		tree.Run[float32, float32, float32](e.f32, x, n, f, e.targets, e.agg, scores, voted)
		return
	}
	tree.Run[X, float32, float64](e.f32, x, n, f, e.targets, e.agg, scores, voted)
}
