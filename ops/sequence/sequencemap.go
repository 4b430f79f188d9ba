package sequence

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// SequenceMap runs its body for each element of a sequence. Further sequences
// give their elements in step, tensors are the same for all.
var sequenceMap17 = ops.Def{
	Name: "SequenceMap", Since: 17,
	Sig: "input_sequence:seq(T), additional_inputs*:any -> out_sequence+:any",
	New: func(n *ops.Node) (ops.Kernel, error) {
		body, g := n.Body("body")
		if len(g.Inputs) != len(n.Inputs) || len(g.Outputs) != len(n.Outputs) {
			return nil, fmt.Errorf("body: the graph has %d inputs and %d outputs, want %d and %d as the node has", len(g.Inputs), len(g.Outputs), len(n.Inputs), len(n.Outputs))
		}
		k := &sequenceMap{body: body}
		for _, v := range g.Outputs {
			t := v.Type
			if t.Kind == tensor.KindTensor {
				t = tensor.TensorOf(t.Elem)
			}
			k.out = append(k.out, t)
		}
		return k, nil
	},
}

type sequenceMap struct {
	body int
	out  []tensor.Type // what the body declares to return
}

func (k *sequenceMap) Run(c *ops.Call) error {
	n := len(c.Sequence(0).Elems)
	for i := range c.NumInputs() {
		if s, ok := c.Inputs[i].(*tensor.Sequence); ok && len(s.Elems) != n {
			return fmt.Errorf("input %d: got %s, want %d elements as input 0 has", i, tensor.Describe(s), n)
		}
		if !c.Has(i) {
			return fmt.Errorf("input %d is missing", i)
		}
	}
	f, err := c.Bodies[k.body].Start(c)
	if err != nil {
		return err
	}
	defer f.Close()
	results := make([]*tensor.Sequence, len(k.out))
	for i := range results {
		results[i] = &tensor.Sequence{Of: k.out[i], Elems: make([]tensor.Value, n)}
	}
	in, out := make([]tensor.Value, c.NumInputs()), make([]tensor.Value, len(k.out))
	for i := range n {
		if err := c.Err(); err != nil {
			return err
		}
		for j, v := range c.Inputs {
			in[j] = v
			if s, ok := v.(*tensor.Sequence); ok {
				in[j] = s.Elems[i]
			}
			tensor.Retain(in[j])
		}
		if err := f.Run(in, out); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
		for j, v := range out {
			results[j].Elems[i] = v
			results[j].Of = typeOf(v)
		}
	}
	for i, s := range results {
		c.SetOutput(i, s)
	}
	return nil
}
