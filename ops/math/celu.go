package math

import (
	"errors"

	"github.com/onnxrun/onnxrun/ops"
)

// Celu computes X where X > 0, alpha (e^(X/alpha) - 1) elsewhere.
var celu12 = ops.Def{
	Name: "Celu", Since: 12,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		alpha := n.Float("alpha", 1)
		if alpha == 0 {
			return nil, errors.New("attribute alpha: got 0, want a divisor")
		}
		return newElu(alpha, 1, alpha), nil
	},
	Reuse: ops.Elementwise(1),
}
