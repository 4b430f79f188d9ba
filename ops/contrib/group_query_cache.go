package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/internal/kernel/quant"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// span says for each batch entry which rows the caches have before and after
// the call.
type span struct {
	start []int64 // the position of the first new row
	kept  []int   // rows of the past in use, those before start
	fresh []int   // new rows, behind them
	end   []int   // rows that the caches have afterwards: the last of both
	rows  int     // what the kept and the new rows of an entry take, or more
	room  int     // rows of the outputs
	first bool    // this is the first prompt
}

// resident returns how many of total rows a cache of the given capacity has for
// a window: where it is full, as many go as leave the window.
func resident(total, capacity, window int) int {
	if total <= capacity {
		return total
	}
	n := capacity - window + 1
	return total - (total-capacity+n-1)/n*n
}

// lengths finds the rows of the caches, and sets what follows from them: the
// keys and the window.
func (k *groupQuery) lengths(c *ops.Call, p *attention.Params[float32]) (*span, error) {
	seqlens, total := c.Tensor(5), c.Tensor(6)
	if seqlens.Len() != p.Batch {
		return nil, fmt.Errorf("input 5 (seqlens_k): got %v, want %d elements", seqlens, p.Batch)
	}
	if total.Len() != 1 {
		return nil, fmt.Errorf("input 6 (total_sequence_length): got %v, want one element", total)
	}
	room, err := k.room(c, p)
	if err != nil {
		return nil, err
	}
	var queries []int32
	if t := c.Tensor(16); t != nil {
		if queries = tensor.Data[int32](t); len(queries) != p.Batch {
			return nil, fmt.Errorf("input 16 (query_seqlens): got %v, want %d elements", t, p.Batch)
		}
	}
	longest := int(tensor.Data[int32](total)[0])
	if longest < 0 || longest < p.Queries && queries == nil || longest > room+p.Queries && !k.sliding {
		return nil, fmt.Errorf("input 6 (total_sequence_length): got %d, want %d to %d", longest, p.Queries, room+p.Queries)
	}
	n := p.Batch
	ints := make([]int, 4*n)
	s := &span{start: make([]int64, n), kept: ints[:n], fresh: ints[n : 2*n], end: ints[2*n : 3*n]}
	p.Window.Offset, p.Window.Valid = s.kept, ints[3*n:]
	s.first = longest == p.Queries
	for b, last := range tensor.Data[int32](seqlens) {
		n := int(last) + 1
		if n < 0 || n > longest {
			return nil, fmt.Errorf("input 5 (seqlens_k): element %d is %d, want at most %d", b, last, longest-1)
		}
		fresh := p.Queries
		switch {
		case queries != nil:
			if fresh = int(queries[b]); fresh < 0 || fresh > min(p.Queries, n) {
				return nil, fmt.Errorf("input 16 (query_seqlens): element %d is %d, want 0 to %d", b, fresh, min(p.Queries, n))
			}
		case s.first:
			fresh = n
		}
		start := n - fresh
		s.start[b], s.kept[b], s.fresh[b], s.end[b] = int64(start), start, fresh, n
		if k.sliding && start >= 0 {
			s.kept[b], s.end[b] = resident(start, room, k.window), resident(n, room, k.window)
		}
		if start < 0 || s.kept[b] > room {
			return nil, fmt.Errorf("input 5 (seqlens_k): element %d is %d, want %d to %d", b, last, fresh-1, room+fresh-1)
		}
		p.Window.Valid[b] = s.kept[b] + fresh
		s.rows = max(s.rows, p.Window.Valid[b])
	}
	s.room, p.Keys = room, s.rows
	if !k.sliding {
		s.room, p.Keys = max(longest, room), longest
		s.rows = s.room
	}
	return s, nil
}

// room returns how many rows the caches of the past have.
func (k *groupQuery) room(c *ops.Call, p *attention.Params[float32]) (int, error) {
	if c.Has(3) != c.Has(4) {
		return 0, fmt.Errorf("inputs 3 (past_key) and 4 (past_value): got one, want both or none")
	}
	if !c.Has(3) {
		if k.sliding || k.bits != 0 || c.Has(16) {
			return 0, fmt.Errorf("inputs 3 (past_key) and 4 (past_value) are missing for caches that slide or are quantized, or for input 16 (query_seqlens)")
		}
		return 0, nil
	}
	key, want, width := c.Tensor(3), tensor.F32, p.Size
	switch k.bits {
	case 8:
		want = tensor.I8
	case 4:
		want, width = tensor.U8, p.Size/2
		if p.Size%2 != 0 {
			return 0, fmt.Errorf("input 0 (query): got heads of %d elements, want an even number for caches of 4 bits", p.Size)
		}
	}
	if key.DType() != want {
		return 0, fmt.Errorf("input 3 (past_key): got %v, want %v as the attribute kv_cache_bit_width, %d, says", key, want, k.bits)
	}
	if err := wantShape(key, 3, "past_key", p.Batch, k.kvHeads, -1, width); err != nil {
		return 0, err
	}
	room := key.Dim(2)
	if err := wantShape(c.Tensor(4), 4, "past_value", p.Batch, k.kvHeads, room, width); err != nil {
		return 0, err
	}
	if k.sliding && room < k.window {
		return 0, fmt.Errorf("input 3 (past_key): got %v, want %d rows or more as the attribute local_window_size", key, k.window)
	}
	return room, nil
}

