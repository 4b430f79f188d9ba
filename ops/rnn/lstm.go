package rnn

import (
	kernel "github.com/onnxrun/onnxrun/internal/kernel/rnn"
	"github.com/onnxrun/onnxrun/ops"
)

const lstmSig = "X:T, W:T, R:T, B?:T, sequence_lens?:int32, initial_h?:T, initial_c?:T, P?:T -> Y?:T, Y_h?:T, Y_c?:T"

// LSTM is a long short-term memory layer. Version 1 has an attribute
// output_sequence, which says no more than whether Y is wanted; version 14
// brought layout.
var lstm1 = ops.Def{
	Name: "LSTM", Since: 1,
	Sig:   lstmSig,
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("output_sequence")
		return newLSTM(n, false)
	}),
}

var lstm7 = ops.Def{
	Name: "LSTM", Since: 7,
	Sig:   lstmSig,
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newLSTM(n, false) }),
}

var lstm14 = ops.Def{
	Name: "LSTM", Since: 14,
	Sig:   lstmSig,
	Types: ops.Types{"T": ops.Floats},
	New:   ops.Widen(func(n *ops.Node) (ops.Kernel, error) { return newLSTM(n, n.Bool("layout", false)) }),
}

func newLSTM(n *ops.Node, batchFirst bool) (ops.Kernel, error) {
	l := &layer{kind: kernel.LSTM, batchFirst: batchFirst, inputForget: n.Bool("input_forget", false)}
	return l, l.build(n, "Sigmoid", "Tanh", "Tanh")
}
