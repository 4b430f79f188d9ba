package optional

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// OptionalGetElement takes the value out of an optional. What is no optional,
// which version 18 allows, is its own value.
var optionalGetElement15 = ops.Def{
	Name: "OptionalGetElement", Since: 15,
	Sig: "input:any -> output:any",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			v := c.Inputs[0]
			if o, ok := v.(*tensor.Optional); ok {
				if v = o.Elem; v == nil {
					return fmt.Errorf("input 0 (input): got an empty %v", o.Type())
				}
			}
			c.SetOutput(0, v)
			return nil
		}), nil
	},
}
