package sequence

import (
	"fmt"
	"slices"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SequenceInsert puts one more tensor before a position, by default at the end.
var sequenceInsert11 = ops.Def{
	Name: "SequenceInsert", Since: 11,
	Sig:   "input_sequence:seq(T), tensor:T, position?:I -> output_sequence:seq(T)",
	Types: ops.Types{"I": ops.Indices},
	New:   func(n *ops.Node) (ops.Kernel, error) { return ops.Func(sequenceInsert), nil },
}

func sequenceInsert(c *ops.Call) error {
	s, t := c.Sequence(0), c.Tensor(1)
	if e := s.Of.Elem; s.Of.Kind == tensor.KindTensor && e != tensor.Undefined && e != t.DType() {
		return fmt.Errorf("input 1 (tensor): got %v for %s", t, tensor.Describe(s))
	}
	at := len(s.Elems)
	if c.Has(2) {
		var err error
		if at, err = position(c, 2, at, 1); err != nil {
			return err
		}
	}
	if at == len(s.Elems) {
		c.SetOutput(0, s.Append(typeOf(t), t))
		return nil
	}
	// Not append and insert: the input may be part of other sequences' memory.
	elems := slices.Concat(s.Elems[:at], []tensor.Value{t}, s.Elems[at:])
	c.SetOutput(0, &tensor.Sequence{Of: typeOf(t), Elems: elems})
	return nil
}
