package contrib

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func random(seed uint64, shape ...int) *tensor.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, tensor.Shape(shape).Len())
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return tensor.Of(shape, x...)
}

func as(t *testing.T, d tensor.DType, x *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	y, err := tensor.New(d, x.Shape())
	if err != nil {
		t.Fatal(err)
	}
	if err := tensor.Convert(y, x, tensor.Conversion{}); err != nil {
		t.Fatal(err)
	}
	return y
}

func node(op string, outputs int, attrs optest.Attrs) optest.Node {
	return optest.Node{Op: op, Domain: domain, Opset: 1, Outputs: outputs, Attrs: attrs}
}

// The half types, which the vectors do not have, must give the results of
// float32 for the same inputs, rounded once.
func TestHalfTypes(t *testing.T) {
	heads := optest.Attrs{"num_heads": 2}
	seqlens, total := tensor.Of(tensor.Shape{1}, int32(2)), tensor.Of(tensor.Shape{1}, int32(3))
	for _, c := range []struct {
		node   optest.Node
		inputs []tensor.Value
	}{
		{node("Gelu", 1, nil), []tensor.Value{random(1, 5, 7)}},
		{node("FastGelu", 1, nil), []tensor.Value{random(1, 5, 7), random(2, 7)}},
		{node("BiasGelu", 1, nil), []tensor.Value{random(1, 5, 7), random(2, 7)}},
		{node("QuickGelu", 1, nil), []tensor.Value{random(1, 5, 7)}},
		{node("SkipLayerNormalization", 4, nil), []tensor.Value{random(1, 2, 3, 8), random(2, 2, 3, 8), random(3, 8), random(4, 8), random(5, 8)}},
		{node("SimplifiedLayerNormalization", 2, nil), []tensor.Value{random(1, 2, 3, 8), random(2, 8)}},
		{node("SkipGroupNorm", 2, optest.Attrs{"groups": 2, "activation": 1}), []tensor.Value{random(1, 1, 2, 3, 4), random(2, 4), random(3, 4), random(4, 1, 4)}},
		{node("Attention", 2, heads), []tensor.Value{random(1, 1, 3, 4), random(2, 4, 12), random(3, 12)}},
		{node("MultiHeadAttention", 3, heads), []tensor.Value{random(1, 1, 3, 4), random(2, 1, 5, 4), random(3, 1, 5, 4), random(4, 12)}},
		{node("GroupQueryAttention", 3, optest.Attrs{"num_heads": 4, "kv_num_heads": 2}),
			[]tensor.Value{random(1, 1, 3, 8), random(2, 1, 3, 4), random(3, 1, 3, 4), nil, nil, seqlens, total}},
		{node("FusedMatMul", 1, nil), []tensor.Value{random(1, 3, 4), random(2, 4, 5)}},
		{node("FusedGemm", 1, optest.Attrs{"activation": "Relu"}), []tensor.Value{random(1, 3, 4), random(2, 4, 5)}},
		{node("FusedConv", 1, optest.Attrs{"activation": "Tanh"}), []tensor.Value{random(1, 1, 2, 5, 5), random(2, 3, 2, 3, 3)}},
		{node("Pad", 1, nil), []tensor.Value{random(1, 2, 3), tensor.Of(tensor.Shape{4}, []int64{1, 0, 0, 2}...)}},
	} {
		for _, d := range []tensor.DType{tensor.F16, tensor.BF16} {
			half, wide := make([]tensor.Value, len(c.inputs)), make([]tensor.Value, len(c.inputs))
			for i, v := range c.inputs {
				if x, ok := v.(*tensor.Tensor); ok {
					half[i], wide[i] = x, x
					if x.DType() == tensor.F32 {
						half[i] = as(t, d, x)
						wide[i] = as(t, tensor.F32, half[i].(*tensor.Tensor))
					}
				}
			}
			got, err := optest.Run(Defs, c.node, half...)
			if err != nil {
				if d == tensor.BF16 && strings.Contains(err.Error(), "want one of") {
					continue // not a type of the operator
				}
				t.Errorf("%s: %v: %v", c.node.Op, d, err)
				continue
			}
			for k, w := range optest.MustRun(t, Defs, c.node, wide...) {
				if w == nil {
					continue
				}
				g := got[k].(*tensor.Tensor)
				if g.DType() != tensor.F32 { // statistics
					w = as(t, d, w)
				}
				if string(g.Bytes()) != string(w.Bytes()) {
					t.Errorf("%s: %v: output %d is not that of float32, rounded", c.node.Op, d, k)
				}
			}
		}
	}
}

