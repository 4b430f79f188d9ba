package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// GroupQueryAttention attends with more heads of queries than of keys, and
// keeps keys and values in caches that may have room for more.
var groupQueryAttention1 = ops.Def{
	Domain: domain, Name: "GroupQueryAttention", Since: 1,
	Sig: "query:T, key?:T, value?:T, past_key?:C, past_value?:C, seqlens_k:M, total_sequence_length:M, cos_cache?:T, sin_cache?:T," +
		" position_ids?:int64, attention_bias?:T, head_sink?:T, k_scale?:S, v_scale?:S, q_norm_weight?:T, k_norm_weight?:T, query_seqlens?:M" +
		" -> output:T, present_key?:T, present_value?:T, output_qk?:T",
	Types: ops.Types{"T": narrow, "C": narrow, "M": tensor.SetOf(tensor.I32), "S": f32},
	New:   ops.Widen(newGroupQuery),
}

type groupQuery struct {
	heads, kvHeads int
	scale, softcap float32
	window         int // keys before the query's own that it sees; below 0: all
	causal         bool
	rotary         bool
	interleaved    bool
	smooth         bool
	qkOutput       int
	qEps, kEps     float64
}

func newGroupQuery(n *ops.Node) (ops.Kernel, error) {
	eps := n.Float("qk_norm_epsilon", 1e-6)
	k := &groupQuery{
		heads: n.RequiredInt("num_heads"), kvHeads: n.RequiredInt("kv_num_heads"),
		scale: n.Float("scale", 0), softcap: n.Float("softcap", 0),
		window: n.Int("local_window_size", -1), causal: n.Bool("causal", true),
		rotary: n.Bool("do_rotary", false), interleaved: n.Bool("rotary_interleaved", false),
		smooth: n.Bool("smooth_softmax", false), qkOutput: n.Int("qk_output", 0),
		qEps: float64(n.Float("q_norm_epsilon", eps)), kEps: float64(n.Float("k_norm_epsilon", eps)),
	}
	for _, name := range []string{"k_quant_type", "v_quant_type"} {
		if t := n.Str(name, "NONE"); t != "NONE" {
			return nil, ops.Unsupportedf("attribute %s: %s", name, t)
		}
	}
	if n.Int("kv_cache_bit_width", 0) != 0 || n.Bool("sliding_window_cache", false) {
		return nil, ops.Unsupportedf("attributes kv_cache_bit_width and sliding_window_cache")
	}
	if n.HasInput(12) || n.HasInput(13) || n.HasInput(16) {
		return nil, ops.Unsupportedf("inputs 12 (k_scale), 13 (v_scale) and 16 (query_seqlens)")
	}
	if k.kvHeads < 1 || k.heads < 1 || k.heads%k.kvHeads != 0 {
		return nil, fmt.Errorf("attributes num_heads, kv_num_heads: got %d and %d, want a multiple of the second", k.heads, k.kvHeads)
	}
	if k.qkOutput < 0 || k.qkOutput > 2 {
		return nil, fmt.Errorf("attribute qk_output: got %d, want 0 to 2", k.qkOutput)
	}
	if k.rotary && (!n.HasInput(7) || !n.HasInput(8)) {
		return nil, fmt.Errorf("attribute do_rotary: inputs 7 (cos_cache) and 8 (sin_cache) are missing")
	}
	return k, nil
}

func (k *groupQuery) Run(c *ops.Call) error {
	p := &attention.Params[float32]{Heads: k.heads, KVHeads: k.kvHeads, Softcap: k.softcap}
	if err := k.inputs(c, p); err != nil {
		return err
	}
	rows := p.Queries
	past, err := k.lengths(c, p)
	if err != nil {
		return err
	}
	p.Scale = scaleOf(k.scale, p.Size)
	mem := &memory{c: c}
	defer mem.release()
	if err := k.prepare(mem, &p.Q, k.heads, 14, k.qEps, p, past); err != nil {
		return err
	}
	if err := k.prepare(mem, &p.K, k.kvHeads, 15, k.kEps, p, past); err != nil {
		return err
	}
	if p.K, err = k.cache(mem, 3, 1, p, p.K, past); err != nil {
		return err
	}
	if p.V, err = k.cache(mem, 4, 2, p, p.V, past); err != nil {
		return err
	}
	if k.causal {
		p.Window.Right = 0
	} else {
		p.Window.Right = -1
	}
	p.Window.Left = -1
	if k.window >= 0 {
		p.Window.Left = max(k.window-1, 0)
	}
	if err := k.bias(c, p); err != nil {
		return err
	}
	if err := k.sink(mem, c, p); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, tensor.Shape{p.Batch, rows, k.heads * p.Size})
	if err != nil {
		return err
	}
	p.Y = attention.Merged(data(y), k.heads, rows, p.Size)
	if c.Wants(3) {
		if k.qkOutput == 0 {
			return fmt.Errorf("output 3 (output_qk) is wanted, but attribute qk_output is 0")
		}
		qk, err := c.Output(3, tensor.F32, tensor.Shape{p.Batch, p.Heads, rows, p.Keys})
		if err != nil {
			return err
		}
		p.Scores, p.Stage = data(qk), attention.Masked
		if k.qkOutput == 2 {
			p.Stage = attention.Softmax
		}
	}
	return attend(mem, p)
}

