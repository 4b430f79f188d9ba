package rnn

import (
	kernel "github.com/onnxrun/onnxrun/internal/kernel/rnn"
	"github.com/onnxrun/onnxrun/ops"
)

const rnnSig = "X:T, W:T, R:T, B?:T, sequence_lens?:int32, initial_h?:T -> Y?:T, Y_h?:T"

// RNN is a simple recurrent layer. Version 1 has an attribute output_sequence,
// which says no more than whether Y is wanted; version 14 brought layout.
var rnn1 = ops.Def{
	Name: "RNN", Since: 1,
	Sig:   rnnSig,
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("output_sequence")
		return newRNN(n, false)
	}),
}

var rnn7 = ops.Def{
	Name: "RNN", Since: 7,
	Sig:   rnnSig,
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newRNN(n, false) }),
}

var rnn14 = ops.Def{
	Name: "RNN", Since: 14,
	Sig:   rnnSig,
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newRNN(n, n.Bool("layout", false)) }),
}

func newRNN(n *ops.Node, batchFirst bool) (ops.Kernel, error) {
	l := &layer{kind: kernel.RNN, batchFirst: batchFirst}
	return l, l.build(n, "Tanh")
}
