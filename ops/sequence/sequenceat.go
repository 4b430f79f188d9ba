package sequence

import "github.com/onnxrun/onnxrun/ops"

// SequenceAt takes one element out of a sequence.
var sequenceAt11 = ops.Def{
	Name: "SequenceAt", Since: 11,
	Sig:   "input_sequence:seq(T), position:I -> tensor:T",
	Types: ops.Types{"I": ops.Indices},
	New: func(n *ops.Node) (ops.Kernel, error) {
		return ops.Func(func(c *ops.Call) error {
			s := c.Sequence(0)
			at, err := position(c, 1, len(s.Elems), 0)
			if err != nil {
				return err
			}
			c.SetOutput(0, s.Elems[at])
			return nil
		}), nil
	},
}
