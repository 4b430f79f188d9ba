package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// RotaryEmbedding rotates pairs of elements by the angles of their position.
// The attributes scale and is_packed_batching are declared, but nothing in
// onnxruntime's kernel depends on them.
var rotaryEmbedding1 = ops.Def{
	Domain: domain, Name: "RotaryEmbedding", Since: 1,
	Sig:   "input:T, position_ids:M, cos_cache:T, sin_cache:T -> output:T",
	Types: ops.Types{"T": narrow, "M": tensor.SetOf(tensor.I64)},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		k := &rotary{heads: n.Int("num_heads", 0), dim: n.Int("rotary_embedding_dim", 0), interleaved: n.Bool("interleaved", false)}
		if k.heads < 0 || k.dim < 0 || k.dim > 0 && k.heads == 0 {
			return nil, fmt.Errorf("attributes num_heads, rotary_embedding_dim: got %d and %d, want 0 or more, and the first with the second", k.heads, k.dim)
		}
		n.Ignore("scale", "is_packed_batching")
		return k, nil
	}),
}

type rotary struct {
	heads, dim  int
	interleaved bool
}

func (k *rotary) Run(c *ops.Call) error {
	x, ids, cos := c.Tensor(0), c.Tensor(1), c.Tensor(2)
	if err := wantShape(cos, 2, "cos_cache", -1, -1); err != nil {
		return err
	}
	r := &attention.Rotation{Interleaved: k.interleaved, Dim: 2 * cos.Dim(1), Heads: k.heads}
	if k.dim > 0 && k.dim != r.Dim {
		return fmt.Errorf("input 2 (cos_cache): got %v, want half the %d columns of the attribute rotary_embedding_dim", cos, k.dim)
	}
	packed := x.Rank() == 4
	switch {
	case packed:
		r.Batch, r.Heads, r.Rows, r.Size = x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
	case x.Rank() != 3:
		return fmt.Errorf("input 0 (input): got %v, want 3 or 4 dimensions", x)
	default:
		r.Batch, r.Rows = x.Dim(0), x.Dim(1)
		if r.Heads == 0 && r.Dim > 0 {
			r.Heads = x.Dim(2) / r.Dim
		}
		if r.Heads < 1 || x.Dim(2)%r.Heads != 0 {
			return fmt.Errorf("input 0 (input): got %v, want a last dimension that %d heads share", x, r.Heads)
		}
		r.Size = x.Dim(2) / r.Heads
	}
	if r.Dim > r.Size {
		return fmt.Errorf("input 2 (cos_cache): got %v, want no more than half the %d elements of a head", cos, r.Size)
	}
	if err := rotation(c, r, ids, 1, 2); err != nil {
		return err
	}
	y, err := c.Output(0, tensor.F32, x.Shape())
	if err != nil {
		return err
	}
	if packed {
		r.X, r.Y = attention.Packed(data(x), r.Heads, r.Rows, r.Size), attention.Packed(data(y), r.Heads, r.Rows, r.Size)
	} else {
		r.X, r.Y = attention.Merged(data(x), r.Heads, r.Rows, r.Size), attention.Merged(data(y), r.Heads, r.Rows, r.Size)
	}
	attention.Rotate(c.Pool, r)
	return nil
}

// rotation takes the angles of the inputs cache and cache+1, cos_cache and
// sin_cache, and the positions of ids, input i, which has one element for each
// row, or the position of the first one.
func rotation(c *ops.Call, r *attention.Rotation, ids *tensor.Tensor, i, cache int) error {
	cos, sin := c.Tensor(cache), c.Tensor(cache+1)
	if !sin.Shape().Equal(cos.Shape()) {
		return fmt.Errorf("input %d (sin_cache): got %v, want the shape of cos_cache, %v", cache+1, sin, cos)
	}
	r.Cos, r.Sin = data(cos), data(sin)
	positions := tensor.Data[int64](ids)
	last := int64(cos.Dim(0))
	switch {
	case ids.Shape().Equal(tensor.Shape{r.Batch, r.Rows}):
		r.Positions = positions
	case ids.Len() == 1:
		r.Start = positions
		last -= int64(max(r.Rows, 1) - 1)
	default:
		return fmt.Errorf("input %d (position_ids): got %v, want shape [1] or [%d %d]", i, ids, r.Batch, r.Rows)
	}
	for j, p := range positions {
		if p < 0 || p >= last {
			return fmt.Errorf("input %d (position_ids): element %d is %d, want 0 to %d, as the caches have rows", i, j, p, last-1)
		}
	}
	return nil
}
