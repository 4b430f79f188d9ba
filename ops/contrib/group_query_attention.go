package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// GroupQueryAttention attends with more heads of queries than of keys, and
// keeps keys and values in caches that may have room for more, may be quantized,
// and may slide with the window.
var groupQueryAttention1 = ops.Def{
	Domain: domain, Name: "GroupQueryAttention", Since: 1,
	Sig: "query:T, key?:T, value?:T, past_key?:C, past_value?:C, seqlens_k:M, total_sequence_length:M, cos_cache?:T, sin_cache?:T," +
		" position_ids?:int64, attention_bias?:T, head_sink?:T, k_scale?:S, v_scale?:S, q_norm_weight?:T, k_norm_weight?:T, query_seqlens?:M" +
		" -> output:T, present_key?:C, present_value?:C, output_qk?:T",
	Types: ops.Types{"T": narrow, "C": narrow | tensor.SetOf(tensor.I8, tensor.U8), "M": tensor.SetOf(tensor.I32), "S": f32},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k, err := ops.Widen(newGroupQuery)(n)
		return newCaches{k}, err
	},
}

// newCaches gives caches that do not come from any the type of the query.
type newCaches struct{ ops.Kernel }

func (k newCaches) Run(c *ops.Call) error {
	if err := k.Kernel.Run(c); err != nil {
		return err
	}
	d := c.Tensor(0).DType()
	if d == tensor.F32 || c.Has(3) {
		return nil
	}
	for i := 1; i < min(len(c.Outputs), 3); i++ {
		wide, ok := c.Outputs[i].(*tensor.Tensor)
		if !ok || wide.DType() != tensor.F32 {
			continue
		}
		t, err := c.Output(i, d, wide.Shape())
		if err != nil {
			return err
		}
		if err := tensor.Convert(t, wide, tensor.Conversion{}); err != nil {
			return err
		}
		c.Release(wide)
	}
	return nil
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

	// The caches are of integers of bits bits with a scale each, or if
	// perChannel with one for each element of a head; 0: they are not quantized.
	bits       int
	perChannel bool
	sliding    bool // they have the last rows alone
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
	kinds := []string{"NONE", "PER_TENSOR", "PER_CHANNEL"}
	kind := n.Enum("k_quant_type", kinds...)
	if v := n.Enum("v_quant_type", kinds...); v != kind {
		return nil, ops.Unsupportedf("attributes k_quant_type and v_quant_type that differ: %s and %s", kind, v)
	}
	k.bits, k.perChannel = n.Int("kv_cache_bit_width", 0), kind == "PER_CHANNEL"
	if (kind == "NONE") != (k.bits == 0) || k.bits != 0 && k.bits != 4 && k.bits != 8 {
		return nil, fmt.Errorf("attribute kv_cache_bit_width: got %d for k_quant_type %s, want 4 or 8, or 0 for NONE", k.bits, kind)
	}
	if k.sliding = n.Bool("sliding_window_cache", false); k.sliding && (k.window < 1 || !k.causal) {
		return nil, fmt.Errorf("attribute sliding_window_cache: local_window_size is %d, want 1 or more and a causal mask", k.window)
	}
	if n.HasInput(16) && !k.causal {
		return nil, ops.Unsupportedf("input 16 (query_seqlens) with the attribute causal 0")
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
	s, err := k.lengths(c, p)
	if err != nil {
		return err
	}
	p.Scale = scaleOf(k.scale, p.Size)
	mem := &memory{c: c}
	defer mem.release()
	if err := k.prepare(mem, &p.Q, k.heads, 14, k.qEps, p, s); err != nil {
		return err
	}
	if err := k.prepare(mem, &p.K, k.kvHeads, 15, k.kEps, p, s); err != nil {
		return err
	}
	if p.K, err = k.cache(mem, 3, 1, p, p.K, s); err != nil {
		return err
	}
	if p.V, err = k.cache(mem, 4, 2, p, p.V, s); err != nil {
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
	if err := k.bias(mem, p, s); err != nil {
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
		if k.sliding {
			return ops.Unsupportedf("output 3 (output_qk) of caches that slide")
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
	if err := attend(mem, p); err != nil {
		return err
	}
	if p.Scores != nil {
		s.clearHidden(p, c.Has(16))
	}
	if c.Has(16) {
		for b, n := range s.fresh { // what is no query gets zeros
			row := k.heads * p.Size
			clear(data(y)[(b*rows+n)*row : (b+1)*rows*row])
		}
	}
	return nil
}

// clearHidden makes 0 of the scores of keys that the window hides, and of rows
// that are no queries.
func (s *span) clearHidden(p *attention.Params[float32], padded bool) {
	for n := range p.Batch * p.Heads * p.Queries {
		b, i := n/(p.Heads*p.Queries), n%p.Queries
		row := p.Scores[n*p.Keys : (n+1)*p.Keys]
		at := s.kept[b] + i
		lo, hi := 0, p.Window.Valid[b]
		if p.Window.Left >= 0 {
			lo = max(0, at-p.Window.Left)
		}
		if p.Window.Right >= 0 {
			hi = min(hi, at+1)
		}
		if padded && i >= s.fresh[b] {
			hi = 0
		}
		clear(row[:min(lo, len(row))])
		clear(row[min(hi, len(row)):])
	}
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

// prepare normalizes and rotates the heads of queries or keys.
func (k *groupQuery) prepare(mem *memory, x *attention.Heads[float32], heads, weight int, eps float64, p *attention.Params[float32], s *span) error {
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
		if s.first && r.Positions != nil && len(r.Positions) > 0 { // its first one says all
			start := r.Positions[:1]
			if int(start[0])+r.Rows > cos.Dim(0) {
				return fmt.Errorf("input 9 (position_ids): element 0 is %d, want %d rows in the caches for %d queries", start[0], int(start[0])+r.Rows, r.Rows)
			}
			r.Positions, r.Start = nil, start
		}
	} else {
		sin := c.Tensor(8)
		if err := wantShape(sin, 8, "sin_cache", cos.Dim(0), cos.Dim(1)); err != nil {
			return err
		}
		r.Cos, r.Sin = data(cos), data(sin)
		if err := s.positions(mem, r, cos.Dim(0)); err != nil {
			return err
		}
	}
	attention.Rotate(c.Pool, r)
	return nil
}

// positions sets those of the rows, of which the caches of sines and cosines
// have the given number. Rows that are no queries get any.
func (s *span) positions(mem *memory, r *attention.Rotation, rows int) error {
	padded := mem.c.Has(16)
	for b, start := range s.start {
		n := r.Rows
		if padded {
			n = s.fresh[b]
		}
		if int(start)+n > rows {
			return fmt.Errorf("input 7 (cos_cache): got %d rows, want %d or more for batch entry %d", rows, int(start)+n, b)
		}
	}
	if !padded {
		r.Start = s.start
		return nil
	}
	t, err := mem.c.Scratch(tensor.I64, r.Batch, r.Rows)
	if err != nil {
		return err
	}
	mem.held = append(mem.held, t)
	r.Positions = tensor.Data[int64](t)
	for b, start := range s.start {
		for i := range r.Rows {
			if i >= s.fresh[b] {
				start = -int64(i)
			}
			r.Positions[b*r.Rows+i] = start + int64(i)
		}
	}
	return nil
}

// bias adds the input attention_bias, whose keys are those of all positions,
// and may be fewer than the caches have.
func (k *groupQuery) bias(mem *memory, p *attention.Params[float32], s *span) error {
	t := mem.c.Tensor(10)
	if t == nil {
		return nil
	}
	longest := int(tensor.Data[int32](mem.c.Tensor(6))[0])
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
	if k.sliding {
		// The keys of an entry begin at a position of its own.
		add, err := mem.floats(p.Batch * h * p.Queries * p.Keys)
		if err != nil {
			return err
		}
		clear(add)
		for n := range p.Batch * h * p.Queries {
			e, head, i := n/(h*p.Queries), n/p.Queries%h, n%p.Queries
			row := m.Add[e*m.Batch+head*m.Head+i*m.Row:][:longest]
			copy(add[n*p.Keys:(n+1)*p.Keys], row[min(int(s.start[e])-s.kept[e], longest):])
		}
		m.Add, m.Batch, m.Head, m.Row, m.Keys = add, h*p.Queries*p.Keys, m.Head/max(longest, 1)*p.Keys, p.Keys, p.Keys
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
