package attention

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// RotaryEmbedding rotates pairs of elements by the angles of their position.
var rotaryEmbedding23 = ops.Def{
	Name: "RotaryEmbedding", Since: 23,
	Sig:   "X:T, cos_cache:T, sin_cache:T, position_ids?:M -> Y:T",
	Types: ops.Types{"T": narrowFloats, "M": tensor.SetOf(tensor.I64)},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &rotaryEmbedding{
			heads: n.Int("num_heads", 0), dim: n.Int("rotary_embedding_dim", 0),
			interleaved: n.Bool("interleaved", false),
		}
		if k.heads < 0 || k.dim < 0 {
			return nil, fmt.Errorf("attributes num_heads, rotary_embedding_dim: got %d and %d, want 0 or more", k.heads, k.dim)
		}
		return k, nil
	},
	Reuse: ops.Elementwise(1),
}

// narrowFloats are the element types of operators that compute in float32.
var narrowFloats = tensor.SetOf(tensor.F16, tensor.BF16, tensor.F32)

type rotaryEmbedding struct {
	heads, dim  int
	interleaved bool
}

func (k *rotaryEmbedding) Run(c *ops.Call) error {
	x, cos, sin, ids := c.Tensor(0), c.Tensor(1), c.Tensor(2), c.Tensor(3)
	r := &attention.Rotation{Interleaved: k.interleaved, Dim: k.dim}
	packed := x.Rank() == 4
	switch {
	case packed:
		r.Batch, r.Heads, r.Rows, r.Size = x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
	case x.Rank() != 3:
		return fmt.Errorf("input 0 (X): got %v, want 3 or 4 dimensions", x)
	case k.heads < 1 || x.Dim(2)%k.heads != 0:
		return fmt.Errorf("input 0 (X): got %v and attribute num_heads %d, want a last dimension that so many heads share", x, k.heads)
	default:
		r.Batch, r.Rows, r.Heads, r.Size = x.Dim(0), x.Dim(1), k.heads, x.Dim(2)/k.heads
	}
	if r.Dim == 0 {
		r.Dim = r.Size
	}
	if r.Dim%2 != 0 || r.Dim > r.Size {
		return fmt.Errorf("got %d elements to rotate in heads of %d, want an even number of them", r.Dim, r.Size)
	}
	if !cos.Shape().Equal(sin.Shape()) {
		return fmt.Errorf("input 2 (sin_cache): got %v, want the shape of input 1 (cos_cache), %v", sin, cos)
	}
	if ids == nil {
		if want := (tensor.Shape{r.Batch, r.Rows, r.Dim / 2}); !cos.Shape().Equal(want) {
			return fmt.Errorf("input 1 (cos_cache): got %v, want shape %v as there is no input 3 (position_ids)", cos, want)
		}
		r.Start = make([]int64, r.Batch)
		for b := range r.Start {
			r.Start[b] = int64(b * r.Rows)
		}
	} else {
		if cos.Rank() != 2 || cos.Dim(1) != r.Dim/2 {
			return fmt.Errorf("input 1 (cos_cache): got %v, want a matrix of %d columns", cos, r.Dim/2)
		}
		if want := (tensor.Shape{r.Batch, r.Rows}); !ids.Shape().Equal(want) {
			return fmt.Errorf("input 3 (position_ids): got %v, want shape %v", ids, want)
		}
		r.Positions = tensor.Data[int64](ids)
		for i, p := range r.Positions {
			if p < 0 || p >= int64(cos.Dim(0)) {
				return fmt.Errorf("input 3 (position_ids): element %d is %d, want 0 to %d", i, p, cos.Dim(0)-1)
			}
		}
	}
	mem := &memory{c: c}
	defer mem.release()
	var err error
	if r.X, err = layOut[float32](mem, x, packed, r.Heads, r.Rows, r.Size); err != nil {
		return err
	}
	if r.Cos, err = wide[float32](mem, cos); err != nil {
		return err
	}
	if r.Sin, err = wide[float32](mem, sin); err != nil {
		return err
	}
	y, err := output[float32](mem, 0, x.DType(), x.Shape())
	if err != nil {
		return err
	}
	r.Y = arrange(y.data, packed, r.Heads, r.Rows, r.Size)
	attention.Rotate(c.Pool, r)
	return y.done()
}
