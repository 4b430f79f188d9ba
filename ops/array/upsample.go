package array

import (
	"github.com/onnxrun/onnxrun/internal/kernel/resize"
	"github.com/onnxrun/onnxrun/ops"
)

// Upsample is what Resize was before version 10, where it is deprecated. The
// scales are attributes of the last two dimensions in version 1, of all in 7,
// and an input from 9 on.
var upsample1 = ops.Def{
	Name: "Upsample", Since: 1,
	Sig: "X:T -> Y:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		scales := []float32{n.Float("height_scale", 1), n.Float("width_scale", 1)}
		return newUpsample(n, resizer{scales: scales, axes: []int{-2, -1}}, "bilinear"), nil
	},
}

var upsample7 = ops.Def{
	Name: "Upsample", Since: 7,
	Sig: "X:T -> Y:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newUpsample(n, resizer{scales: n.Floats("scales")}, "linear"), nil
	},
}

var upsample9 = ops.Def{
	Name: "Upsample", Since: 9,
	Sig: "X:T, scales:float32 -> Y:T",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return newUpsample(n, resizer{scalesAt: 1}, "linear"), nil
	},
}

// newUpsample builds what has no choice of coordinates: they begin at the same
// edge.
func newUpsample(n *ops.Node, k resizer, linear string) *resizer {
	k.mode = n.Enum("mode", "nearest", linear)
	if k.mode == linear {
		k.mode = "linear"
	}
	k.filter = resize.Linear
	k.transform = resize.Asymmetric
	k.rounding = resize.Simple
	k.policy = "stretch"
	return &k
}
