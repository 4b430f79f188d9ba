package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Or computes A || B.
var or1 = ops.Def{
	Name: "Or", Since: 1,
	Sig:   "A:bool, B:bool -> C:bool",
	New:   or.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var or7 = ops.Def{
	Name: "Or", Since: 7,
	Sig:   "A:bool, B:bool -> C:bool",
	New:   or.Build,
	Reuse: ops.Elementwise(2),
}

var or = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: []elementwise.BinaryLoop{elementwise.Loop2(vec.Or())},
}
