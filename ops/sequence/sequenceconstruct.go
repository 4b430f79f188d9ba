package sequence

import (
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SequenceConstruct makes a sequence of its inputs.
var sequenceConstruct11 = ops.Def{
	Name: "SequenceConstruct", Since: 11,
	Sig: "inputs+:T -> output_sequence:seq(T)",
	New: func(n *ops.Node) (ops.Kernel, error) { return ops.Func(sequenceConstruct), nil },
}

func sequenceConstruct(c *ops.Call) error {
	elems := slices.DeleteFunc(slices.Clone(c.Inputs), func(v tensor.Value) bool { return v == nil })
	s := &tensor.Sequence{Elems: elems}
	if len(elems) > 0 {
		s.Of = typeOf(elems[0])
	}
	c.SetOutput(0, s)
	return nil
}