func TestInverse(t *testing.T) {
	x := tensor.Of(tensor.Shape{1, 2, 2}, 0.0, 2, 4, 1) // needs a pivot
	y := tensor.Data[float64](optest.MustRun(t, Defs, node("Inverse", 1, nil), x)[0])
	for i, want := range []float64{-0.125, 0.25, 0.5, 0} {
		if y[i] != want {
			t.Errorf("element %d is %v, want %v", i, y[i], want)
		}
	}
	if _, err := optest.Run(Defs, node("Inverse", 1, nil), tensor.Of(tensor.Shape{2, 2}, 1.0, 2, 2, 4)); err == nil {
		t.Error("a singular matrix has an inverse")
	}
}

func TestAttentionOfConstantWeights(t *testing.T) {
	n := node("Attention", 1, optest.Attrs{"num_heads": 2})
	inputs := []tensor.Value{random(1, 2, 3, 6), random(2, 6, 12), random(3, 12)}
	want := tensor.Data[float32](optest.MustRun(t, Defs, n, inputs...)[0])
	n.Constants = true
	for i, g := range tensor.Data[float32](optest.MustRun(t, Defs, n, inputs...)[0]) {
		if math.Abs(float64(g-want[i])) > 1e-6 {
			t.Errorf("element %d is %v, want %v", i, g, want[i])
		}
	}
}

