package array

import "github.com/onnxrun/onnxrun/ops"

// Identity hands its input on: a tensor, and from version 14 on a sequence,
// from 16 on an optional.
var identity1 = ops.Def{
	Name: "Identity", Since: 1,
	Sig: "input:V -> output:V",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			c.SetOutput(0, c.Inputs[0])
			return nil
		}), nil
	},
}
