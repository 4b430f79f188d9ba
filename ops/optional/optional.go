package optional

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Optional makes an optional of its input or, without one, an empty optional
// of the given type.
var optional15 = ops.Def{
	Name: "Optional", Since: 15,
	Sig: "input?:V -> output:optional(V)",
	New: func(n *ops.Node) (ops.Kernel, error) {
		of, ok := n.TypeProto("type")
		if !ok && !n.HasInput(0) {
			return nil, errors.New("got neither an input nor attribute type")
		}
		return optionalKernel{of, ok}, nil
	},
}

type optionalKernel struct {
	of    tensor.Type
	typed bool // whether there is a type
}

func (k optionalKernel) Run(c *ops.Call) error {
	o := &tensor.Optional{Of: k.of}
	if c.Has(0) {
		o.Elem = c.Inputs[0]
		if got := o.Elem.Type(); !k.typed {
			o.Of = got
		} else if !k.of.Accepts(got) {
			return fmt.Errorf("input 0 (input): got %s, want %v as attribute type says", tensor.Describe(o.Elem), k.of)
		}
	}
	c.SetOutput(0, o)
	return nil
}