// inputs finds queries, keys and values, separate or side by side.
func (k *groupQuery) inputs(c *ops.Call, p *attention.Params[float32]) error {
	q, key, value := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if err := wantShape(q, 0, "query", -1, -1, -1); err != nil {
		return err
	}
	p.Batch, p.Queries = q.Dim(0), q.Dim(1)
	all := k.heads
	if (key == nil) != (value == nil) {
		return fmt.Errorf("inputs 1 (key) and 2 (value): got one, want both or none")
	}
	if key == nil {
		all += 2 * k.kvHeads
	}
	if q.Dim(2)%all != 0 {
		return fmt.Errorf("input 0 (query): got %v, want a last dimension that %d heads share", q, all)
	}
	p.Size = q.Dim(2) / all
	p.VSize = p.Size
	p.Q = attention.Merged(data(q), k.heads, p.Queries, p.Size)
	if key == nil {
		view := func(head int) attention.Heads[float32] {
			d := data(q)
			return attention.Heads[float32]{Data: d[min(head*p.Size, len(d)):], Batch: p.Queries * q.Dim(2), Head: p.Size, Row: q.Dim(2)}
		}
		p.Q, p.K, p.V = view(0), view(k.heads), view(k.heads+k.kvHeads)
		return nil
	}
	for i, name := range []string{1: "key", 2: "value"} {
		if name == "" {
			continue
		}
		if err := wantShape(c.Tensor(i), i, name, p.Batch, p.Queries, k.kvHeads*p.Size); err != nil {
			return err
		}
	}
	p.K = attention.Merged(data(key), k.kvHeads, p.Queries, p.Size)
	p.V = attention.Merged(data(value), k.kvHeads, p.Queries, p.Size)
	return nil
}

// lengths returns how many keys of the past each batch entry has, and sets what
// follows from that: the keys of the caches and the window.
func (k *groupQuery) lengths(c *ops.Call, p *attention.Params[float32]) (past []int64, err error) {
	seqlens, total := c.Tensor(5), c.Tensor(6)
	if seqlens.Len() != p.Batch {
		return nil, fmt.Errorf("input 5 (seqlens_k): got %v, want %d elements", seqlens, p.Batch)
	}
	if total.Len() != 1 {
		return nil, fmt.Errorf("input 6 (total_sequence_length): got %v, want one element", total)
	}
	if c.Has(3) != c.Has(4) {
		return nil, fmt.Errorf("inputs 3 (past_key) and 4 (past_value): got one, want both or none")
	}
	room := 0
	if c.Has(3) {
		if err := wantShape(c.Tensor(3), 3, "past_key", p.Batch, k.kvHeads, -1, p.Size); err != nil {
			return nil, err
		}
		room = c.Tensor(3).Dim(2)
		if err := wantShape(c.Tensor(4), 4, "past_value", p.Batch, k.kvHeads, room, p.Size); err != nil {
			return nil, err
		}
	}
	longest := int(tensor.Data[int32](total)[0])
	if longest < p.Queries || longest > room+p.Queries && longest > room {
		return nil, fmt.Errorf("input 6 (total_sequence_length): got %d, want %d to %d", longest, p.Queries, room+p.Queries)
	}
	p.Keys = max(longest, room)
	past = make([]int64, p.Batch)
	p.Window.Offset, p.Window.Valid = make([]int, p.Batch), make([]int, p.Batch)
	for b, last := range tensor.Data[int32](seqlens) {
		n := int(last) + 1
		if n < 0 || n > longest {
			return nil, fmt.Errorf("input 5 (seqlens_k): element %d is %d, want at most %d", b, last, longest-1)
		}
		if longest > p.Queries { // not the first prompt
			past[b] = int64(n - p.Queries)
		}
		if past[b] < 0 || past[b] > int64(room) {
			return nil, fmt.Errorf("input 5 (seqlens_k): element %d is %d, want %d to %d", b, last, p.Queries-1, room+p.Queries-1)
		}
		p.Window.Offset[b], p.Window.Valid[b] = int(past[b]), n
	}
	return past, nil
}

