package math

import "github.com/onnxrun/onnxrun/ops"

// Selu computes gamma X where X > 0, gamma alpha (e^X - 1) elsewhere. Version 1
// has shorter defaults.
var selu1 = ops.Def{
	Name: "Selu", Since: 1,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("consumed_inputs")
		return newElu(n.Float("alpha", 1.6732), n.Float("gamma", 1.0507), 1), nil
	},
	Reuse: ops.Elementwise(1),
}

var selu6 = ops.Def{
	Name: "Selu", Since: 6,
	Sig:   "X:T -> Y:T",
	Types: ops.Types{"T": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newElu(n.Float("alpha", 1.67326319217681884765625), n.Float("gamma", 1.05070102214813232421875), 1), nil
	},
	Reuse: ops.Elementwise(1),
}
