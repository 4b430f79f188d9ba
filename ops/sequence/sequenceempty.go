package sequence

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SequenceEmpty makes a sequence without elements, for tensors of a type.
var sequenceEmpty11 = ops.Def{
	Name: "SequenceEmpty", Since: 11,
	Sig: "-> output:seq(T)",
	New: func(n *ops.Node) (ops.Kernel, error) {
		of := tensor.TensorOf(n.DType("dtype", tensor.F32))
		return ops.Func(func(c *ops.Call) error {
			c.SetOutput(0, &tensor.Sequence{Of: of})
			return nil
		}), nil
	},
}
