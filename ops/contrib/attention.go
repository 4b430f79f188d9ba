package contrib

import (
	"errors"
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/internal/kernel/gemm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// Attention projects its input to queries, keys and values with one product,
// and attends. The input past_sequence_length is for shared buffers alone.
var attention1 = ops.Def{
	Domain: domain, Name: "Attention", Since: 1,
	Sig: "input:T, weights:T, bias?:T, mask_index?:M, past?:T, attention_bias?:T, past_sequence_length?:M" +
		" -> output:T, present?:T",
	Types: ops.Types{"T": narrow, "M": tensor.SetOf(tensor.I32)},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &projected{
			heads: n.RequiredInt("num_heads"), scale: n.Float("scale", 0), sizes: n.Ints("qkv_hidden_sizes"),
			masking: masking{filter: n.Float("mask_filter_value", -10000), causal: n.Bool("unidirectional", false)},
			shared:  n.Bool("past_present_share_buffer", false),
		}
		if n.Bool("do_rotary", false) {
			return nil, ops.Unsupportedf("attribute do_rotary")
		}
		n.Ignore("rotary_embedding_dim")
		if k.heads < 1 {
			return nil, fmt.Errorf("attribute num_heads: got %d, want 1 or more", k.heads)
		}
		if s := k.sizes; s != nil && (len(s) != 3 || s[0] != s[1] || s[0] < 1 || s[2] < 1 || s[0]%k.heads != 0 || s[2]%k.heads != 0) {
			return nil, fmt.Errorf("attribute qkv_hidden_sizes: got %v, want three multiples of num_heads, %d, the first two the same", s, k.heads)
		}
		if w := n.Constant(1); w != nil && w.Rank() == 2 && w.DType() == tensor.F32 {
			k.packed = gemm.PackB(false, w.Dim(0), w.Dim(1), data(w), w.Dim(1))
		}
		return k, nil
	}),
}

type projected struct {
	heads int
	scale float32
	sizes []int // of the rows of queries, keys and values; nil: thirds
	masking
	shared bool // the past has room for the new rows
	packed *gemm.Packed[float32]
}

func (k *projected) Run(c *ops.Call) error {
	x, w, bias := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if err := wantShape(x, 0, "input", -1, -1, -1); err != nil {
		return err
	}
	batch, rows, inner := x.Dim(0), x.Dim(1), x.Dim(2)
	if err := wantShape(w, 1, "weights", inner, -1); err != nil {
		return err
	}
	total := w.Dim(1)
	dq, dv := total/3, total/3
	if k.sizes != nil {
		dq, dv = k.sizes[0], k.sizes[2]
	}
	if 2*dq+dv != total || dq%k.heads != 0 {
		return fmt.Errorf("input 1 (weights): got %v, want as many columns as queries, keys and values of %d heads take", w, k.heads)
	}
	if bias != nil {
		if err := wantShape(bias, 2, "bias", total); err != nil {
			return err
		}
	}
	if k.shared && c.Has(4) {
		return ops.Unsupportedf("attribute past_present_share_buffer with input 4 (past)")
	}
	mem := &memory{c: c}
	defer mem.release()
	qkv, err := mem.floats(batch * rows * total)
	if err != nil {
		return err
	}
	weights := gemm.Matrix(false, data(w), total)
	if k.packed != nil {
		weights = k.packed.Operand()
	}
	if bias != nil {
		gemm.MulBias(c.Pool, batch*rows, total, inner, 1, gemm.Matrix(false, data(x), inner), weights, data(bias), true, qkv, total)
	} else {
		gemm.Mul(c.Pool, batch*rows, total, inner, 1, gemm.Matrix(false, data(x), inner), weights, 0, qkv, total)
	}

	p := &attention.Params[float32]{
		Batch: batch, Heads: k.heads, KVHeads: k.heads, Queries: rows, Keys: rows, Size: dq / k.heads, VSize: dv / k.heads,
	}
	p.Scale = scaleOf(k.scale, p.Size)
	// The heads of a row stand side by side, queries before keys and values.
	view := func(at, size int) attention.Heads[float32] {
		return attention.Heads[float32]{Data: qkv[min(at, len(qkv)):], Batch: rows * total, Head: size, Row: total}
	}
	p.Q, p.K, p.V = view(0, p.Size), view(dq, p.Size), view(2*dq, p.VSize)
	past := 0
	if c.Has(4) || c.Wants(1) {
		if past, err = k.present(mem, p); err != nil {
			return err
		}
	}
	if err := k.mask(mem, p, past, c.Tensor(3), 3, c.Tensor(5), 5); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, tensor.Shape{batch, rows, dv})
	if err != nil {
		return err
	}
	p.Y = attention.Merged(data(y), k.heads, rows, p.VSize)
	return attend(mem, p)
}

// present puts the keys and values behind those of the past, and returns how
// many these are.
func (k *projected) present(mem *memory, p *attention.Params[float32]) (past int, err error) {
	c := mem.c
	if p.Size != p.VSize {
		return 0, errors.New("input 4 (past), output 1 (present): want heads of queries and values of the same size")
	}
	old := c.Tensor(4)
	if old != nil {
		if err := wantShape(old, 4, "past", 2, p.Batch, p.Heads, -1, p.Size); err != nil {
			return 0, err
		}
		past = old.Dim(3)
	}
	p.Keys += past
	shape := tensor.Shape{2, p.Batch, p.Heads, p.Keys, p.Size}
	var all []float32
	if c.Wants(1) {
		t, err := c.Output(1, tensor.F32, shape)
		if err != nil {
			return 0, err
		}
		all = data(t)
	} else if all, err = mem.floats(shape.Len()); err != nil {
		return 0, err
	}
	half := len(all) / 2
	for i, x := range []*attention.Heads[float32]{&p.K, &p.V} {
		var before []float32
		if old != nil {
			before = data(old)[i*old.Len()/2 : (i+1)*old.Len()/2]
		}
		*x = join(c, all[i*half:(i+1)*half], before, *x, p.Batch, p.Heads, past, p.Queries, p.Size, nil)
	}
	return past, nil
}

// join writes rows of all heads, with a bias unless that is nil, behind the
// past ones in the layout [batch, heads, past+rows, size] to all, and returns
// that.
func join(c *ops.Call, all, before []float32, x attention.Heads[float32], batch, heads, past, rows, size int, bias []float32) attention.Heads[float32] {
	y := attention.Packed(all, heads, past+rows, size)
	if past > 0 {
		attention.Place(c.Pool, y, attention.Packed(before, heads, past, size), batch, heads, past, size, nil)
	}
	behind := y
	behind.Data = y.Data[min(past*size, len(y.Data)):]
	attention.Place(c.Pool, behind, x, batch, heads, rows, size, bias)
	return y
}
