package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// MultiHeadAttention attends with queries, keys and values that are separate
// or packed together. The output qk is what the softmax is taken of.
//
// With past_sequence_length, past_key and past_value have room for more than
// the rows that they hold, and the new ones are put behind these;
// cache_indirection then says for each of a beam search's sequences and each
// row of the past from which sequence of the same beam that comes, where one
// query is given for each.
var multiHeadAttention1 = ops.Def{
	Domain: domain, Name: "MultiHeadAttention", Since: 1,
	Sig: "query:T, key?:T, value?:T, bias?:T, key_padding_mask?:M, attention_bias?:T, past_key?:T, past_value?:T, past_sequence_length?:M, cache_indirection?:M" +
		" -> output:T, present_key?:T, present_value?:T, qk?:QK",
	Types: ops.Types{"T": narrow, "M": tensor.SetOf(tensor.I32), "QK": narrow},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &multiHead{
			heads: n.RequiredInt("num_heads"), scale: n.Float("scale", 0),
			masking: masking{filter: n.Float("mask_filter_value", -10000), causal: n.Bool("unidirectional", false)},
		}
		if k.heads < 1 {
			return nil, fmt.Errorf("attribute num_heads: got %d, want 1 or more", k.heads)
		}
		return k, nil
	}),
}

type multiHead struct {
	heads int
	scale float32
	masking
}

func (k *multiHead) Run(c *ops.Call) error {
	p := &attention.Params[float32]{Heads: k.heads, KVHeads: k.heads, Stage: attention.Masked}
	if err := k.inputs(c, p); err != nil {
		return err
	}
	p.Scale = scaleOf(k.scale, p.Size)
	mem := &memory{c: c}
	defer mem.release()
	bias := data(c.Tensor(3))
	d := k.heads * p.Size
	if bias != nil {
		if err := wantShape(c.Tensor(3), 3, "bias", 2*d+k.heads*p.VSize); err != nil {
			return err
		}
		q, err := mem.floats(p.Batch * p.Queries * d)
		if err != nil {
			return err
		}
		dst := attention.Merged(q, p.Heads, p.Queries, p.Size)
		attention.Place(c.Pool, dst, p.Q, p.Batch, p.Heads, p.Queries, p.Size, bias[:d])
		p.Q = dst
	}
	// Keys and values of four dimensions have theirs already.
	projected := c.Has(1) && c.Tensor(1).Rank() == 4
	past, room, err := k.past(c, p)
	if err != nil {
		return err
	}
	for i, x := range []struct {
		*attention.Heads[float32]
		size int
	}{{&p.K, p.Size}, {&p.V, p.VSize}} {
		if (bias == nil || projected) && past == 0 && room <= p.Keys && !c.Wants(1+i) {
			continue
		}
		var part []float32
		if bias != nil && !projected {
			part = bias[d*(1+i):]
		}
		if *x.Heads, err = k.present(mem, p, i, x.size, *x.Heads, past, room, part); err != nil {
			return err
		}
	}
	p.Keys += past
	if err := k.mask(mem, p, past, c.Tensor(4), 4, c.Tensor(5), 5); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, tensor.Shape{p.Batch, p.Queries, k.heads * p.VSize})
	if err != nil {
		return err
	}
	p.Y = attention.Merged(data(y), k.heads, p.Queries, p.VSize)
	if c.Wants(3) {
		qk, err := c.Output(3, tensor.F32, tensor.Shape{p.Batch, p.Heads, p.Queries, p.Keys})
		if err != nil {
			return err
		}
		p.Scores = data(qk)
	}
	return attend(mem, p)
}

// past returns how many rows there are before the new ones, and how many the
// outputs present_key and present_value have.
func (k *multiHead) past(c *ops.Call, p *attention.Params[float32]) (past, room int, err error) {
	if c.Has(6) != c.Has(7) {
		return 0, 0, fmt.Errorf("inputs 6 (past_key) and 7 (past_value): got one, want both or none")
	}
	if !c.Has(6) {
		return 0, p.Keys, nil
	}
	if err := wantShape(c.Tensor(6), 6, "past_key", p.Batch, p.Heads, -1, p.Size); err != nil {
		return 0, 0, err
	}
	past = c.Tensor(6).Dim(2)
	if err := wantShape(c.Tensor(7), 7, "past_value", p.Batch, p.Heads, past, p.VSize); err != nil {
		return 0, 0, err
	}
	length := c.Tensor(8)
	if length == nil {
		return past, past + p.Keys, nil
	}
	if length.Len() != 1 {
		return 0, 0, fmt.Errorf("input 8 (past_sequence_length): got %v, want one element", length)
	}
	room, past = past, int(tensor.Data[int32](length)[0])
	if past < 0 || past > room-p.Keys {
		return 0, 0, fmt.Errorf("input 8 (past_sequence_length): got %d, want 0 to %d, so that input 6 (past_key) has room for %d more rows", past, room-p.Keys, p.Keys)
	}
	return past, room, nil
}

// present puts new rows, with a bias unless that is nil, behind those of the
// past in output 1+i, or scratch memory if that is not wanted, and returns the
// rows to attend to.
func (k *multiHead) present(mem *memory, p *attention.Params[float32], i, size int, x attention.Heads[float32], past, room int, bias []float32) (h attention.Heads[float32], err error) {
	c := mem.c
	shape := tensor.Shape{p.Batch, p.Heads, room, size}
	var all []float32
	if c.Wants(1 + i) {
		t, err := c.Output(1+i, tensor.F32, shape)
		if err != nil {
			return h, err
		}
		all = data(t)
	} else if all, err = mem.floats(shape.Len()); err != nil {
		return h, err
	}
	before := data(c.Tensor(6 + i))
	if !c.Has(8) || before == nil {
		return join(c, all, before, x, p.Batch, p.Heads, past, p.Keys, size, bias), nil
	}
	copy(all, before) // what lies behind the new rows stays as it is
	h = attention.Packed(all, p.Heads, room, size)
	behind := h
	behind.Data = h.Data[min(past*size, len(h.Data)):]
	attention.Place(c.Pool, behind, x, p.Batch, p.Heads, p.Keys, size, bias)
	if beams := c.Tensor(9); beams != nil && p.Queries == 1 && past > 0 {
		return indirect(mem, p, h, beams, past, size)
	}
	return h, nil
}

