package attention

import (
	"math"

	"github.com/onnxrun/onnxrun/internal/par"
)

// Linear describes linear attention: a recurrence whose state is a matrix of
// Size×VSize elements for each batch entry and head of keys.
type Linear struct {
	Batch, Heads, KVHeads int // KVHeads divides Heads
	Rows                  int // how often the state is updated
	Size, VSize           int // elements of a query or key, of a value

	Q, K, V, Y Heads[float32]

	// Decay, unless its data is nil, has the logarithms of what the rows of the
	// state are multiplied with before an update: Size of them if PerRow,
	// otherwise one for all.
	Decay  Heads[float32]
	PerRow bool
	// Beta, unless its data is nil, has one number for each update: the state
	// then learns only what it does not give for the key already, to this part.
	Beta Heads[float32]

	Scale float32   // of the results
	State []float32 // [Batch, KVHeads, Size, VSize], before and after
}

// columns is how many columns of the state are updated together.
const columns = 64

// RunLinear computes for each row, with S the state of the head, q, k and v the
// row's query, key and value,
//
//	S *= exp(decay)          (by rows)
//	v = beta·(v - Sᵀ·k)
//	S += k⊗v
//	y = Scale·Sᵀ·q
//
// The columns of a state do not depend on each other, and so are what the
// threads divide.
func RunLinear(pool *par.Pool, p *Linear) {
	parts := (p.VSize + columns - 1) / columns
	cost := p.Rows * p.Size * min(p.VSize, columns) * 3
	pool.For(p.Batch*p.KVHeads*parts, 1+minCost/max(cost, 1), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			c := n % parts * columns
			p.run(n/parts/p.KVHeads, n/parts%p.KVHeads, c, min(columns, p.VSize-c))
		}
	})
}

// run computes width columns from column c on.
func (p *Linear) run(b, kv, c, width int) {
	state := p.State[(b*p.KVHeads+kv)*p.Size*p.VSize+c:]
	row := func(d int) []float32 { return state[d*p.VSize : d*p.VSize+width] }
	group := p.Heads / p.KVHeads
	var update [columns]float32
	for t := range p.Rows {
		k := p.K.At(b, kv, t)[:p.Size]
		v := update[:width]
		copy(v, p.V.At(b, kv, t)[c:])
		if p.Decay.Data != nil {
			decay := p.Decay.At(b, kv, t)
			var f float32
			for d := range k {
				if d == 0 || p.PerRow {
					f = float32(math.Exp(float64(decay[d])))
				}
				multiply(row(d), f)
			}
		}
		if p.Beta.Data != nil {
			var known [columns]float32
			for d, x := range k {
				addTo(known[:width], row(d), x)
			}
			beta := p.Beta.At(b, kv, t)[0]
			for m := range v {
				v[m] = beta * (v[m] - known[m])
			}
		}
		for d, x := range k {
			addTo(row(d), v, x)
		}
		for h := kv * group; h < (kv+1)*group; h++ {
			y := p.Y.At(b, h, t)[c : c+width]
			clear(y)
			for d, x := range p.Q.At(b, h, t)[:p.Size] {
				addTo(y, row(d), x)
			}
			multiply(y, p.Scale)
		}
	}
}

// addTo computes y += a·x.
func addTo(y, x []float32, a float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] += a * v
	}
}

// multiply computes y *= a.
func multiply(y []float32, a float32) {
	for i := range y {
		y[i] *= a
	}
}
