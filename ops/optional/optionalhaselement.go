package optional

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// OptionalHasElement tells whether an optional is not empty. What is no
// optional counts as one that is not, and an absent input as one that is; both
// are allowed from version 18 on.
var optionalHasElement15 = ops.Def{
	Name: "OptionalHasElement", Since: 15,
	Sig: "input?:any -> output:bool",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			y, err := c.Output(0, tensor.Boolean, nil)
			if err != nil {
				return err
			}
			has := c.Has(0)
			if has {
				if o, ok := c.Inputs[0].(*tensor.Optional); ok {
					has = o.Elem != nil
				}
			}
			tensor.Data[bool](y)[0] = has
			return nil
		}), nil
	},
}
