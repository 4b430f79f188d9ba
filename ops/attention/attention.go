package attention

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/internal/kernel/move"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Attention computes softmax(scale·Q·Kᵀ + bias)·V for each head. Version 24
// takes the number of valid keys of each batch entry and masks of fewer keys,
// version 25 windows.
var attention23 = ops.Def{
	Name: "Attention", Since: 23,
	Sig:   "Q:T1, K:T1, V:T2, attn_mask?:U, past_key?:T1, past_value?:T2 -> " + attentionOutputs,
	Types: attentionTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newAttention(n)
		if err != nil {
			return nil, err
		}
		k.wholeMask = true
		return k, nil
	},
}

var attention24 = ops.Def{
	Name: "Attention", Since: 24,
	Sig:   "Q:T1, K:T1, V:T2, attn_mask?:U, past_key?:T1, past_value?:T2, nonpad_kv_seqlen?:int64 -> " + attentionOutputs,
	Types: attentionTypes,
	New:   func(n *ops.Node) (ops.Kernel, error) { return newAttention(n) },
}

var attention25 = ops.Def{
	Name: "Attention", Since: 25,
	Sig:   "Q:T1, K:T1, V:T2, attn_mask?:U, past_key?:T1, past_value?:T2, nonpad_kv_seqlen?:int64 -> " + attentionOutputs,
	Types: attentionTypes,
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := newAttention(n)
		if err != nil {
			return nil, err
		}
		k.left = n.Int("left_window_size", -1)
		right := n.Int("right_window_size", -1)
		if k.left < -1 || right < -1 {
			return nil, fmt.Errorf("attributes left_window_size, right_window_size: got %d and %d, want -1 or more", k.left, right)
		}
		if k.right < 0 {
			k.right = right
		}
		return k, nil
	},
}

const attentionOutputs = "Y:T1, present_key?:T1, present_value?:T2, qk_matmul_output?:T1"

var attentionTypes = ops.Types{"T1": ops.Floats, "T2": ops.Floats, "U": ops.Numeric | ops.Bool}

type dotProduct struct {
	scale       float64 // NaN: 1/√head size
	softcap     float64
	qHeads      int // of inputs of rank 3
	kvHeads     int
	left, right int  // of the window
	wholeMask   bool // a mask has all keys or is broadcast
	stage       attention.Stage
}

func newAttention(n *ops.Node) (*dotProduct, error) {
	k := &dotProduct{
		scale: math.NaN(), softcap: float64(n.Float("softcap", 0)),
		qHeads: n.Int("q_num_heads", 0), kvHeads: n.Int("kv_num_heads", 0),
		left: -1, right: -1,
	}
	if n.Has("scale") {
		k.scale = float64(n.Float("scale", 0))
	}
	if n.Bool("is_causal", false) {
		k.right = 0
	}
	mode := n.Int("qk_matmul_output_mode", 0)
	if mode < 0 || mode > 3 {
		return nil, fmt.Errorf("attribute qk_matmul_output_mode: got %d, want 0 to 3", mode)
	}
	k.stage = attention.Stage(mode)
	// The softmax is computed in float32 or float64 with float64 sums, which
	// is at least what the attribute asks for, but float64 for narrower data.
	if d := n.DType("softmax_precision", tensor.F32); !ops.Floats.Has(d) {
		return nil, fmt.Errorf("attribute softmax_precision: got %v, want one of %v", d, ops.Floats)
	}
	return k, nil
}

func (k *dotProduct) Run(c *ops.Call) error {
	for i := range c.Inputs {
		if t := c.Tensor(i); t != nil && i != 3 && t.DType() == tensor.F64 {
			return runAttention[float64](k, c)
		}
	}
	return runAttention[float32](k, c)
}

// sizes are the dimensions of an attention.
type sizes struct {
	batch, heads, kvHeads, queries, keys, past, size, vSize int
	packed                                                  bool // rank 4
}

