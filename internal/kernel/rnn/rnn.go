// Package rnn runs recurrent layers: LSTM, GRU and the simple recurrent
// network. What comes in is slices, sizes and strides; it knows nothing of
// tensors and of ONNX.
//
// The products of the inputs with their weights do not depend on each other, so
// they are one matrix product for as many ticks as fit the cache. What is left
// for each tick is the product of the state with the recurrent weights, which
// are packed once, and the gates, row by row. Directions and blocks of the batch
// are computed side by side, or where there are fewer of those than threads, the
// units of each are divided among the threads, which meet after every tick: then
// each reads its own part of the weights, tick by tick, from its own cache. No
// result depends on how the work is divided.
package rnn

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Float is an element type of layers.
type Float interface{ float32 | float64 }

// Activation computes dst[i] = f(x[i]) for all of dst, which may be x.
type Activation[T Float] func(dst, x []T)

// Kind is what computes the next state.
type Kind uint8

// The kinds of layers. Gates stand in weights, biases and peepholes in the
// order of ONNX: input, output, forget and cell of an LSTM; update, reset and
// hidden of a GRU.
const (
	RNN Kind = iota
	GRU
	LSTM
)

// Gates returns the number of gates of a cell.
func (k Kind) Gates() int { return [...]int{RNN: 1, GRU: 3, LSTM: 4}[k] }

// Direction is one direction of a layer.
type Direction[T Float] struct {
	Reverse bool // from the last tick to the first
	Weights Weights[T]

	Bias       []T // gates·hidden, of input and state together; nil is 0
	HiddenBias []T // GRU with LinearBeforeReset: of the state's part of the hidden gate, then not in Bias; nil is 0
	Peephole   []T // LSTM: input, output, forget, hidden each; nil is 0

	// F is applied to the gates, G to the LSTM's cell or the GRU's hidden gate,
	// H to the LSTM's new cell. The simple network has F alone.
	F, G, H Activation[T]
}

// Weights are the matrices of a direction.
type Weights[T Float] struct {
	in    gemm.Operand[T]   // input × gates·hidden
	state []*gemm.Packed[T] // hidden × hidden for each gate
}

// Pack prepares weights for many ticks: w is gates·hidden × input and r is
// gates·hidden × hidden. Where keep is set w is packed, too, for many runs;
// otherwise it is read where it is.
func Pack[T Float](kind Kind, w, r []T, input, hidden int, keep bool) Weights[T] {
	var p Weights[T]
	n := kind.Gates() * hidden
	if keep {
		p.in = gemm.PackB(true, input, n, w, input).Operand()
	} else {
		p.in = gemm.Matrix(true, w, input)
	}
	for g := range kind.Gates() {
		p.state = append(p.state, gemm.PackB(true, hidden, hidden, r[g*hidden*hidden:(g+1)*hidden*hidden], hidden))
	}
	return p
}

// Layer is a layer and the sequences to run it on.
type Layer[T Float] struct {
	Kind          Kind
	Ticks, Batch  int
	Input, Hidden int
	Dirs          []Direction[T] // one or two

	Clip              T    // bounds what the gates' activations see to ±Clip; 0 does not
	InputForget       bool // LSTM: the forget gate is 1 less the input gate
	LinearBeforeReset bool // GRU: the reset gate scales the product with the state, not the state

	// X holds a row of Input elements for each tick t and entry b of the batch:
	// row t·Batch + b, or b·Ticks + t if BatchFirst.
	X          []T
	BatchFirst bool
	// Lens, unless nil, holds the ticks of each entry, the first ones of X. A
	// reverse direction starts at the last of them.
	Lens []int32

	// States have a row of Hidden elements for each direction d and entry b:
	// row d·Batch + b, or b·len(Dirs) + d if BatchFirst. Nil initial states are
	// 0, nil final states are not wanted. The final state of an entry without
	// ticks is 0.
	InitialH, InitialC, FinalH, FinalC []T
	// Y, unless nil, gets the state after each tick, 0 beyond the end: row
	// (t·len(Dirs) + d)·Batch + b, or (b·Ticks + t)·len(Dirs) + d if BatchFirst.
	Y []T

	// Stop, unless nil, is asked between chunks of ticks; an error ends the run.
	Stop func() error

	// Gates has ChunkTicks·Batch·gates·Hidden elements for each direction;
	// StateH, NextH, StateC (LSTM) and Temp (GRU) have Batch·Hidden for each:
	// for the layer's own use.
	Gates, StateH, NextH, StateC, Temp []T
}

// batchBlock is how many entries of the batch go through the ticks together.
const batchBlock = 16

// ChunkTicks returns how many ticks are prepared at once, so that the gates
// stay in the cache but the matrices of inputs are tall enough.
func (l *Layer[T]) ChunkTicks() int {
	perTick := max(1, l.Batch*l.Kind.Gates()*l.Hidden)
	return max(1, min(l.Ticks, max(chunkElements/perTick, chunkRows/max(l.Batch, 1))))
}

