package attention

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/attention"
	"github.com/onnxrun/onnxrun/internal/kernel/norm"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// FlexAttention is attention whose scores and probabilities go through
// sub-graphs of the node. Without these, it is Attention without masks.
var flexAttention1 = ops.Def{
	Domain: "ai.onnx.preview", Name: "FlexAttention", Since: 1,
	Sig:   "Q:T1, K:T1, V:T1 -> Y:T1",
	Types: ops.Types{"T1": ops.Floats},
	New: func(n *ops.Node) (ops.Kernel, error) {
		k := &flexAttention{dotProduct: dotProduct{scale: math.NaN(), left: -1, right: -1}, score: -1, prob: -1}
		if n.Has("scale") {
			k.scale = float64(n.Float("scale", 0))
		}
		k.precision = n.DType("softmax_precision", tensor.Undefined)
		if k.precision != tensor.Undefined && !ops.Floats.Has(k.precision) {
			return nil, fmt.Errorf("attribute softmax_precision: got %v, want one of %v", k.precision, ops.Floats)
		}
		for name, body := range map[string]*int{"score_mod": &k.score, "prob_mod": &k.prob} {
			if !n.Has(name) {
				continue
			}
			i, g := n.Body(name)
			if len(g.Inputs) != 1 || len(g.Outputs) != 1 {
				return nil, fmt.Errorf("%s: the graph has %d inputs and %d outputs, want one and one", name, len(g.Inputs), len(g.Outputs))
			}
			*body = i
		}
		return k, nil
	},
}

type flexAttention struct {
	dotProduct
	score, prob int          // the sub-graphs, -1 for none
	precision   tensor.DType // of the scores that these see
}

func (k *flexAttention) Run(c *ops.Call) error {
	if q := c.Tensor(0); q.Rank() != 4 {
		return fmt.Errorf("input 0 (Q): got %v, want 4 dimensions", q)
	}
	if k.score < 0 && k.prob < 0 {
		return k.dotProduct.Run(c)
	}
	d := k.precision
	if d == tensor.Undefined {
		if d = tensor.F32; c.Tensor(0).DType() == tensor.F64 {
			d = tensor.F64
		}
	}
	if d == tensor.F64 || c.Tensor(0).DType() == tensor.F64 {
		return runFlex[float64](k, c, d)
	}
	return runFlex[float32](k, c, d)
}

// runFlex computes with all scores in memory, as the sub-graphs see them: d is
// their element type.
func runFlex[W attention.Float](k *flexAttention, c *ops.Call, d tensor.DType) error {
	s, err := k.sizes(c)
	if err != nil {
		return err
	}
	mem := &memory{c: c}
	defer mem.release()
	p := &attention.Params[W]{
		Batch: s.batch, Heads: s.heads, KVHeads: s.kvHeads, Queries: s.queries, Keys: s.keys, Size: s.size, VSize: s.vSize,
		Scale: W(k.scale),
	}
	if math.IsNaN(k.scale) {
		p.Scale = W(1 / math.Sqrt(float64(s.size)))
	}
	for i, dst := range []*attention.Heads[W]{&p.Q, &p.K, &p.V} {
		t := c.Tensor(i)
		if *dst, err = layOut[W](mem, t, true, t.Dim(1), t.Dim(2), t.Dim(3)); err != nil {
			return err
		}
	}
	shape := tensor.Shape{s.batch, s.heads, s.queries, s.keys}
	scores, err := mem.scratch(tensor.DTypeOf[W](), shape...)
	if err != nil {
		return err
	}
	p.Scores = tensor.Data[W](scores)
	attention.Products(c.Pool, p)
	if d != scores.DType() {
		t, err := mem.scratch(d, shape...)
		if err != nil {
			return err
		}
		if err := tensor.Convert(t, scores, tensor.Conversion{}); err != nil {
			return err
		}
		scores = t
	}
	if scores, err = k.modify(mem, k.score, "score_mod", scores); err != nil {
		return err
	}
	probs, err := mem.scratch(d, shape...)
	if err != nil {
		return err
	}
	rows := s.batch * s.heads * s.queries
	switch d {
	case tensor.F32:
		softmax[float32, float32](c, probs, scores, rows, s.keys)
	case tensor.F64:
		softmax[float64, float64](c, probs, scores, rows, s.keys)
	case tensor.F16:
		softmax[tensor.Float16, float32](c, probs, scores, rows, s.keys)
	default:
		softmax[tensor.BFloat16, float32](c, probs, scores, rows, s.keys)
	}
	if probs, err = k.modify(mem, k.prob, "prob_mod", probs); err != nil {
		return err
	}
	if p.Scores, err = wide[W](mem, probs); err != nil {
		return err
	}
	y, err := output[W](mem, 0, c.Tensor(0).DType(), tensor.Shape{s.batch, s.heads, s.queries, s.vSize})
	if err != nil {
		return err
	}
	p.Y = arrange(y.data, true, s.heads, s.queries, s.vSize)
	attention.Values(c.Pool, p)
	return y.done()
}

func softmax[T interface {
	norm.Elem
	tensor.Element
}, W norm.Float](c *ops.Call, y, x *tensor.Tensor, rows, n int) {
	norm.Softmax[T, W](c.Pool, tensor.Data[T](y), tensor.Data[T](x), rows, n, 1)
}

// modify runs a sub-graph, unless it is -1, over t.
func (k *flexAttention) modify(mem *memory, body int, name string, t *tensor.Tensor) (*tensor.Tensor, error) {
	if body < 0 {
		return t, nil
	}
	f, err := mem.c.Bodies[body].Start(mem.c)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out [1]tensor.Value
	tensor.Retain(t)
	if err := f.Run([]tensor.Value{t}, out[:]); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m, ok := out[0].(*tensor.Tensor)
	if !ok || m.DType() != t.DType() || !m.Shape().Equal(t.Shape()) {
		mem.c.Release(out[0])
		return nil, fmt.Errorf("%s: the graph gives %s, want %v", name, tensor.Describe(out[0]), t)
	}
	mem.held = append(mem.held, m)
	return m, nil
}
