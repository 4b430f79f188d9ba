package generator

import "github.com/onnxrun/onnxrun/ops"

// RandomNormal draws from the normal distribution with the given mean and
// deviation (scale).
var randomNormal1 = ops.Def{
	Name: "RandomNormal", Since: 1,
	Sig:   "-> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   func(n *ops.Node) (ops.Kernel, error) { return ofShape(n, newNormal) },
}

// RandomNormalLike does so in the shape of its input.
var randomNormalLike1 = ops.Def{
	Name: "RandomNormalLike", Since: 1,
	Sig:   "input:T1 -> output:T2",
	Types: ops.Types{"T1": ops.Classic, "T2": ops.Floats},
	New:   func(n *ops.Node) (ops.Kernel, error) { return like(n, newNormal) },
}