// chunkElements is how many gates are prepared at once, unless that makes
// fewer than chunkRows rows of inputs.
var chunkElements = 1 << 18

const chunkRows = 64

// Run computes all ticks. Its error is that of Stop.
func (l *Layer[T]) Run(p *par.Pool) error {
	for d := range l.Dirs {
		l.start(d)
	}
	chunk := l.ChunkTicks()
	blocks := (l.Batch + batchBlock - 1) / batchBlock
	units := len(l.Dirs) * blocks
	for from := 0; from < l.Ticks; from += chunk {
		if l.Stop != nil {
			if err := l.Stop(); err != nil {
				return err
			}
		}
		n := min(chunk, l.Ticks-from)
		for d := range l.Dirs {
			l.inputs(p, d, l.first(d, from, n), n, chunk)
		}
		unit := func(u int) *walk[T] {
			d, b := u/blocks, u%blocks*batchBlock
			return l.walk(d, from, n, chunk, b, min(b+batchBlock, l.Batch))
		}
		if units < p.Threads() {
			for u := range units {
				unit(u).run(p)
			}
			continue
		}
		p.For(units, 1, func(lo, hi int) {
			for u := lo; u < hi; u++ {
				unit(u).run(nil)
			}
		})
	}
	if l.buffered() && l.Ticks%2 == 1 {
		l.StateH, l.NextH = l.NextH, l.StateH
	}
	for d := range l.Dirs {
		l.finish(d, l.StateH, l.FinalH)
		if l.Kind == LSTM {
			l.finish(d, l.StateC, l.FinalC)
		}
	}
	return nil
}

// first returns the earliest tick of the n that direction d takes after from.
func (l *Layer[T]) first(d, from, n int) int {
	if l.Dirs[d].Reverse {
		return l.Ticks - from - n
	}
	return from
}

// stateRow returns the row of entry b in a state given from outside.
func (l *Layer[T]) stateRow(s []T, d, b int) []T {
	row := d*l.Batch + b
	if l.BatchFirst {
		row = b*len(l.Dirs) + d
	}
	return s[row*l.Hidden : (row+1)*l.Hidden]
}

// own returns the rows b0 to b1-1 of direction d of a state of the layer's own.
func (l *Layer[T]) own(s []T, d, b0, b1 int) []T {
	return s[(d*l.Batch+b0)*l.Hidden : (d*l.Batch+b1)*l.Hidden]
}

func (l *Layer[T]) start(d int) {
	set := func(own, initial []T) {
		for b := range l.Batch {
			row := l.own(own, d, b, b+1)
			if initial == nil {
				clear(row)
			} else {
				copy(row, l.stateRow(initial, d, b))
			}
		}
	}
	set(l.StateH, l.InitialH)
	if l.Kind == LSTM {
		set(l.StateC, l.InitialC)
	}
}

func (l *Layer[T]) finish(d int, own, final []T) {
	if final == nil {
		return
	}
	for b := range l.Batch {
		if row := l.stateRow(final, d, b); l.length(b) == 0 {
			clear(row)
		} else {
			copy(row, l.own(own, d, b, b+1))
		}
	}
}

func (l *Layer[T]) length(b int) int {
	if l.Lens == nil {
		return l.Ticks
	}
	return int(l.Lens[b])
}

// gates returns the gates of direction d from tick k of a chunk and entry b on,
// and how far apart those of two entries are.
func (l *Layer[T]) gates(d, chunk, k, b int) (g []T, ld int) {
	n := l.Kind.Gates() * l.Hidden
	at, ld := k*l.Batch+b, n
	if l.BatchFirst {
		at, ld = b*chunk+k, chunk*n
	}
	return l.Gates[(d*chunk*l.Batch+at)*n : (d+1)*chunk*l.Batch*n], ld
}

// inputs computes the inputs' part of the gates for n ticks from t on.
func (l *Layer[T]) inputs(p *par.Pool, d, t, n, chunk int) {
	cols := l.Kind.Gates() * l.Hidden
	dir := &l.Dirs[d]
	mul := func(rows int, x, g []T) {
		a := gemm.Matrix(false, x, l.Input)
		if dir.Bias != nil {
			gemm.MulBias(p, rows, cols, l.Input, 1, a, dir.Weights.in, dir.Bias, true, g, cols)
		} else {
			gemm.Mul(p, rows, cols, l.Input, 1, a, dir.Weights.in, 0, g, cols)
		}
	}
	if !l.BatchFirst {
		g, _ := l.gates(d, chunk, 0, 0)
		mul(n*l.Batch, l.X[t*l.Batch*l.Input:], g)
		return
	}
	for b := range l.Batch {
		g, _ := l.gates(d, chunk, 0, b)
		mul(n, l.X[(b*l.Ticks+t)*l.Input:], g)
	}
}
