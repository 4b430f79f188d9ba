// Package rnn holds the recurrent layers: RNN, GRU and LSTM.
package rnn

import "github.com/onnxrun/onnxrun/ops"

// Defs are the operators of this category.
var Defs = []ops.Def{
	rnn1, rnn7, rnn14,
	gru1, gru3, gru7, gru14,
	lstm1, lstm7, lstm14,
}
