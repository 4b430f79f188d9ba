package controlflow

import (
	"fmt"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/ops/fused"
	"github.com/onnxrun/onnxrun/tensor"
)

// Scan and Loop of the domain of fused operators have a second graph, "ahead",
// which computes for many ticks at once what they need of it: products with
// matrices, mostly. It takes the entries of the scan inputs (of a Loop: the
// iteration numbers) of some ticks in a row, the ticks being the first
// dimension, and each of its outputs has the ticks first, too. The body takes
// one entry of each after all its other inputs.
var (
	aheadScan = ops.Def{
		Domain: fused.Domain, Name: "Scan", Since: 1,
		Sig: scan9.Sig,
		New: scan9.New,
	}
	aheadLoop = ops.Def{
		Domain: fused.Domain, Name: "Loop", Since: 1,
		Sig: loop1.Sig,
		New: loop1.New,
	}
)

// ahead is the second graph of a Scan or Loop.
type ahead struct {
	body    int // -1 where there is none
	inputs  int
	outputs int
}

// newAhead reads the graph, which takes so many inputs.
func newAhead(n *ops.Node, inputs int) (ahead, error) {
	if n.Domain != fused.Domain {
		return ahead{body: -1}, nil
	}
	body, g := n.Body("ahead")
	if len(g.Inputs) != inputs {
		return ahead{}, fmt.Errorf("ahead: the graph has %d inputs, want %d", len(g.Inputs), inputs)
	}
	return ahead{body, inputs, len(g.Outputs)}, nil
}

// block is what an ahead graph has computed.
type block struct {
	frame   ops.Frame
	from    int // the tick of the first entries
	n       int // how many ticks
	each    int // the elements that it has computed for one tick
	in, out []tensor.Value
	rows    []tensor.Tensor // the entries that it took
}

// maxAhead bounds the ticks of a block, and maxElems the elements that it
// takes of the scan inputs or, of a Loop, computes: a block should stay in the cache.
const (
	maxAhead = 128
	maxElems = 1 << 18
)

// start binds what the graph captures.
func (a *ahead) start(c *ops.Call, b *block) error {
	b.n = 0
	if a.body < 0 {
		return nil
	}
	var err error
	b.frame, err = c.Bodies[a.body].Start(c)
	return err
}

// end drops what the block holds.
func (a *ahead) end(c *ops.Call, b *block) {
	a.drop(c, b)
	if b.frame != nil {
		b.frame.Close()
		b.frame = nil
	}
}

func (a *ahead) drop(c *ops.Call, b *block) {
	for i, v := range b.out {
		c.Release(v)
		b.out[i] = nil
	}
	clear(b.in)
	for i := range b.rows {
		b.rows[i].Clear()
	}
	b.n = 0
}

// run computes the block of n ticks from the given one on; b.in is set.
func (a *ahead) run(c *ops.Call, b *block, from, n int) error {
	b.out = ops.Sized(b.out, a.outputs)
	if err := b.frame.Run(b.in, b.out); err != nil {
		return fmt.Errorf("ahead of tick %d: %w", from, err)
	}
	b.each = 1
	for i, v := range b.out {
		t, ok := v.(*tensor.Tensor)
		if !ok || t.Rank() < 1 || t.Dim(0) != n {
			return fmt.Errorf("ahead: output %d is %s, want a tensor of %d ticks", i, tensor.Describe(v), n)
		}
		b.each += t.Len() / n
	}
	b.from, b.n = from, n
	return nil
}

// entries sets what the body takes of tick from+at.
func (a *ahead) entries(c *ops.Call, b *block, at int, in []tensor.Value) error {
	for i, v := range b.out {
		e, err := entry(c, v.(*tensor.Tensor), at)
		if err != nil {
			return err
		}
		in[i] = e
	}
	return nil
}

// computeAhead computes the block that has tick t of a Scan, unless it is there.
func (k *scan) computeAhead(c *ops.Call, m *scanMemo, xs []*tensor.Tensor, t, ticks int) error {
	b := &m.block
	if b.n > 0 && t < b.from+b.n {
		return nil
	}
	k.ahead.drop(c, b)
	elems := 1
	for _, x := range xs {
		elems += x.Shape().Span(1, x.Rank())
	}
	// All blocks have one size, so that none has shapes to work out anew: the last
	// reaches back where they do not come out even.
	most := min(maxAhead, max(1, maxElems/elems), ticks)
	blocks := (ticks + most - 1) / most
	n := (ticks + blocks - 1) / blocks
	t = min(t, ticks-n)
	b.in = ops.Sized(b.in, len(xs))
	if len(b.rows) != len(xs) {
		b.rows = make([]tensor.Tensor, len(xs))
	}
	for i, x := range xs {
		lo := t
		if k.inReverse[i] != 0 {
			lo = ticks - t - n
		}
		x.RowsTo(&b.rows[i], lo, lo+n)
		tensor.Retain(&b.rows[i])
		b.in[i] = &b.rows[i]
	}
	return k.ahead.run(c, b, t, n)
}

// entriesAhead sets what the body takes of tick t.
func (k *scan) entriesAhead(c *ops.Call, m *scanMemo, t int, in []tensor.Value) error {
	at := t - m.block.from
	if k.inReverse[0] != 0 { // as all are, then
		at = m.block.n - 1 - at
	}
	return k.ahead.entries(c, &m.block, at, in)
}

// computeAhead computes the block that has iteration i of a Loop, unless it is
// there. Nobody knows how many there will be, so blocks grow from few; and
// iterations that never come may be impossible, so where a block fails the one
// iteration that has come is tried alone.
func (k *loop) computeAhead(c *ops.Call, b *block, i, trips int64) error {
	if b.n > 0 && i < int64(b.from+b.n) {
		return nil
	}
	size := int64(8)
	if b.n > 0 {
		size = int64(min(max(2*b.n, 8), maxAhead, max(1, maxElems/b.each)))
	}
	var failure error
	for _, n := range [2]int64{min(size, trips-i), 1} {
		k.ahead.drop(c, b)
		t, err := c.Scratch(tensor.I64, int(n))
		if err != nil {
			return err
		}
		for j := range n {
			tensor.Data[int64](t)[j] = i + j
		}
		b.in = append(ops.Sized(b.in, 0), t)
		failure = k.ahead.run(c, b, int(i), int(n))
		b.in = b.in[:0]
		if failure == nil {
			return nil
		}
	}
	return failure
}
