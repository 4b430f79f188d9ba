// Package attention computes softmax(scale·Q·Kᵀ + masks)·V and its kin on
// slices and sizes: scaled dot product attention, rotations of pairs by
// position, the recurrences of linear attention and the causal convolution
// that stands before them.
package attention

import (
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/par"
)

// Float is an element type that the kernels compute in.
type Float interface{ float32 | float64 }

// Heads is a stack of matrices, one for each batch entry and head. Row i of
// head h of entry b starts at Data[b*Batch+h*Head+i*Row]; its elements are
// adjacent.
type Heads[T Float] struct {
	Data             []T
	Batch, Head, Row int
}

// At returns the data from row i of head h of entry b on.
func (x *Heads[T]) At(b, h, i int) []T { return x.Data[b*x.Batch+h*x.Head+i*x.Row:] }

// Packed is the stack whose matrices of rows×size elements follow each other:
// the layout [batch, heads, rows, size].
func Packed[T Float](data []T, heads, rows, size int) Heads[T] {
	return Heads[T]{data, heads * rows * size, rows * size, size}
}

// Merged is the stack in the layout [batch, rows, heads·size].
func Merged[T Float](data []T, heads, rows, size int) Heads[T] {
	return Heads[T]{data, rows * heads * size, size, heads * size}
}

// Params describes one attention.
type Params[T Float] struct {
	Batch, Heads, KVHeads int // KVHeads divides Heads; Heads/KVHeads heads share keys and values
	Queries, Keys         int // rows of Q and Y, rows of K and V
	Size, VSize           int // elements in a row of Q and K, of V and Y

	Q, K, V, Y Heads[T]
	KColumns   bool // K.Row is between the elements of a row of K, and rows start at adjacent ones

	Scale   T
	Softcap T // c > 0 turns a score s into c·tanh(s/c) before the masks
	Window  Window
	Masks   []Mask[T]
	Plain   bool // masks hide nothing but by what the sums come to: see Mask
	Zero    bool // Plain, but a row of probabilities that are NaN becomes zeros
	Sink    []T  // one more score a head, which takes part in the sum only; nil for none

	// Scores, [Batch, Heads, Queries, Keys], receives the scores of a stage
	// unless it is nil.
	Scores []T
	Stage  Stage
}

// Stage says what a score is.
type Stage int

// The stages in their order.
const (
	Product Stage = iota // scale·Q·Kᵀ
	Capped               // after the soft cap
	Masked               // after window and masks
	Softmax              // probabilities
)

// Window bounds the keys that queries see to a range each. Query i of batch
// entry b has the position p = i + Offset[b], and sees the keys j < Valid[b]
// for which p-Left ≤ j ≤ p+Right.
type Window struct {
	Left, Right int   // below 0: without bound
	Offset      []int // one for each batch entry, or one for all; nil for 0
	Valid       []int // one for each batch entry; nil where all keys are valid
}

// Full is the window without bounds.
var Full = Window{Left: -1, Right: -1}

// span returns the keys lo to hi-1 that query i of batch entry b sees.
func (w *Window) span(b, i, keys int) (lo, hi int) {
	p := i
	switch len(w.Offset) {
	case 0:
	case 1:
		p += w.Offset[0]
	default:
		p += w.Offset[b]
	}
	hi = keys
	if w.Left >= 0 {
		lo = max(0, p-w.Left)
	}
	if w.Right >= 0 && p < keys-w.Right {
		hi = max(p+w.Right+1, 0)
	}
	if w.Valid != nil {
		hi = min(hi, w.Valid[b])
	}
	return min(lo, hi), hi
}

// Mask is added to the scores: element (b, h, i, j) stands at
// b*Batch+h*Head+i*Row+j*Col, strides being 0 where the mask is broadcast. One
// of Add and Keep is given.
//
// In a Plain attention -Inf is a number like others, and Keep chooses between the
// score and Fill; a query all of whose scores are -Inf gets NaN.
type Mask[T Float] struct {
	Add  []T    // added; -Inf hides the key whatever the score
	Keep []bool // false hides the key
	Fill T      // the score of a hidden key of a Plain attention
	Drop bool   // in a Plain attention true hides, not false

	Batch, Head, Row, Col int
	Keys                  int // keys from here on are hidden
}

// rowsMax and scoresMax bound a tile: its rows, and its scores, unless fewer
// than rowsMin rows would be left.
const (
	rowsMin   = 16
	rowsMax   = 72 // of which the tiles of a product are divisors
	scoresMax = 1 << 18
)

// tiling divides the queries of the heads that share keys.
type tiling struct {
	rows  int // queries of such a group of heads
	tile  int // rows of a tile
	tiles int // tiles of a group
	work  int // elements of memory that a tile needs
}

