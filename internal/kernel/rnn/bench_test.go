package rnn

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/onnxrun/onnxrun/internal/par"
)

// BenchmarkLayer runs layers of 256 inputs and units for 100 ticks. A
// multiplication counts as two operations.
func BenchmarkLayer(b *testing.B) {
	const ticks, units = 100, 256
	for _, kind := range []Kind{LSTM, GRU, RNN} {
		for _, batch := range []int{1, 4, 16} {
			gates := kind.Gates() * units
			random := func(n int) []float32 {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(i*7919%1013)/5000 - 0.1
				}
				return x
			}
			l := &Layer[float32]{
				Kind: kind, Ticks: ticks, Batch: batch, Input: units, Hidden: units,
				X: random(ticks * batch * units), Y: make([]float32, ticks*batch*units),
				StateH: make([]float32, batch*units), NextH: make([]float32, batch*units), StateC: make([]float32, batch*units), Temp: make([]float32, batch*units),
				Dirs: []Direction[float32]{{
					Weights: Pack(kind, random(gates*units), random(gates*units), units, units, true),
					Bias:    random(gates),
					F:       New[float32](Sigmoid, 0, 0), G: New[float32](Tanh, 0, 0), H: New[float32](Tanh, 0, 0),
				}},
			}
			l.Gates = make([]float32, l.ChunkTicks()*batch*gates)
			for threads := 1; threads <= 2; threads++ {
				b.Run(fmt.Sprintf("%s/batch=%d/threads=%d", [...]string{"RNN", "GRU", "LSTM"}[kind], batch, threads), func(b *testing.B) {
					p := par.New(threads)
					fastest := time.Duration(math.MaxInt64)
					for b.Loop() {
						start := time.Now()
						if err := l.Run(p); err != nil {
							b.Fatal(err)
						}
						fastest = min(fastest, time.Since(start))
					}
					b.ReportMetric(float64(fastest.Nanoseconds())/1000, "best-µs")
					b.ReportMetric(4*float64(ticks*batch*gates*units)/float64(fastest.Nanoseconds()), "best-GFLOP/s")
				})
			}
		}
	}
}