func TestErrorsNameTheInput(t *testing.T) {
	x := func(shape ...int) *tensor.Tensor { return random(1, shape...) }
	i32 := func(v ...int32) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }
	heads := optest.Attrs{"num_heads": 2}
	group := optest.Attrs{"num_heads": 2, "kv_num_heads": 1}
	nbits := optest.Attrs{"N": 2, "K": 16, "block_size": 16, "bits": 4}
	for _, c := range []struct {
		want   string
		node   optest.Node
		inputs []tensor.Value
	}{
		{"input 1", node("BiasGelu", 1, nil), []tensor.Value{x(2, 3), x(2)}},
		{"input 1 (skip)", node("SkipLayerNormalization", 1, nil), []tensor.Value{x(2, 3, 4), x(2, 4), x(4)}},
		{"input 4 (bias)", node("SkipLayerNormalization", 1, nil), []tensor.Value{x(2, 3, 4), x(2, 3, 4), x(4), nil, x(3)}},
		{"input 1 (scale)", node("SimplifiedLayerNormalization", 1, nil), []tensor.Value{x(2, 3), x(2)}},
		{"input 0: element 1 is 7", node("EmbedLayerNormalization", 1, nil),
			[]tensor.Value{tensor.Of(tensor.Shape{1, 2}, int32(0), 7), nil, x(4, 3), x(2, 3), nil, x(3), x(3)}},
		{"position_embedding", node("EmbedLayerNormalization", 1, nil),
			[]tensor.Value{tensor.Of(tensor.Shape{1, 2}, int32(0), 3), nil, x(4, 3), x(1, 3), nil, x(3), x(3)}},
		{"groups", node("GroupNorm", 1, optest.Attrs{"groups": 3, "activation": 0}), []tensor.Value{x(1, 2, 2, 4), x(4), x(4)}},
		{"attribute activation", node("GroupNorm", 1, optest.Attrs{"groups": 2}), []tensor.Value{x(1, 2, 2, 4), x(4), x(4)}},
		{"input 1 (weights)", node("Attention", 1, heads), []tensor.Value{x(1, 2, 4), x(4, 11)}},
		{"input 3", node("Attention", 1, heads), []tensor.Value{x(1, 2, 4), x(4, 12), nil, i32(1, 2, 3, 4)}},
		{"input 4 (past)", node("Attention", 2, heads), []tensor.Value{x(1, 2, 4), x(4, 12), nil, nil, x(2, 1, 2, 5, 3)}},
		{"attention_bias", node("Attention", 1, heads), []tensor.Value{x(1, 2, 4), x(4, 12), nil, nil, nil, x(1, 3, 2, 2)}},
		{"input 1 (key) is missing", node("MultiHeadAttention", 1, heads), []tensor.Value{x(1, 2, 4)}},
		{"input 2 (value)", node("MultiHeadAttention", 1, heads), []tensor.Value{x(1, 2, 4), x(1, 3, 4), x(1, 2, 4)}},
		{"input 3 (bias)", node("MultiHeadAttention", 1, heads), []tensor.Value{x(1, 2, 4), x(1, 3, 4), x(1, 3, 4), x(11)}},
		{"input 5 (seqlens_k)", node("GroupQueryAttention", 1, group), []tensor.Value{x(1, 2, 4), x(1, 2, 2), x(1, 2, 2), nil, nil, i32(4), i32(2)}},
		{"input 6 (total_sequence_length)", node("GroupQueryAttention", 1, group), []tensor.Value{x(1, 2, 4), x(1, 2, 2), x(1, 2, 2), nil, nil, i32(1), i32(1 << 30)}},
		{"input 7 (cos_cache)", node("GroupQueryAttention", 1, optest.Attrs{"num_heads": 2, "kv_num_heads": 1, "do_rotary": 1}),
			[]tensor.Value{x(1, 2, 4), x(1, 2, 2), x(1, 2, 2), nil, nil, i32(1), i32(2), x(1, 1), x(1, 1)}},
		{"position_ids", node("RotaryEmbedding", 1, nil), []tensor.Value{x(1, 3, 4), tensor.Of(tensor.Shape{1}, int64(2)), x(4, 2), x(4, 2)}},
		{"activation \"Mish\"", node("FusedConv", 1, optest.Attrs{"activation": "Mish"}), []tensor.Value{x(1, 1, 4), x(1, 1, 2)}},
		{"got 1 parameters, want 2", node("FusedConv", 1, optest.Attrs{"activation": "Clip", "activation_params": []float32{1}}), []tensor.Value{x(1, 1, 4), x(1, 1, 2)}},
		{"input 3 (Z)", node("FusedConv", 1, nil), []tensor.Value{x(1, 1, 4), x(1, 1, 2), nil, x(1, 1, 4)}},
		{"input 1 (B)", node("FusedMatMul", 1, nil), []tensor.Value{x(2, 3), x(2, 3)}},
		{"input 1 (B)", node("MatMulNBits", 1, nbits), []tensor.Value{x(2, 16), tensor.Of(tensor.Shape{2, 1, 4}, make([]uint8, 8)...), x(2)}},
		{"attribute block_size", node("MatMulNBits", 1, optest.Attrs{"N": 2, "K": 16, "block_size": 24}), []tensor.Value{x(2, 16), tensor.Of(tensor.Shape{2, 1, 8}, make([]uint8, 16)...), x(2)}},
		{"input 1 (axis)", node("ExpandDims", 1, nil), []tensor.Value{x(2, 3), i32(4)}},
		{"separators", node("Tokenizer", 1, optest.Attrs{"mark": 0, "mincharnum": 1, "pad_value": "", "separators": []string{"("}}), []tensor.Value{tensor.Of(tensor.Shape{1}, "a")}},
		{"UTF-8", node("Tokenizer", 1, optest.Attrs{"mark": 0, "mincharnum": 1, "pad_value": "", "separators": []string{" "}}), []tensor.Value{tensor.Of(tensor.Shape{1}, "a\xff")}},
	} {
		_, err := optest.Run(Defs, c.node, c.inputs...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.node.Op, err, c.want)
		}
	}
}

func TestLayerNormalizationInModelsOlderThanIt(t *testing.T) {
	n := optest.Node{Op: "LayerNormalization", Opset: 12, Attrs: optest.Attrs{"epsilon": float32(0)}}
	y := optest.MustRun(t, Defs, n, tensor.Of(tensor.Shape{1, 2}, float32(1), 3), tensor.Of(tensor.Shape{2}, float32(1), 10))[0]
	if got := tensor.Data[float32](y); got[0] != -1 || got[1] != 10 {
		t.Errorf("got %v, want [-1 10]", got)
	}
}
