package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// And computes A && B.
var and1 = ops.Def{
	Name: "And", Since: 1,
	Sig:   "A:bool, B:bool -> C:bool",
	New:   and.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var and7 = ops.Def{
	Name: "And", Since: 7,
	Sig:   "A:bool, B:bool -> C:bool",
	New:   and.Build,
	Reuse: ops.Elementwise(2),
}

var and = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: []elementwise.BinaryLoop{elementwise.Loop2(vec.And())},
}
