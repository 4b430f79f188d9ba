package array

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/gather"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// ScatterElements writes single updates: each goes to its own coordinates but
// for that along the axis, which its index gives. From version 16 on it may be
// added or multiplied, from 18 on the maximum or minimum taken. Scatter is its
// former name, deprecated in version 11.
var (
	scatter9          = scatterElementsDef("Scatter", 9)
	scatterElements11 = scatterElementsDef("ScatterElements", 11)
	scatterElements16 = scatterElementsDef("ScatterElements", 16, "add", "mul")
	scatterElements18 = scatterElementsDef("ScatterElements", 18, "add", "mul", "max", "min")
)

func scatterElementsDef(name string, since int, reductions ...string) ops.Def {
	return ops.Def{
		Name: name, Since: since,
		Sig:   "data:T, indices:Tind, updates:T -> output:T",
		Types: ops.Types{"Tind": ops.Indices},
		Reuse: ops.Elementwise(1),
		New: func(n *ops.Node) (ops.Kernel, error) {
			return newScatter(n, scatter{axis: n.Int("axis", 0), targets: elementTargets}, reductions...)
		},
	}
}

func elementTargets(c *ops.Call, k *scatter) (t gather.Targets, scratch *tensor.Tensor, err error) {
	x, ind, upd := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	axis, err := x.Shape().Axis(k.axis)
	if err != nil {
		return t, nil, fmt.Errorf("attribute axis: %w", err)
	}
	if !upd.Shape().Equal(ind.Shape()) {
		return t, nil, fmt.Errorf("input 2 (updates): got %v, want the shape of input 1 (indices), %v", upd, ind.Shape())
	}
	at, scratch, err := offsetsOnLines(c, 1, "indices", x.Shape(), axis)
	if err != nil {
		return t, nil, err
	}
	// Updates that differ before the axis never meet.
	return gather.Targets{At: at, Inner: 1, Groups: ind.Shape().Span(0, axis)}, scratch, nil
}
