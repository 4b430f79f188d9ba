package contrib

import (
	"fmt"

	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/internal/kernel/vec"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// EmbedLayerNormalization is layer normalization of the sum of the embeddings
// of word, position and segment. mask_index counts the words that a mask keeps.
var embedLayerNormalization1 = ops.Def{
	Domain: domain, Name: "EmbedLayerNormalization", Since: 1,
	Sig: "input_ids:T1, segment_ids?:T1, word_embedding:T, position_embedding:T, segment_embedding?:T, gamma:T, beta:T, mask?:T1, position_ids?:T1" +
		" -> output:T, mask_index?:T1, embedding_sum?:T",
	Types: ops.Types{"T": narrow, "T1": tensor.SetOf(tensor.I32)},
	New: ops.Widen(func(n *ops.Node) (ops.Kernel, error) {
		n.Ignore("mask_index_type") // for the inference of shapes
		return &embedNorm{float64(n.Float("epsilon", 1e-12))}, nil
	}),
}

type embedNorm struct{ eps float64 }

// embedding is one of the tables and the rows that are taken from it.
type embedding struct {
	table []float32
	ids   []int32 // nil: the number of the word in its sequence
}

func (k *embedNorm) Run(c *ops.Call) error {
	ids := c.Tensor(0)
	if err := wantShape(ids, 0, "input_ids", -1, -1); err != nil {
		return err
	}
	batch, length := ids.Dim(0), ids.Dim(1)
	if c.Has(1) != c.Has(4) {
		return fmt.Errorf("inputs 1 (segment_ids) and 4 (segment_embedding): got one, want both or none")
	}
	words := c.Tensor(2)
	if err := wantShape(words, 2, "word_embedding", -1, -1); err != nil {
		return err
	}
	n := words.Dim(1)
	var parts []embedding
	for _, e := range []struct {
		ids, table int
		name       string
	}{{0, 2, "word_embedding"}, {8, 3, "position_embedding"}, {1, 4, "segment_embedding"}} {
		t, rows := c.Tensor(e.table), c.Tensor(e.ids)
		if t == nil {
			continue
		}
		if err := wantShape(t, e.table, e.name, -1, n); err != nil {
			return err
		}
		p := embedding{table: data(t)}
		switch {
		case rows == nil && length > t.Dim(0):
			return fmt.Errorf("input %d (%s): got %v, want %d rows or more", e.table, e.name, t, length)
		case rows != nil:
			shape := rows.Shape()
			if !shape.Equal(ids.Shape()) && !(e.ids == 8 && shape.Equal(tensor.Shape{1, length})) {
				return fmt.Errorf("input %d: got %v, want shape %v", e.ids, rows, ids.Shape())
			}
			p.ids = tensor.Data[int32](rows)
			for i, r := range p.ids {
				if r < 0 || int(r) >= t.Dim(0) {
					return fmt.Errorf("input %d: element %d is %d, want 0 to %d, as input %d (%s) has rows", e.ids, i, r, t.Dim(0)-1, e.table, e.name)
				}
			}
		}
		parts = append(parts, p)
	}
	for i, name := range map[int]string{5: "gamma", 6: "beta"} {
		if err := wantShape(c.Tensor(i), i, name, n); err != nil {
			return err
		}
	}
	if c.Has(7) && !c.Tensor(7).Shape().Equal(ids.Shape()) {
		return fmt.Errorf("input 7 (mask): got %v, want shape %v", c.Tensor(7), ids.Shape())
	}
	shape := tensor.Shape{batch, length, n}
	y, err := c.Output(0, tensor.F32, shape)
	if err != nil {
		return err
	}
	sum := y
	if c.Wants(2) {
		if sum, err = c.Output(2, tensor.F32, shape); err != nil {
			return err
		}
	}
	embed(c, data(sum), parts, batch*length, length, n)
	norm.Normalize(c.Pool, data(y), data(sum), norm.Rows[float32]{
		N: n, Eps: k.eps, Center: true, Scale: data(c.Tensor(5)), Bias: data(c.Tensor(6)), Each: 1,
	})
	if !c.Wants(1) {
		return nil
	}
	return maskIndex(c, batch, length)
}

// embed writes the sum of the parts' rows for each word.
func embed(c *ops.Call, sum []float32, parts []embedding, words, length, n int) {
	add := vec.Add[float32]().VV
	c.Pool.For(words, 1+vec.GrainMove/(n+1), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := sum[i*n : (i+1)*n]
			for j, p := range parts {
				r := i % length
				if p.ids != nil {
					r = int(p.ids[i%len(p.ids)])
				}
				if from := p.table[r*n : (r+1)*n]; j == 0 {
					copy(row, from)
				} else {
					add(row, row, from)
				}
			}
		}
	})
}

func maskIndex(c *ops.Call, batch, length int) error {
	t, err := c.Output(1, tensor.I32, tensor.Shape{batch})
	if err != nil {
		return err
	}
	index := tensor.Data[int32](t)
	clear(index)
	if c.Has(7) {
		for i, m := range tensor.Data[int32](c.Tensor(7)) {
			if m == 1 {
				index[i/length]++
			}
		}
	}
	return nil
}