// cache puts x behind the past of input in, and returns both. Output present
// becomes what is left of them; where nothing is, are zeros.
func (k *groupQuery) cache(mem *memory, in, present int, p *attention.Params[float32], x attention.Heads[float32], s *span) (h attention.Heads[float32], err error) {
	if k.bits != 0 {
		return k.quantized(mem, in, present, p, x, s)
	}
	c := mem.c
	var all, out []float32
	if c.Wants(present) {
		t, err := c.Output(present, tensor.F32, tensor.Shape{p.Batch, k.kvHeads, s.room, p.Size})
		if err != nil {
			return h, err
		}
		out = data(t)
		all = out
	}
	if k.sliding || out == nil {
		if all, err = mem.floats(p.Batch * k.kvHeads * s.rows * p.Size); err != nil {
			return h, err
		}
	}
	bring(c, all, data(c.Tensor(in)), s, k.kvHeads, p.Size)
	h = attention.Packed(all, k.kvHeads, s.rows, p.Size)
	for b, n := range s.kept {
		at := func(x attention.Heads[float32], row int) attention.Heads[float32] {
			x.Data = x.Data[min(b*x.Batch+row*x.Row, len(x.Data)):]
			return x
		}
		attention.Place(c.Pool, at(h, n), at(x, 0), 1, k.kvHeads, s.fresh[b], p.Size, nil)
	}
	if k.sliding && out != nil {
		keepLast(c, out, all, s, k.kvHeads, p.Size)
	}
	return h, nil
}

// quantized is cache for caches of small integers. What is attended to are the
// numbers that these stand for, those of the new rows, too.
func (k *groupQuery) quantized(mem *memory, in, present int, p *attention.Params[float32], x attention.Heads[float32], s *span) (h attention.Heads[float32], err error) {
	c := mem.c
	old, scale := c.Tensor(in), c.Tensor(9+in)
	width := old.Dim(3)
	want := 1
	if k.perChannel {
		want = k.kvHeads * p.Size
	}
	if scale == nil || scale.Len() != want {
		return h, fmt.Errorf("input %d (scale): got %v, want %d elements", 9+in, scale, want)
	}
	var all, out []byte
	if c.Wants(present) {
		t, err := c.Output(present, old.DType(), tensor.Shape{p.Batch, k.kvHeads, s.room, width})
		if err != nil {
			return h, err
		}
		out = t.Bytes()
		all = out
	}
	if k.sliding || out == nil {
		t, err := c.Scratch(tensor.U8, p.Batch, k.kvHeads, s.rows, width)
		if err != nil {
			return h, err
		}
		mem.held = append(mem.held, t)
		all = t.Bytes()
	}
	bring(c, all, old.Bytes(), s, k.kvHeads, width)
	wide, err := mem.floats(p.Batch * k.kvHeads * s.rows * p.Size)
	if err != nil {
		return h, err
	}
	h = attention.Packed(wide, k.kvHeads, s.rows, p.Size)
	c.Pool.For(p.Batch*k.kvHeads, 1+4096/(s.rows*p.Size+1), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			b, head := n/k.kvHeads, n%k.kvHeads
			of := data(scale)
			if k.perChannel {
				of = of[head*p.Size : (head+1)*p.Size]
			}
			codes, values := all[n*s.rows*width:(n+1)*s.rows*width], wide[n*s.rows*p.Size:(n+1)*s.rows*p.Size]
			for i := range s.fresh[b] {
				quant.PackRow(codes[(s.kept[b]+i)*width:(s.kept[b]+i+1)*width], x.At(b, head, i)[:p.Size], of, k.bits)
			}
			used := s.kept[b] + s.fresh[b]
			for j := range used {
				quant.UnpackRow(values[j*p.Size:(j+1)*p.Size], codes[j*width:(j+1)*width], of, k.bits)
			}
			clear(values[used*p.Size:])
		}
	})
	if k.sliding && out != nil {
		keepLast(c, out, all, s, k.kvHeads, width)
	}
	return h, nil
}

// bring copies the kept rows of all heads, of width elements each, and clears
// what follows them.
func bring[E byte | float32](c *ops.Call, dst, past []E, s *span, heads, width int) {
	size := s.rows * width
	old := len(past) / max(len(s.kept)*heads, 1)
	c.Pool.For(len(s.kept)*heads, 1+4096/(size+1), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			d, kept := dst[n*size:(n+1)*size], s.kept[n/heads]*width
			copy(d[:kept], past[n*old:])
			clear(d[kept:])
		}
	})
}

// keepLast copies the last rows that there are, and clears what follows them.
func keepLast[E byte | float32](c *ops.Call, dst, all []E, s *span, heads, width int) {
	size := s.room * width
	c.Pool.For(len(s.kept)*heads, 1+4096/(size+1), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			b := n / heads
			used, end := s.kept[b]+s.fresh[b], s.end[b]
			d := dst[n*size : (n+1)*size]
			copy(d[:end*width], all[(n*s.rows+used-end)*width:])
			clear(d[end*width:])
		}
	})
}
