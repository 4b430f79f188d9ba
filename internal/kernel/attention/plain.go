package attention

import (
	"math/bits"
	"runtime"
	"sync/atomic"

	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/internal/par"
)

// scoresPlain bounds the scores of a tile of a Plain attention, unless fewer than
// rowsMax rows would be left: a tile packs the keys and values that it reads.
const scoresPlain = 1 << 16

// simple reports whether an attention is a product, a softmax and a product of
// each head, which read and write where the stacks lie.
func (p *Params[T]) simple() bool {
	return p.Plain && p.Scores == nil && p.Sink == nil && p.Softcap == 0 && p.KVHeads == p.Heads &&
		p.Window.Left < 0 && p.Window.Right < 0 && p.Window.Valid == nil
}

// plainTiling cuts the queries of a head into tiles of about the same size.
func (p *Params[T]) plainTiling() (t tiling) {
	t.rows = p.Queries
	most := max(scoresPlain/max(p.Keys, 1), rowsMax)
	t.tiles = (t.rows + most - 1) / most
	if t.tiles > 0 {
		t.tile = (t.rows + t.tiles - 1) / t.tiles
	}
	if t.tiles > 1 {
		t.tile = (t.tile + rowsStep - 1) / rowsStep * rowsStep
		t.tiles = (t.rows + t.tile - 1) / t.tile
	}
	t.work = t.tile * p.Keys
	return t
}

// rowsStep is a multiple of the rows of the tiles of products.
const rowsStep = 12

// runPlain is Run of a simple attention.
func runPlain[T Float](pool *par.Pool, p *Params[T], work []T) {
	h := heads[T]{p: p, t: p.plainTiling(), work: work}
	tasks := h.t.tiles * p.Batch * p.Heads
	if tasks < pool.Threads() {
		// The products themselves keep the threads busy.
		for i := range tasks {
			h.tile(pool, i, work)
		}
		return
	}
	h.taken = ^uint64(0) << min(pool.Threads(), slots)
	cost := h.t.tile * (p.Size + p.VSize + 8) * max(p.Keys, 1)
	par.Each(pool, tasks, 1+minCost/max(cost, 1), h)
}

// slots is how many threads have memory for a tile each.
const slots = 64

// heads is a simple attention divided into tiles.
type heads[T Float] struct {
	p     *Params[T]
	t     tiling
	work  []T
	taken uint64 // bits of the parts of work that somebody works in
}

// Part computes the tiles lo to hi-1.
func (h *heads[T]) Part(lo, hi int) {
	slot := h.take()
	work := h.work[slot*h.t.work : (slot+1)*h.t.work]
	for i := lo; i < hi; i++ {
		h.tile(nil, i, work)
	}
	for old := atomic.LoadUint64(&h.taken); !atomic.CompareAndSwapUint64(&h.taken, old, old&^(1<<slot)); {
		old = atomic.LoadUint64(&h.taken)
	}
}

// take returns a part of work that nobody works in.
func (h *heads[T]) take() int {
	for {
		old := atomic.LoadUint64(&h.taken)
		slot := bits.TrailingZeros64(^old)
		if slot == slots {
			runtime.Gosched()
		} else if atomic.CompareAndSwapUint64(&h.taken, old, old|1<<slot) {
			return slot
		}
	}
}

// tile computes one tile.
func (h *heads[T]) tile(pool *par.Pool, task int, work []T) {
	p, first := h.p, task%h.t.tiles*h.t.tile
	head := task / h.t.tiles
	b, n := head/p.Heads, head%p.Heads
	rows := min(h.t.tile, h.t.rows-first)
	scores := work[:rows*p.Keys]

	// A mask of rows of scores, or one for all rows, joins the product.
	f := gemm.Finish[T]{Alpha: p.Scale}
	masks := p.Masks
	if len(masks) > 0 && masks[0].Add != nil && masks[0].Col == 1 && p.Keys > 0 {
		m := &masks[0]
		switch at := b*m.Batch + n*m.Head; m.Row {
		case 0:
			f.ColBias, masks = m.Add[at:at+p.Keys], masks[1:]
		case p.Keys:
			f.Plus, masks = m.Add[at+first*p.Keys:][:rows*p.Keys], masks[1:]
		}
	}
	gemm.MulFinish(pool, rows, p.Keys, p.Size, gemm.Matrix(false, p.Q.At(b, n, first), p.Q.Row),
		p.keys(b, n, 0), scores, p.Keys, f)
	for i := range masks {
		for r := range rows {
			masks[i].plain(scores[r*p.Keys:(r+1)*p.Keys], b, n, first+r)
		}
	}
	norm.Softmax[T, T](pool, scores, scores, rows, p.Keys, 1)
	if p.Zero && p.Keys > 0 {
		for r := range rows {
			// One is NaN where all are.
			if s := scores[r*p.Keys : (r+1)*p.Keys]; s[0] != s[0] {
				clear(s)
			}
		}
	}
	gemm.MulFinish(pool, rows, p.VSize, p.Keys, gemm.Matrix(false, scores, p.Keys),
		gemm.Matrix(false, p.V.At(b, n, 0), p.V.Row), p.Y.At(b, n, first), p.Y.Row, gemm.Finish[T]{Alpha: 1})
}
