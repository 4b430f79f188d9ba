package logical

import (
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/internal/elementwise"
)

// Xor computes A != B.
var xor1 = ops.Def{
	Name: "Xor", Since: 1,
	Sig:   "A:bool, B:bool -> C:bool",
	New:   xor.BuildLegacy,
	Reuse: ops.Elementwise(2),
}

var xor7 = ops.Def{
	Name: "Xor", Since: 7,
	Sig:   "A:bool, B:bool -> C:bool",
	New:   xor.Build,
	Reuse: ops.Elementwise(2),
}

var xor = &elementwise.Binary{
	Grain: vec.GrainMove,
	Loops: []elementwise.BinaryLoop{elementwise.Loop2(vec.Xor())},
}