// indirect returns past rows of the sequences that beams names, and the new ones
// of each sequence's own.
func indirect(mem *memory, p *attention.Params[float32], x attention.Heads[float32], beams *tensor.Tensor, past, size int) (h attention.Heads[float32], err error) {
	room := x.Head / max(size, 1)
	if err := wantShape(beams, 9, "cache_indirection", -1, -1, room); err != nil {
		return h, err
	}
	width := beams.Dim(1)
	if beams.Dim(0)*width != p.Batch {
		return h, fmt.Errorf("input 9 (cache_indirection): got %v, want one row for each of %d sequences", beams, p.Batch)
	}
	from := tensor.Data[int32](beams)
	for i, b := range from {
		if i%room < past && (b < 0 || int(b) >= width) {
			return h, fmt.Errorf("input 9 (cache_indirection): element %d is %d, want 0 to %d", i, b, width-1)
		}
	}
	all, err := mem.floats(p.Batch * p.Heads * (past + p.Keys) * size)
	if err != nil {
		return h, err
	}
	h = attention.Packed(all, p.Heads, past+p.Keys, size)
	mem.c.Pool.For(p.Batch*p.Heads, 1+4096/(past*size+1), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			b, head := n/p.Heads, n%p.Heads
			for j := range past {
				source := b/width*width + int(from[b*room+j])
				copy(h.At(b, head, j)[:size], x.At(source, head, j))
			}
			copy(h.At(b, head, past)[:p.Keys*size], x.At(b, head, past))
		}
	})
	return h, nil
}

// inputs finds queries, keys and values, whatever their layout.
func (k *multiHead) inputs(c *ops.Call, p *attention.Params[float32]) error {
	q, key, value := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	n := k.heads
	if q.Rank() == 5 {
		if err := wantShape(q, 0, "query", -1, -1, n, 3, -1); err != nil {
			return err
		}
		if key != nil || value != nil {
			return fmt.Errorf("inputs 1 (key) and 2 (value) do not go with input 0 (query) of shape %v, which has them", q.Shape())
		}
		p.Batch, p.Queries, p.Size = q.Dim(0), q.Dim(1), q.Dim(4)
		p.Keys, p.VSize = p.Queries, p.Size
		v := interleaved(data(q), n, p.Queries, p.Size, 3)
		p.Q, p.K, p.V = v[0], v[1], v[2]
		return nil
	}
	if q.Rank() != 3 || q.Dim(2)%n != 0 {
		return fmt.Errorf("input 0 (query): got %v, want 3 dimensions, the last of which %d heads share", q, n)
	}
	p.Batch, p.Queries, p.Size = q.Dim(0), q.Dim(1), q.Dim(2)/n
	p.Q = attention.Merged(data(q), n, p.Queries, p.Size)
	if key == nil {
		return fmt.Errorf("input 1 (key) is missing for input 0 (query) of shape %v", q.Shape())
	}
	if key.Rank() == 5 {
		if err := wantShape(key, 1, "key", p.Batch, -1, n, 2, p.Size); err != nil {
			return err
		}
		if value != nil {
			return fmt.Errorf("input 2 (value) does not go with input 1 (key) of shape %v, which has it", key.Shape())
		}
		p.Keys, p.VSize = key.Dim(1), p.Size
		v := interleaved(data(key), n, p.Keys, p.Size, 2)
		p.K, p.V = v[0], v[1]
		return nil
	}
	if value == nil {
		return fmt.Errorf("input 2 (value) is missing for input 1 (key) of shape %v", key.Shape())
	}
	if key.Rank() == 4 {
		if err := wantShape(key, 1, "key", p.Batch, n, -1, p.Size); err != nil {
			return err
		}
		p.Keys = key.Dim(2)
		if err := wantShape(value, 2, "value", p.Batch, n, p.Keys, -1); err != nil {
			return err
		}
		p.VSize = value.Dim(3)
		p.K, p.V = attention.Packed(data(key), n, p.Keys, p.Size), attention.Packed(data(value), n, p.Keys, p.VSize)
		return nil
	}
	if err := wantShape(key, 1, "key", p.Batch, -1, n*p.Size); err != nil {
		return err
	}
	p.Keys = key.Dim(1)
	if err := wantShape(value, 2, "value", p.Batch, p.Keys, -1); err != nil {
		return err
	}
	if value.Dim(2)%n != 0 {
		return fmt.Errorf("input 2 (value): got %v, want a last dimension that %d heads share", value, n)
	}
	p.VSize = value.Dim(2) / n
	p.K, p.V = attention.Merged(data(key), n, p.Keys, p.Size), attention.Merged(data(value), n, p.Keys, p.VSize)
	return nil
}

// interleaved returns the parts of the layout [batch, rows, heads, parts, size].
func interleaved(x []float32, heads, rows, size, parts int) []attention.Heads[float32] {
	v := make([]attention.Heads[float32], parts)
	for i := range v {
		v[i] = attention.Heads[float32]{Data: x[min(i*size, len(x)):], Batch: rows * heads * parts * size, Head: parts * size, Row: heads * parts * size}
	}
	return v
}
