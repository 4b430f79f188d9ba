package rnn

import (
	kernel "github.com/onnxrun/onnxrun/internal/kernel/rnn"
	"github.com/onnxrun/onnxrun/ops"
)

const gruSig = "X:T, W:T, R:T, B?:T, sequence_lens?:int32, initial_h?:T -> Y?:T, Y_h?:T"

// GRU is a layer of gated recurrent units. The versions 1 and 3 have an
// attribute output_sequence, which says no more than whether Y is wanted;
// version 3 brought linear_before_reset and version 14 layout.
var gru1 = ops.Def{
	Name: "GRU", Since: 1,
	Sig:   gruSig,
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("output_sequence")
		return newGRU(n, false, false)
	}),
}

var gru3 = ops.Def{
	Name: "GRU", Since: 3,
	Sig:   gruSig,
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("output_sequence")
		return newGRU(n, n.Bool("linear_before_reset", false), false)
	}),
}

var gru7 = ops.Def{
	Name: "GRU", Since: 7,
	Sig:   gruSig,
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return newGRU(n, n.Bool("linear_before_reset", false), false)
	}),
}

var gru14 = ops.Def{
	Name: "GRU", Since: 14,
	Sig:   gruSig,
	Types: ops.Types{"T": ops.Floats},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		return newGRU(n, n.Bool("linear_before_reset", false), n.Bool("layout", false))
	}),
}

func newGRU(n *ops.Node, linearBeforeReset, batchFirst bool) (ops.Kernel, error) {
	l := &layer{kind: kernel.GRU, batchFirst: batchFirst, linearBeforeReset: linearBeforeReset}
	return l, l.build(n, "Sigmoid", "Tanh")
}
