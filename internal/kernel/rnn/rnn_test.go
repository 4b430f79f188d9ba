package rnn

import (
	"errors"
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/onnxrun/onnxrun/internal/par"
)

// layer returns a layer with random weights, sequences of different lengths
// and all that it needs to run.
func layer(kind Kind, ticks, batch, input, hidden int, batchFirst bool) *Layer[float64] {
	r := rand.New(rand.NewSource(1))
	random := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64() / 4
		}
		return x
	}
	gates := kind.Gates() * hidden
	l := &Layer[float64]{
		Kind: kind, Ticks: ticks, Batch: batch, Input: input, Hidden: hidden, BatchFirst: batchFirst,
		LinearBeforeReset: true,
		X:                 random(ticks * batch * input), InitialH: random(2 * batch * hidden), InitialC: random(2 * batch * hidden),
		FinalH: make([]float64, 2*batch*hidden), FinalC: make([]float64, 2*batch*hidden),
		Y:      make([]float64, 2*ticks*batch*hidden),
		StateH: make([]float64, 2*batch*hidden), NextH: make([]float64, 2*batch*hidden), StateC: make([]float64, 2*batch*hidden), Temp: make([]float64, 2*batch*hidden),
	}
	for b := range batch {
		l.Lens = append(l.Lens, int32(b%(ticks+1)))
	}
	for d := range 2 {
		l.Dirs = append(l.Dirs, Direction[float64]{
			Reverse: d == 1,
			Weights: Pack(kind, random(gates*input), random(gates*hidden), input, hidden, d == 0),
			Bias:    random(gates), HiddenBias: random(hidden),
			F: New[float64](Sigmoid, 0, 0), G: New[float64](Tanh, 0, 0), H: New[float64](Tanh, 0, 0),
		})
	}
	return l
}

func TestResultsDoNotDependOnChunks(t *testing.T) {
	defer func(n int) { chunkElements = n }(chunkElements)
	for _, kind := range []Kind{RNN, GRU, LSTM} {
		for _, batchFirst := range []bool{false, true} {
			var first []float64
			for _, n := range []int{1 << 18, 70 * 3 * 20, 1} {
				chunkElements = n
				l := layer(kind, 11, 70, 3, 5, batchFirst)
				l.Gates = make([]float64, 2*l.ChunkTicks()*l.Batch*kind.Gates()*l.Hidden)
				if err := l.Run(par.New(2)); err != nil {
					t.Fatal(err)
				}
				all := append(append(l.Y, l.FinalH...), l.FinalC...)
				if first == nil {
					first = all
				}
				for i, v := range all {
					if math.Abs(v-first[i]) > 1e-14 {
						t.Fatalf("%s: element %d is %v with chunks of %d ticks, %v with one", fmt.Sprint(kind, batchFirst), i, v, l.ChunkTicks(), first[i])
					}
				}
			}
		}
	}
}

func TestRunStopsBetweenChunks(t *testing.T) {
	defer func(n int) { chunkElements = n }(chunkElements)
	chunkElements = 1
	l := layer(LSTM, 10, 64, 2, 2, false)
	l.Gates = make([]float64, 2*l.ChunkTicks()*l.Batch*4*l.Hidden)
	enough := errors.New("enough")
	asked := 0
	l.Stop = func() error {
		if asked++; asked == 3 {
			return enough
		}
		return nil
	}
	if err := l.Run(nil); err != enough || asked != 3 {
		t.Errorf("got %v after %d questions", err, asked)
	}
}
