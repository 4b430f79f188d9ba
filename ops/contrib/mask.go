package contrib

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// masking is how attentions hide keys: what is added to the scores of those
// that a mask hides, and whether queries see no later keys.
type masking struct {
	filter float32
	causal bool
}

// mask sets the masks and the window of p, whose queries come after past keys.
// m, which may be nil, has for each batch entry the number of keys to see, then
// maybe those of the first keys, or for each key, or query and key, whether it
// is seen. bias is added to the scores unless it is nil.
func (k *masking) mask(mem *memory, p *attention.Params[float32], past int, m *tensor.Tensor, input int, bias *tensor.Tensor, biasInput int) error {
	p.Window = attention.Full
	p.Window.Offset = []int{past}
	// Where hidden keys are as far away as later ones, a query that sees none
	// but hidden ones sees all: scores say so, a window would not.
	merged := k.causal && m != nil && p.Queries > 1 && k.filter < -1e30
	if k.causal && !merged {
		p.Window.Right = 0
	}
	if m != nil {
		add, err := k.additive(mem, p, m, input, merged, past)
		if err != nil {
			return err
		}
		p.Masks = append(p.Masks, add)
	}
	if bias == nil {
		return nil
	}
	if err := wantShape(bias, biasInput, "attention_bias", -1, -1, p.Queries, p.Keys); err != nil {
		return err
	}
	b, h := bias.Dim(0), bias.Dim(1)
	if b != 1 && b != p.Batch || h != 1 && h != p.Heads {
		return fmt.Errorf("input %d (attention_bias): got %v, want %d or 1 batch entries and %d or 1 heads", biasInput, bias, p.Batch, p.Heads)
	}
	add := attention.Mask[float32]{Add: data(bias), Batch: h * p.Queries * p.Keys, Head: p.Queries * p.Keys, Row: p.Keys, Col: 1, Keys: p.Keys}
	if b == 1 {
		add.Batch = 0
	}
	if h == 1 {
		add.Head = 0
	}
	p.Masks = append(p.Masks, add)
	return nil
}

// additive makes numbers to add of a mask, together with those that hide later
// keys if merged.
func (k *masking) additive(mem *memory, p *attention.Params[float32], m *tensor.Tensor, input int, merged bool, past int) (a attention.Mask[float32], err error) {
	batch, queries, keys := p.Batch, p.Queries, p.Keys
	v := tensor.Data[int32](m)
	rows := 1
	var seen func(b, i, j int) bool
	switch s := m.Shape(); {
	case s.Equal(tensor.Shape{batch}):
		seen = func(b, i, j int) bool { return j < int(v[b]) }
	case s.Equal(tensor.Shape{2 * batch}):
		seen = func(b, i, j int) bool { return j < int(v[b]) && j >= int(v[batch+b]) }
	case s.Equal(tensor.Shape{batch, keys}):
		seen = func(b, i, j int) bool { return v[b*keys+j] > 0 }
	case s.Equal(tensor.Shape{batch, queries, keys}):
		rows = queries
		seen = func(b, i, j int) bool { return v[(b*queries+i)*keys+j] > 0 }
	case s.Equal(tensor.Shape{3*batch + 2}): // lengths, then where the rows of queries and keys begin
		seen = func(b, i, j int) bool { return j < int(v[b]) }
	case len(s) == 4:
		return a, ops.Unsupportedf("input %d: a mask of four dimensions, %v", input, s)
	default:
		return a, fmt.Errorf("input %d: got %v, want shape [%d], [%d], [%d], [%[3]d %[6]d] or [%[3]d %[7]d %[6]d]", input, m, batch, 2*batch, 3*batch+2, keys, queries)
	}
	if merged {
		rows = queries
	}
	add, err := mem.floats(batch * rows * keys)
	if err != nil {
		return a, err
	}
	mem.c.Pool.For(batch*rows, 1+4096/(keys+1), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			b, i := r/rows, r%rows
			row := add[r*keys : (r+1)*keys]
			for j := range row {
				switch {
				case merged && j > past+i:
					row[j] = -math.MaxFloat32
				case seen(b, i, j):
					row[j] = 0
				default:
					row[j] = k.filter
				}
			}
		}
	})
	a = attention.Mask[float32]{Add: add, Batch: rows * keys, Row: keys, Col: 1, Keys: keys}
	if rows == 1 {
		a.Row = 0
	}
	return a, nil
}

// attend runs the attention that p describes.
func attend(mem *memory, p *attention.Params[float32]) error {
	work, err := mem.floats(p.Work(mem.c.Pool))
	if err != nil {
		return err
	}
	attention.Run(mem.c.Pool, p, work)
	return nil
}

// scaleOf returns the scale of scores: the attribute, or the usual one where
// that is 0.
func scaleOf(scale float32, size int) float32 {
	if scale != 0 {
		return scale
	}
	return float32(1 / math.Sqrt(float64(size)))
}
