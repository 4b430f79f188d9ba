package generator

import "github.com/onnxrun/onnxrun/ops"

// RandomUniform draws evenly from low to high.
var randomUniform1 = ops.Def{
	Name: "RandomUniform", Since: 1,
	Sig:   "-> output:T",
	Types: ops.Types{"T": ops.Floats},
	New:   func(n *ops.Node) (ops.Kernel, error) { return ofShape(n, newUniform) },
}

// RandomUniformLike does so in the shape of its input.
var randomUniformLike1 = ops.Def{
	Name: "RandomUniformLike", Since: 1,
	Sig:   "input:T1 -> output:T2",
	Types: ops.Types{"T1": ops.Classic, "T2": ops.Floats},
	New:   func(n *ops.Node) (ops.Kernel, error) { return like(n, newUniform) },
}