// prepare normalizes and rotates the heads of queries or keys.
func (k *groupQuery) prepare(mem *memory, x *attention.Heads[float32], heads, weight int, eps float64, p *attention.Params[float32], past []int64) error {
	c := mem.c
	scale := c.Tensor(weight)
	if scale == nil && !k.rotary {
		return nil
	}
	work, err := mem.floats(p.Batch * p.Queries * heads * p.Size)
	if err != nil {
		return err
	}
	y := attention.Merged(work, heads, p.Queries, p.Size)
	attention.Place(c.Pool, y, *x, p.Batch, heads, p.Queries, p.Size, nil)
	*x = y
	if scale != nil {
		if err := wantShape(scale, weight, "norm_weight", p.Size); err != nil {
			return err
		}
		norm.Normalize(c.Pool, work, work, norm.Rows[float32]{N: p.Size, Eps: eps, Scale: data(scale), Each: 1})
	}
	if !k.rotary {
		return nil
	}
	cos := c.Tensor(7)
	if err := wantShape(cos, 7, "cos_cache", -1, -1); err != nil {
		return err
	}
	r := &attention.Rotation{
		Batch: p.Batch, Heads: heads, Rows: p.Queries, Size: p.Size, X: y, Y: y,
		Dim: 2 * cos.Dim(1), Interleaved: k.interleaved,
	}
	if r.Dim > r.Size {
		return fmt.Errorf("input 7 (cos_cache): got %v, want no more than half the %d elements of a head", cos, r.Size)
	}
	if ids := c.Tensor(9); ids != nil {
		if err := rotation(c, r, ids, 9, 7); err != nil {
			return err
		}
	} else {
		sin := c.Tensor(8)
		if err := wantShape(sin, 8, "sin_cache", cos.Dim(0), cos.Dim(1)); err != nil {
			return err
		}
		r.Cos, r.Sin, r.Start = data(cos), data(sin), past
		for b, s := range past {
			if int(s)+p.Queries > cos.Dim(0) {
				return fmt.Errorf("input 7 (cos_cache): got %v, want %d rows or more for batch entry %d", cos, int(s)+p.Queries, b)
			}
		}
	}
	attention.Rotate(c.Pool, r)
	return nil
}

// cache returns the cache with the past of input in and x behind it, which is
// the output present; where nothing is, are zeros.
func (k *groupQuery) cache(mem *memory, in, present int, p *attention.Params[float32], x attention.Heads[float32], past []int64) (h attention.Heads[float32], err error) {
	c := mem.c
	shape := tensor.Shape{p.Batch, k.kvHeads, p.Keys, p.Size}
	var all []float32
	if c.Wants(present) {
		t, err := c.Output(present, tensor.F32, shape)
		if err != nil {
			return h, err
		}
		all = data(t)
	} else if all, err = mem.floats(shape.Len()); err != nil {
		return h, err
	}
	h = attention.Packed(all, k.kvHeads, p.Keys, p.Size)
	clear(all)
	var before attention.Heads[float32]
	if old := c.Tensor(in); old != nil {
		before = attention.Packed(data(old), k.kvHeads, old.Dim(2), p.Size)
	}
	for b, n := range past {
		one := func(x attention.Heads[float32], row int) attention.Heads[float32] {
			x.Data = x.Data[min(b*x.Batch+row*x.Row, len(x.Data)):]
			return x
		}
		if n > 0 {
			attention.Place(c.Pool, one(h, 0), one(before, 0), 1, k.kvHeads, int(n), p.Size, nil)
		}
		rows := min(p.Queries, p.Keys-int(n))
		attention.Place(c.Pool, one(h, int(n)), one(x, 0), 1, k.kvHeads, rows, p.Size, nil)
	}
	return h, nil
}

// bias adds the input attention_bias, whose keys may be fewer than the caches
// have.
func (k *groupQuery) bias(c *ops.Call, p *attention.Params[float32]) error {
	t := c.Tensor(10)
	if t == nil {
		return nil
	}
	longest := int(tensor.Data[int32](c.Tensor(6))[0])
	if err := wantShape(t, 10, "attention_bias", -1, -1, p.Queries, longest); err != nil {
		return err
	}
	b, h := t.Dim(0), t.Dim(1)
	if b != 1 && b != p.Batch || h != 1 && h != p.Heads {
		return fmt.Errorf("input 10 (attention_bias): got %v, want %d or 1 batch entries and %d or 1 heads", t, p.Batch, p.Heads)
	}
	m := attention.Mask[float32]{Add: data(t), Batch: h * p.Queries * longest, Head: p.Queries * longest, Row: longest, Col: 1, Keys: longest}
	if b == 1 {
		m.Batch = 0
	}
	if h == 1 {
		m.Head = 0
	}
	p.Masks = append(p.Masks, m)
	return nil
}

// sink sets what takes part in the sums of the softmax beside the scores.
func (k *groupQuery) sink(mem *memory, c *ops.Call, p *attention.Params[float32]) error {
	t := c.Tensor(11)
	if t != nil {
		p.Sink = data(t)
		return wantShape(t, 11, "head_sink", p.Heads)
	}
	if !k.smooth {
		return nil
	}
	var err error
	p.Sink, err = mem.floats(p.Heads)
	clear(p.Sink)
	return err
}
