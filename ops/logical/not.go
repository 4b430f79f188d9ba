package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Not computes !X.
var not1 = ops.Def{
	Name: "Not", Since: 1,
	Sig:   "X:bool -> Y:bool",
	New:   not.Build,
	Reuse: ops.Elementwise(1),
}

var not = &elementwise.Unary{
	Grain: vec.GrainMove,
	Loops: []elementwise.UnaryLoop{elementwise.Loop(vec.Not)},
}
