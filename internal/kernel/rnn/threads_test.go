package rnn

import (
	"fmt"
	"math"
	"testing"

	"github.com/onnxrun/onnxrun/internal/cpu"
	"github.com/onnxrun/onnxrun/internal/par"
)

// TestResultsAreTheSameForAnyNumberOfThreads runs layers wide enough for their
// units to be divided, sequences that end early and both directions.
func TestResultsAreTheSameForAnyNumberOfThreads(t *testing.T) {
	for _, level := range cpu.Levels() {
		defer cpu.Limit(level)()
		for _, kind := range []Kind{RNN, GRU, LSTM} {
			for _, linear := range []bool{false, true} {
				for _, hidden := range []int{1, 90, 200} {
					for _, directions := range []int{1, 2} {
						var want []float64
						for _, threads := range []int{1, 2, 3, 8} {
							l := layer(kind, 9, 5, 7, hidden, false)
							l.Dirs, l.LinearBeforeReset = l.Dirs[:directions], linear
							l.Gates = make([]float64, 2*l.ChunkTicks()*l.Batch*kind.Gates()*l.Hidden)
							if err := l.Run(par.New(threads)); err != nil {
								t.Fatal(err)
							}
							all := append(append(l.Y, l.FinalH...), l.FinalC...)
							if want == nil {
								want = all
							}
							for i, v := range all {
								if math.Float64bits(v) != math.Float64bits(want[i]) {
									t.Fatalf("%s: element %d is %v with %d threads, %v with one", fmt.Sprint(level, kind, linear, hidden, directions), i, v, threads, want[i])
								}
							}
						}
					}
				}
			}
		}
	}
}

// TestStepsEqualThePlainRecurrence computes an LSTM with sequences of different
// lengths by its definition.
func TestStepsEqualThePlainRecurrence(t *testing.T) {
	const ticks, batch, input, hidden = 9, 5, 7, 66
	l := layer(LSTM, ticks, batch, input, hidden, false)
	w, r := make([]float64, 4*hidden*input), make([]float64, 4*hidden*hidden)
	for i := range w {
		w[i] = math.Sin(float64(i)) / 3
	}
	for i := range r {
		r[i] = math.Cos(float64(i)) / 9
	}
	l.Dirs = l.Dirs[:1]
	l.Dirs[0].Weights = Pack(LSTM, w, r, input, hidden, true)
	l.Gates = make([]float64, l.ChunkTicks()*batch*4*hidden)
	if err := l.Run(par.New(2)); err != nil {
		t.Fatal(err)
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for b := range batch {
		h := append([]float64(nil), l.InitialH[b*hidden:(b+1)*hidden]...)
		c := append([]float64(nil), l.InitialC[b*hidden:(b+1)*hidden]...)
		for k := range int(l.Lens[b]) {
			next := make([]float64, hidden)
			for u := range hidden {
				var g [4]float64
				for q := range g {
					row := q*hidden + u
					g[q] = l.Dirs[0].Bias[row]
					for i, v := range l.X[(k*batch+b)*input:][:input] {
						g[q] += w[row*input+i] * v
					}
					for i, v := range h {
						g[q] += r[row*hidden+i] * v
					}
				}
				c[u] = sigmoid(g[2])*c[u] + sigmoid(g[0])*math.Tanh(g[3])
				next[u] = sigmoid(g[1]) * math.Tanh(c[u])
			}
			h = next
			for u, v := range h {
				if got := l.Y[(k*batch+b)*hidden+u]; math.Abs(got-v) > 1e-12 {
					t.Fatalf("entry %d, tick %d, unit %d: %v, want %v", b, k, u, got, v)
				}
			}
		}
		for u, v := range h {
			if got := l.FinalH[b*hidden+u]; l.Lens[b] > 0 && math.Abs(got-v) > 1e-12 {
				t.Fatalf("entry %d, unit %d: last state %v, want %v", b, u, got, v)
			}
		}
	}
}
