package sequence

import (
	"errors"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SequenceErase leaves out one element, the last by default.
var sequenceErase11 = ops.Def{
	Name: "SequenceErase", Since: 11,
	Sig:   "input_sequence:seq(T), position?:I -> output_sequence:seq(T)",
	Types: ops.Types{"I": ops.Indices},
	New:   func(n *ops.Node) (ops.Kernel, error) { return ops.Func(sequenceErase), nil },
}

func sequenceErase(c *ops.Call) error {
	s := c.Sequence(0)
	n := len(s.Elems)
	if n == 0 {
		return errors.New("input 0 (input_sequence) is empty")
	}
	at := n - 1
	if c.Has(1) {
		var err error
		if at, err = position(c, 1, n, 0); err != nil {
			return err
		}
	}
	c.SetOutput(0, &tensor.Sequence{Of: s.Of, Elems: slices.Concat(s.Elems[:at], s.Elems[at+1:])})
	return nil
}
