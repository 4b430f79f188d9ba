package sequence

import (
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SequenceLength counts the elements of a sequence.
var sequenceLength11 = ops.Def{
	Name: "SequenceLength", Since: 11,
	Sig: "input_sequence:seq(T) -> length:int64",
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			y, err := c.Output(0, tensor.I64, nil)
			if err != nil {
				return err
			}
			tensor.Data[int64](y)[0] = int64(len(c.Sequence(0).Elems))
			return nil
		}), nil
	},
}