func runAttention[W attention.Float](k *dotProduct, c *ops.Call) error {
	s, err := k.sizes(c)
	if err != nil {
		return err
	}
	mem := &memory{c: c}
	defer mem.release()
	p := &attention.Params[W]{
		Batch: s.batch, Heads: s.heads, KVHeads: s.kvHeads, Queries: s.queries, Keys: s.past + s.keys, Size: s.size, VSize: s.vSize,
		Scale: W(k.scale), Softcap: W(k.softcap), Stage: k.stage,
	}
	if math.IsNaN(k.scale) {
		p.Scale = W(1 / math.Sqrt(float64(s.size)))
	}
	if p.Q, err = layOut[W](mem, c.Tensor(0), s.packed, s.heads, s.queries, s.size); err != nil {
		return err
	}
	if p.K, err = keys[W](mem, c, 1, 4, 1, &s, s.size); err != nil {
		return err
	}
	if p.V, err = keys[W](mem, c, 2, 5, 2, &s, s.vSize); err != nil {
		return err
	}
	if err := k.window(c, &s, &p.Window); err != nil {
		return err
	}
	if c.Has(3) {
		m, err := mask[W](mem, c.Tensor(3), tensor.Shape{s.batch, s.heads, s.queries, p.Keys}, k.wholeMask)
		if err != nil {
			return fmt.Errorf("input 3 (attn_mask): %w", err)
		}
		p.Masks = append(p.Masks, m)
	}

	shape := tensor.Shape{s.batch, s.queries, s.heads * s.vSize}
	if s.packed {
		shape = tensor.Shape{s.batch, s.heads, s.queries, s.vSize}
	}
	d := c.Tensor(0).DType()
	y, err := output[W](mem, 0, d, shape)
	if err != nil {
		return err
	}
	p.Y = arrange(y.data, s.packed, s.heads, s.queries, s.vSize)
	var scores result[W]
	if c.Wants(3) {
		if scores, err = output[W](mem, 3, d, tensor.Shape{s.batch, s.heads, s.queries, p.Keys}); err != nil {
			return err
		}
		p.Scores = scores.data
	}
	work, err := floats[W](mem, p.Work(c.Pool))
	if err != nil {
		return err
	}
	attention.Run(c.Pool, p, work)
	if c.Wants(3) {
		if err := scores.done(); err != nil {
			return err
		}
	}
	return y.done()
}

// sizes checks the shapes of Q, K, V and the past.
func (k *dotProduct) sizes(c *ops.Call) (s sizes, err error) {
	q, key, v := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	s.packed = q.Rank() == 4
	if q.Rank() != 4 && q.Rank() != 3 {
		return s, fmt.Errorf("input 0 (Q): got %v, want 3 or 4 dimensions", q)
	}
	var n [3][4]int // batch, heads, rows, size
	for i, t := range []*tensor.Tensor{q, key, v} {
		if t.Rank() != q.Rank() {
			return s, fmt.Errorf("input %d (%c): got %v, want as many dimensions as input 0 (Q) has, %v", i, "QKV"[i], t, q)
		}
		if s.packed {
			copy(n[i][:], t.Shape())
			continue
		}
		heads, name := k.kvHeads, "kv_num_heads"
		if i == 0 {
			heads, name = k.qHeads, "q_num_heads"
		}
		if heads < 1 {
			return s, fmt.Errorf("attribute %s: got %d, want 1 or more for inputs of 3 dimensions", name, heads)
		}
		if t.Dim(2)%heads != 0 {
			return s, fmt.Errorf("input %d (%c): got %v, want a last dimension that %d heads share", i, "QKV"[i], t, heads)
		}
		n[i] = [4]int{t.Dim(0), heads, t.Dim(1), t.Dim(2) / heads}
	}
	nq, nk, nv := n[0], n[1], n[2]
	s.batch, s.heads, s.kvHeads, s.queries, s.keys, s.size, s.vSize = nq[0], nq[1], nk[1], nq[2], nk[2], nq[3], nv[3]
	switch {
	case nk[0] != s.batch || nk[3] != s.size:
		return s, fmt.Errorf("input 1 (K): got %v, want %d batch entries and heads of %d elements as input 0 (Q) has, %v", key, s.batch, s.size, q)
	case nv[0] != s.batch || nv[1] != s.kvHeads || nv[2] != s.keys:
		return s, fmt.Errorf("input 2 (V): got %v, want %d batch entries, %d heads and %d rows as input 1 (K) has, %v", v, s.batch, s.kvHeads, s.keys, key)
	case s.heads > 0 && (s.kvHeads < 1 || s.heads%s.kvHeads != 0):
		return s, fmt.Errorf("input 1 (K): got %d heads, want a divisor of the %d heads of input 0 (Q)", s.kvHeads, s.heads)
	case c.Has(4) != c.Has(5):
		return s, fmt.Errorf("inputs 4 (past_key) and 5 (past_value): got one, want both or none")
	}
	if !c.Has(4) {
		return s, nil
	}
	pk, pv := c.Tensor(4), c.Tensor(5)
	if pk.Rank() == 4 {
		s.past = pk.Dim(2)
	}
	if want := (tensor.Shape{s.batch, s.kvHeads, s.past, s.size}); !pk.Shape().Equal(want) {
		return s, fmt.Errorf("input 4 (past_key): got %v, want shape %v", pk, want)
	}
	if want := (tensor.Shape{s.batch, s.kvHeads, s.past, s.vSize}); !pv.Shape().Equal(want) {
		return s, fmt.Errorf("input 5 (past_value): got %v, want shape %v", pv, want)
	}
	return s, nil
}

