package attention

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// LinearAttention reads and updates a matrix for each head, row by row of its
// inputs. It is computed in float32.
var linearAttention27 = ops.Def{
	Name: "LinearAttention", Since: 27,
	Sig:   "query:T, key:T, value:T, past_state?:S, decay?:T, beta?:T -> output:T, present_state:S",
	Types: ops.Types{"T": narrowFloats, "S": narrowFloats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("chunk_size") // has no effect on the result
		k := &linearAttention{
			heads: n.RequiredInt("q_num_heads"), kvHeads: n.RequiredInt("kv_num_heads"),
			scale: n.Float("scale", 0),
		}
		if k.kvHeads < 1 || k.heads < 1 || k.heads%k.kvHeads != 0 {
			return nil, fmt.Errorf("attributes q_num_heads, kv_num_heads: got %d and %d, want a multiple of the second", k.heads, k.kvHeads)
		}
		rule := n.Enum("update_rule", "gated_delta", "linear", "gated", "delta")
		gated := rule == "gated" || rule == "gated_delta"
		delta := rule == "delta" || rule == "gated_delta"
		if n.HasInput(4) != gated || n.HasInput(5) != delta {
			return nil, fmt.Errorf("update_rule %s: got input 4 (decay) %v, input 5 (beta) %v, want %v and %v", rule, n.HasInput(4), n.HasInput(5), gated, delta)
		}
		return k, nil
	},
}

type linearAttention struct {
	heads, kvHeads int
	scale          float32 // 0: 1/√key size
}

func (k *linearAttention) Run(c *ops.Call) error {
	p := &attention.Linear{Heads: k.heads, KVHeads: k.kvHeads, Scale: k.scale}
	if err := k.sizes(c, p); err != nil {
		return err
	}
	if k.scale == 0 {
		p.Scale = float32(1 / math.Sqrt(float64(p.Size)))
	}
	mem := &memory{c: c}
	defer mem.release()
	var err error
	for _, in := range []struct {
		dst         *attention.Heads[float32]
		i           int
		heads, size int
	}{
		{&p.Q, 0, k.heads, p.Size}, {&p.K, 1, k.kvHeads, p.Size}, {&p.V, 2, k.kvHeads, p.VSize},
	} {
		if *in.dst, err = layOut[float32](mem, c.Tensor(in.i), false, in.heads, p.Rows, in.size); err != nil {
			return err
		}
	}
	if decay := c.Tensor(4); decay != nil {
		// Where keys have one element, both readings are the same.
		p.PerRow = decay.Dim(2) != k.kvHeads
		if p.Decay, err = layOut[float32](mem, decay, false, k.kvHeads, p.Rows, decay.Dim(2)/k.kvHeads); err != nil {
			return err
		}
	}
	if beta := c.Tensor(5); beta != nil {
		if p.Beta, err = layOut[float32](mem, beta, false, beta.Dim(2), p.Rows, 1); err != nil {
			return err
		}
		if beta.Dim(2) == 1 {
			p.Beta.Head = 0
		}
	}
	y, err := output[float32](mem, 0, c.Tensor(0).DType(), tensor.Shape{p.Batch, p.Rows, k.heads * p.VSize})
	if err != nil {
		return err
	}
	p.Y = arrange(y.data, false, k.heads, p.Rows, p.VSize)
	d, past := c.Tensor(0).DType(), c.Tensor(3)
	if past != nil {
		d = past.DType()
	}
	state, err := output[float32](mem, 1, d, tensor.Shape{p.Batch, k.kvHeads, p.Size, p.VSize})
	if err != nil {
		return err
	}
	p.State = state.data
	if past == nil {
		clear(p.State)
	} else if err := tensor.Convert(state.wide, past, tensor.Conversion{}); err != nil {
		return err
	}
	attention.RunLinear(c.Pool, p)
	if err := y.done(); err != nil {
		return err
	}
	return state.done()
}

// sizes checks the shapes of the inputs.
func (k *linearAttention) sizes(c *ops.Call, p *attention.Linear) error {
	q, key, v := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if q.Rank() != 3 || q.Dim(2)%k.heads != 0 {
		return fmt.Errorf("input 0 (query): got %v, want 3 dimensions, the last of which %d heads share", q, k.heads)
	}
	p.Batch, p.Rows, p.Size = q.Dim(0), q.Dim(1), q.Dim(2)/k.heads
	if want := (tensor.Shape{p.Batch, p.Rows, k.kvHeads * p.Size}); !key.Shape().Equal(want) {
		return fmt.Errorf("input 1 (key): got %v, want shape %v", key, want)
	}
	if v.Rank() != 3 || v.Dim(0) != p.Batch || v.Dim(1) != p.Rows || v.Dim(2)%k.kvHeads != 0 {
		return fmt.Errorf("input 2 (value): got %v, want shape [%d %d n], n a multiple of %d", v, p.Batch, p.Rows, k.kvHeads)
	}
	p.VSize = v.Dim(2) / k.kvHeads
	if want := (tensor.Shape{p.Batch, k.kvHeads, p.Size, p.VSize}); c.Has(3) && !c.Tensor(3).Shape().Equal(want) {
		return fmt.Errorf("input 3 (past_state): got %v, want shape %v", c.Tensor(3), want)
	}
	for i, name := range map[int]string{4: "decay", 5: "beta"} {
		t := c.Tensor(i)
		if t == nil {
			continue
		}
		last := []int{k.kvHeads, k.kvHeads * p.Size}
		if i == 5 {
			last[1] = 1
		}
		if t.Rank() != 3 || t.Dim(0) != p.Batch || t.Dim(1) != p.Rows || t.Dim(2) != last[0] && t.Dim(2) != last[1] {
			return fmt.Errorf("input %d (%s): got %v, want shape [%d %d %d] or [%[4]d %[5]d %[7]d]", i, name, t, p.Batch, p.Rows, last[0], last[1])
		}
	}
	return nil
}