func (p *Params[T]) tiling() (t tiling) {
	t.rows = p.Heads / max(p.KVHeads, 1) * p.Queries
	t.tile = min(max(min(scoresMax/max(p.Keys, 1), rowsMax), rowsMin), max(t.rows, 1))
	t.tiles = (t.rows + t.tile - 1) / t.tile
	t.work = t.tile * (p.Size + p.Keys + p.VSize + 1)
	return t
}

// Work returns how many elements of memory Run needs.
func (p *Params[T]) Work(pool *par.Pool) int {
	if p.simple() {
		t := p.plainTiling()
		return t.work * min(pool.Threads(), slots, max(t.tiles*p.Batch*p.Heads, 1))
	}
	t := p.tiling()
	return t.work * min(pool.Threads(), max(t.tiles*p.Batch*p.KVHeads, 1))
}

// Run computes
//
//	Y = softmax(cap(Scale·Q·Kᵀ) + masks)·V
//
// for each batch entry and head. A query that sees no key gets zeros. work has
// Work elements.
//
// The queries of all heads that share keys are cut into tiles of some dozen
// rows. A tile computes its scores with the keys that any of its rows sees,
// turns them to probabilities in place, and multiplies them with the values:
// the scores of all queries are never in memory at once. Tiles follow from the
// sizes alone, and so the results do not depend on the number of threads.
func Run[T Float](pool *par.Pool, p *Params[T], work []T) {
	if p.simple() {
		runPlain(pool, p, work)
		return
	}
	t := p.tiling()
	tasks := t.tiles * p.Batch * p.KVHeads
	if tasks == 0 || p.VSize == 0 && p.Scores == nil {
		return
	}
	if tasks < pool.Threads() {
		// The products themselves keep the threads busy.
		for i := range tasks {
			p.run(pool, &t, i, work)
		}
		return
	}
	free := make(chan int, pool.Threads())
	for i := range pool.Threads() {
		free <- i
	}
	cost := t.tile * (p.Size + p.VSize + 8) * max(p.Keys, 1)
	pool.For(tasks, 1+minCost/max(cost, 1), func(lo, hi int) {
		slot := <-free
		defer func() { free <- slot }()
		for i := lo; i < hi; i++ {
			p.run(nil, &t, i, work[slot*t.work:(slot+1)*t.work])
		}
	})
}

// minCost is how many multiplications are worth a goroutine.
const minCost = 1 << 15

// keys returns the transposed keys from lo on.
func (p *Params[T]) keys(b, kv, lo int) gemm.Operand[T] {
	if p.KColumns {
		return gemm.Matrix(false, p.K.At(b, kv, 0)[lo:], p.K.Row)
	}
	return gemm.Matrix(true, p.K.At(b, kv, lo), p.K.Row)
}

// run computes one tile.
func (p *Params[T]) run(pool *par.Pool, t *tiling, task int, work []T) {
	g, first := task/t.tiles, task%t.tiles*t.tile
	b, kv := g/p.KVHeads, g%p.KVHeads
	rows := min(t.tile, t.rows-first)
	group := p.Heads / p.KVHeads
	at := func(r int) (h, i int) {
		r += first
		return kv*group + r/p.Queries, r % p.Queries
	}

	// The keys of the tile.
	lo, hi := p.Keys, 0
	if p.Scores != nil {
		lo, hi = 0, p.Keys
	}
	for r := range rows {
		_, i := at(r)
		if l, h := p.Window.span(b, i, p.Keys); l < h {
			lo, hi = min(lo, l), max(hi, h)
		}
	}
	keys := max(hi-lo, 0)

	q := work[:rows*p.Size]
	scores := work[t.tile*p.Size:][:rows*keys]
	acc := work[t.tile*(p.Size+p.Keys):][:rows*p.VSize]
	inverse := work[t.tile*(p.Size+p.Keys+p.VSize):][:rows]
	for r := range rows {
		h, i := at(r)
		copy(q[r*p.Size:(r+1)*p.Size], p.Q.At(b, h, i))
	}
	if keys > 0 {
		gemm.Mul(pool, rows, keys, p.Size, p.Scale, gemm.Matrix(false, q, p.Size),
			p.keys(b, kv, lo), 0, scores, keys)
	}
	for r := range rows {
		h, i := at(r)
		inverse[r] = p.softmax(scores[r*keys:(r+1)*keys], b, h, i, lo)
	}
	if p.VSize == 0 {
		return
	}
	if keys > 0 {
		gemm.Mul(pool, rows, p.VSize, keys, 1, gemm.Matrix(false, scores, keys),
			gemm.Matrix(false, p.V.At(b, kv, lo), p.V.Row), 0, acc, p.VSize)
	} else {
		clear(acc)
	}
	for r := range rows {
		h, i := at(r)
		y := p.Y.At(b, h, i)[:p.VSize]
		inv := inverse[r]
		for k, v := range acc[r*p.VSize : (r+1)*p.VSize] {
			y[k] = v * inv
		}
	}
}