// arrange sees data as one matrix a head.
func arrange[W attention.Float](data []W, packed bool, heads, rows, size int) attention.Heads[W] {
	if packed {
		return attention.Packed(data, heads, rows, size)
	}
	return attention.Merged(data, heads, rows, size)
}

// layOut reads an input as one matrix a head.
func layOut[W attention.Float](mem *memory, t *tensor.Tensor, packed bool, heads, rows, size int) (h attention.Heads[W], err error) {
	data, err := wide[W](mem, t)
	return arrange(data, packed, heads, rows, size), err
}

// keys returns the keys or values at input in, after those at input past, which
// also are the output present if that is wanted.
func keys[W attention.Float](mem *memory, c *ops.Call, in, past, present int, s *sizes, size int) (h attention.Heads[W], err error) {
	x, old := c.Tensor(in), c.Tensor(past)
	if old == nil && !c.Wants(present) {
		return layOut[W](mem, x, s.packed, s.kvHeads, s.keys, size)
	}
	shape := tensor.Shape{s.batch, s.kvHeads, s.past + s.keys, size}
	if old == nil && s.packed {
		c.SetOutput(present, x)
		return layOut[W](mem, x, true, s.kvHeads, s.keys, size)
	}
	var all *tensor.Tensor
	if c.Wants(present) {
		all, err = c.Output(present, x.DType(), shape)
	} else {
		all, err = mem.scratch(x.DType(), shape...)
	}
	if err != nil {
		return h, err
	}
	if old != nil {
		place(c, all, old, true, s, s.past, size, 0)
	}
	place(c, all, x, s.packed, s, s.keys, size, s.past)
	return layOut[W](mem, all, true, s.kvHeads, s.past+s.keys, size)
}

// place copies the rows of x, as many as rows, behind the first at rows of each
// matrix of all.
func place(c *ops.Call, all, x *tensor.Tensor, packed bool, s *sizes, rows, size, at int) {
	total := s.past + s.keys
	l := move.Layout{
		Dims:  []int{s.batch, s.kvHeads, rows, size},
		Dst:   []int{s.kvHeads * total * size, total * size, size, 1},
		Src:   []int{s.kvHeads * rows * size, rows * size, size, 1},
		DstAt: at * size,
	}
	if !packed {
		l.Src[1], l.Src[2] = size, s.kvHeads*size
	}
	move.Bytes(c.Pool, all.Bytes(), x.Bytes(), x.DType().Size(), l)
}

// window sets the range of keys that each query sees.
func (k *dotProduct) window(c *ops.Call, s *sizes, w *attention.Window) error {
	// Positions are far from overflow.
	w.Left, w.Right = min(k.left, math.MaxInt32), min(k.right, math.MaxInt32)
	if s.past > 0 {
		w.Offset = []int{s.past}
	}
	if !c.Has(6) {
		return nil
	}
	t := c.Tensor(6)
	if t.Rank() != 1 || t.Dim(0) != s.batch {
		return fmt.Errorf("input 6 (nonpad_kv_seqlen): got %v, want %d elements", t, s.batch)
	}
	if c.Has(4) {
		return fmt.Errorf("input 6 (nonpad_kv_seqlen) does not go with input 4 (past_key)")
	}
	w.Offset, w.Valid = make([]int, s.batch), make([]int, s.batch)
	for b, v := range tensor.Data[int64](t) {
		if v < 0 || v > int64(s.keys) {
			return fmt.Errorf("input 6 (nonpad_kv_seqlen): element %d is %d, want 0 to %d", b, v, s.keys)
		}
		w.Valid[b], w.Offset[b] = int(v), int(v)-s.queries
	}
	return nil
}

// mask reads a mask that broadcasts to shape; unless whole, one that has fewer
// keys, be it a single one, hides the others.
func mask[W attention.Float](mem *memory, t *tensor.Tensor, shape tensor.Shape, whole bool) (m attention.Mask[W], err error) {
	dims := tensor.Shape{1, 1, 1, 1}
	if t.Rank() < 1 || t.Rank() > 4 {
		return m, fmt.Errorf("got %v, want 1 to 4 dimensions", t)
	}
	copy(dims[4-t.Rank():], t.Shape())
	for i, d := range dims {
		if d != 1 && d != shape[i] && !(i == 3 && d < shape[i] && !whole) {
			return m, fmt.Errorf("got %v, want a shape that broadcasts to %v", t, shape)
		}
	}
	strides := dims.Strides()
	for i, d := range dims {
		if d == 1 {
			strides[i] = 0
		}
	}
	m.Batch, m.Head, m.Row, m.Col, m.Keys = strides[0], strides[1], strides[2], strides[3], dims[3]
	if whole {
		m.Keys = shape[3]
	}
	if t.DType() == tensor.Boolean {
		m.Keep = tensor.Data[bool](t)
		return m, nil
	}
	m.Add, err = wide[W](mem, t)
	return m, err
}
