package gradient_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/tensor"
)

func TestDerivativesOfProductsOfMatrices(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var probes []probe
	for _, s := range [][2][]int{
		{{2, 3}, {3, 4}}, {{3}, {3}}, {{3}, {3, 2}}, {{2, 3}, {3}}, {{3}, {2, 3, 2}}, {{2, 2, 3}, {3}},
		{{2, 2, 3}, {3, 2}}, {{2, 3}, {2, 3, 2}}, {{2, 1, 2, 3}, {3, 3, 2}},
	} {
		probes = append(probes, probe{op: "MatMul", opset: 13, wrt: []int{0, 1}, in: []tensor.Value{random(r, s[0]...), random(r, s[1]...)}})
	}
	for _, shape := range [][]int{{3}, {2, 3}, {2, 1, 3}, {0, 3}} { // the rank of the weights is known
		probes = append(probes, probe{op: "MatMul", name: "weights", wrt: []int{0, 2}, in: []tensor.Value{random(r, shape...), tensor.Scalar(0.0), random(r, 3, 2)},
			build: func(b builder) { b.Node("MatMul", names{"i0", "i2"}, names{"o0"}, nil) }})
	}
	for i := range 4 {
		a, b := []int{2, 3}, []int{3, 4}
		if i&1 != 0 {
			a = []int{3, 2}
		}
		if i&2 != 0 {
			b = []int{4, 3}
		}
		for _, c := range [][]int{{2, 4}, {4}, {2, 1}, {}} {
			probes = append(probes, probe{
				op: "Gemm", opset: 13, wrt: []int{0, 1, 2}, in: []tensor.Value{random(r, a...), random(r, b...), random(r, c...)},
				attrs: optest.Attrs{"transA": i & 1, "transB": i >> 1, "alpha": float32(0.5), "beta": float32(2)},
			})
		}
	}
	for _, c := range []struct {
		equation string
		shapes   [][]int
	}{
		{"ij,jk->ik", [][]int{{2, 3}, {3, 2}}}, {"ij,jk", [][]int{{2, 3}, {3, 2}}}, {"ij->", [][]int{{2, 3}}},
		{"ij->j", [][]int{{2, 3}}}, {"ii->i", [][]int{{3, 3}}}, {"ii", [][]int{{3, 3}}}, {"iji,j->ij", [][]int{{2, 3, 2}, {3}}},
		{"...ij,...jk->...ik", [][]int{{2, 2, 3}, {3, 2}}}, {"b...i,i...->b...", [][]int{{2, 3, 4}, {4, 3}}},
		{"i...k->...", [][]int{{2, 3, 2}}}, {"ij,kl->jk", [][]int{{2, 3}, {2, 2}}}, {"i,i,i->i", [][]int{{3}, {3}, {3}}},
		{"...->", [][]int{{2, 3}}}, {"i...j,j->ij", [][]int{{2, 3, 2, 2}, {2}}}, {"...i,...i->i", [][]int{{2, 3}, {2, 3}}},
		{"ij,ij->ij", [][]int{{1, 3}, {2, 3}}}, {"bhqd,bhkd->bhqk", [][]int{{2, 2, 3, 2}, {2, 2, 2, 2}}},
	} {
		p := probe{op: "Einsum", opset: 12, name: c.equation, attrs: optest.Attrs{"equation": c.equation}}
		for i, s := range c.shapes {
			p.in, p.wrt = append(p.in, random(r, s...)), append(p.wrt, i)
		}
		probes = append(probes, p)
	}
	checkAll(t, probes)
}

func TestDerivativesOfConvolutions(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	type A = optest.Attrs
	all := []int{0, 1, 2}
	checkAll(t, []probe{
		{op: "Conv", wrt: all, in: []tensor.Value{random(r, 2, 3, 5), random(r, 4, 3, 2), random(r, 4)}},
		{op: "Conv", wrt: all, attrs: A{"strides": []int{2}, "pads": []int{1, 2}, "dilations": []int{2}}, in: []tensor.Value{random(r, 2, 2, 8), random(r, 3, 2, 3), random(r, 3)}},
		{op: "Conv", wrt: all, attrs: A{"group": 2, "strides": []int{2, 1}, "pads": []int{1, 0, 0, 1}}, in: []tensor.Value{random(r, 2, 4, 6, 4), random(r, 6, 2, 3, 2), random(r, 6)}},
		{op: "Conv", wrt: all, name: "depthwise", attrs: A{"group": 3, "dilations": []int{1, 2}}, in: []tensor.Value{random(r, 1, 3, 4, 5), random(r, 3, 1, 2, 2), random(r, 3)}},
		{op: "Conv", wrt: []int{0, 1}, attrs: A{"auto_pad": "SAME_UPPER", "strides": []int{2, 2}}, in: []tensor.Value{random(r, 1, 2, 5, 4), random(r, 2, 2, 3, 2)}},
		{op: "Conv", wrt: []int{0, 1}, opset: 1, attrs: A{"auto_pad": "SAME_LOWER", "kernel_shape": []int{2, 4}}, in: []tensor.Value{random(r, 1, 2, 5, 4), random(r, 2, 2, 2, 4)}},
		{op: "Conv", wrt: []int{0, 1}, name: "rest of the stride", attrs: A{"strides": []int{3}}, in: []tensor.Value{random(r, 1, 1, 10), random(r, 1, 1, 2)}},
		{op: "Conv", wrt: []int{0, 1}, name: "3d", in: []tensor.Value{random(r, 1, 2, 3, 3, 3), random(r, 2, 2, 2, 2, 2)}},
		{op: "ConvTranspose", wrt: all, in: []tensor.Value{random(r, 2, 3, 4), random(r, 3, 2, 3), random(r, 2)}},
		{op: "ConvTranspose", wrt: all, attrs: A{"strides": []int{2}, "pads": []int{1, 0}, "dilations": []int{2}, "output_padding": []int{1}}, in: []tensor.Value{random(r, 2, 2, 4), random(r, 2, 3, 2), random(r, 3)}},
		{op: "ConvTranspose", wrt: all, attrs: A{"group": 2, "strides": []int{2, 3}}, in: []tensor.Value{random(r, 2, 4, 3, 2), random(r, 4, 3, 2, 2), random(r, 6)}},
		{op: "ConvTranspose", wrt: []int{0, 1}, attrs: A{"strides": []int{2, 2}, "output_shape": []int{6, 5}}, in: []tensor.Value{random(r, 1, 1, 3, 3), random(r, 1, 2, 3, 3)}},
		{op: "ConvTranspose", wrt: []int{0, 1}, attrs: A{"strides": []int{2, 2}, "auto_pad": "SAME_LOWER"}, in: []tensor.Value{random(r, 1, 1, 3, 3), random(r, 1, 2, 3, 3)}},
		{op: "ConvTranspose", wrt: []int{0, 1}, attrs: A{"strides": []int{2, 2}, "auto_pad": "SAME_UPPER"}, in: []tensor.Value{random(r, 1, 1, 3, 3), random(r, 1, 2, 3, 3)}},
	})
}

func TestDerivativesOfPoolings(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	type A = optest.Attrs
	var probes []probe
	for _, op := range []string{"MaxPool", "AveragePool", "LpPool"} {
		for _, a := range []A{
			{"kernel_shape": []int{2}},
			{"kernel_shape": []int{3}, "strides": []int{2}, "pads": []int{1, 1}},
			{"kernel_shape": []int{3}, "strides": []int{2}, "ceil_mode": 1},
			{"kernel_shape": []int{2}, "dilations": []int{2}},
			{"kernel_shape": []int{3}, "strides": []int{2}, "auto_pad": "SAME_UPPER"},
			{"kernel_shape": []int{2}, "auto_pad": "SAME_LOWER"},
		} {
			probes = append(probes, probe{op: op, attrs: a, in: []tensor.Value{random(r, 2, 2, 6)}})
		}
		probes = append(probes, probe{op: op, opset: 1, attrs: A{"kernel_shape": []int{2, 3}, "pads": []int{0, 1, 1, 1}}, in: []tensor.Value{random(r, 2, 2, 3, 4)}})
	}
	probes[len(probes)-1].attrs["p"] = float32(3)
	probes = append(probes, []probe{
		{op: "AveragePool", attrs: A{"kernel_shape": []int{3}, "strides": []int{2}, "pads": []int{1, 1}, "count_include_pad": 1}, in: []tensor.Value{random(r, 2, 2, 6)}},
		{op: "AveragePool", attrs: A{"kernel_shape": []int{3}, "strides": []int{2}, "pads": []int{1, 1}, "count_include_pad": 1, "ceil_mode": 1}, in: []tensor.Value{random(r, 2, 2, 6)}},
		{op: "MaxPool", name: "indices", attrs: A{"kernel_shape": []int{2}, "storage_order": 1}, extra: 1, in: []tensor.Value{random(r, 2, 2, 6)}},
		{op: "LpPool", attrs: A{"kernel_shape": []int{2}, "p": 1}, in: []tensor.Value{random(r, 2, 2, 6)}},
		{op: "GlobalAveragePool", in: []tensor.Value{random(r, 2, 2, 2, 3)}},
		{op: "GlobalMaxPool", in: []tensor.Value{random(r, 2, 2, 2, 3)}},
		{op: "GlobalLpPool", in: []tensor.Value{random(r, 2, 2, 2, 3)}},
		{op: "GlobalLpPool", attrs: A{"p": 3}, in: []tensor.Value{random(r, 2, 2, 2, 3)}},
	}...)
	checkAll(t, probes)
}

func TestDerivativesOfAttention(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	type A = optest.Attrs
	all := []int{0, 1, 2}
	q, k, v := random(r, 2, 4, 3, 2), random(r, 2, 4, 5, 2), random(r, 2, 4, 5, 3)
	mask := tensor.Of(tensor.Shape{3, 5}, true, false, true, true, false, true, true, true, false, true, false, false, false, false, true)
	checkAll(t, []probe{
		{op: "Attention", opset: 23, wrt: all, in: []tensor.Value{q, k, v}},
		{op: "Attention", opset: 23, wrt: all, in: []tensor.Value{q, k, v}, attrs: A{"is_causal": 1, "softcap": float32(1.5)}},
		{op: "Attention", opset: 23, wrt: []int{0, 1, 2, 3}, in: []tensor.Value{q, k, v, random(r, 4, 3, 5)}, attrs: A{"scale": float32(0.25)}},
		{op: "Attention", opset: 23, wrt: all, name: "shown by a mask", in: []tensor.Value{q, k, v, mask}, attrs: A{"is_causal": 1}, consts: []int{3}},
		{op: "Attention", opset: 23, wrt: all, name: "shared keys", in: []tensor.Value{q, random(r, 2, 2, 5, 2), random(r, 2, 2, 5, 1)}},
		{op: "Attention", opset: 23, wrt: all, in: []tensor.Value{random(r, 2, 3, 8), random(r, 2, 5, 4), random(r, 2, 5, 6)}, attrs: A{"q_num_heads": 4, "kv_num_heads": 2}},
		// A cache, windows, and what is valid of the keys.
		{op: "Attention", opset: 24, name: "past", wrt: []int{0, 1, 2, 4, 5}, out: 3, attrs: A{"is_causal": 1}, in: []tensor.Value{q, k, v, nil, random(r, 2, 4, 2, 2), random(r, 2, 4, 2, 3)}},
		{op: "Attention", opset: 25, wrt: all, attrs: A{"left_window_size": 1, "right_window_size": 2}, in: []tensor.Value{q, k, v}, first: true},
		{op: "Attention", opset: 25, wrt: all, attrs: A{"left_window_size": 0, "is_causal": 1}, in: []tensor.Value{q, k, v, mask}, first: true},
		{op: "Attention", opset: 24, name: "valid", wrt: all, attrs: A{"is_causal": 1}, in: []tensor.Value{q, k, v, nil, nil, nil, i64(4, 3)}, first: true},
		{op: "Attention", opset: 24, name: "fewer keys", wrt: []int{0, 1, 2, 3}, in: []tensor.Value{q, k, v, random(r, 3, 4)}, first: true},
		{op: "Attention", opset: 24, name: "fewer keys shown", wrt: all, in: []tensor.Value{q, k, v, tensor.Of(tensor.Shape{1, 2}, true, true)}, consts: []int{3}, first: true},
		{op: "Attention", opset: 23, name: "hidden by a sum", wrt: all, in: []tensor.Value{q, k, v, tensor.Of(tensor.Shape{5}, 0.5, math.Inf(-1), 0, 0, math.Inf(-1))}, first: true},
		{op: "Attention", opset: 25, name: "heads declared for nothing", wrt: all, attrs: A{"q_num_heads": 4, "kv_num_heads": 4}, in: []tensor.Value{q, k, v}, first: true},
	})
	for mode := range 4 {
		checkAll(t, []probe{{op: "Attention", opset: 24, wrt: all, out: 4, first: true, in: []tensor.Value{q, k, v}, attrs: A{"softcap": float32(1.5), "qk_matmul_output_mode": mode}}})
	}
}

func TestDerivativesOfLinearAttention(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	type A = optest.Attrs
	// 2 entries of 3 rows; 4 heads of queries on 2 of keys; sizes 2 and 3.
	q, k, v, past := random(r, 2, 3, 8), random(r, 2, 3, 4), random(r, 2, 3, 6), random(r, 2, 2, 2, 3)
	heads := func(rule string) A { return A{"q_num_heads": 4, "kv_num_heads": 2, "update_rule": rule} }
	scaled := heads("linear")
	scaled["scale"] = float32(0.5)
	checkAll(t, []probe{
		{op: "LinearAttention", opset: 27, single: true, out: 2, wrt: []int{0, 1, 2}, in: []tensor.Value{q, k, v}, attrs: scaled},
		{op: "LinearAttention", opset: 27, single: true, out: 2, wrt: []int{0, 1, 2, 3, 4}, in: []tensor.Value{q, k, v, past, random(r, 2, 3, 4)}, attrs: heads("gated")},
		{op: "LinearAttention", opset: 27, single: true, out: 2, wrt: []int{0, 1, 2, 3, 5}, in: []tensor.Value{q, k, v, past, nil, random(r, 2, 3, 2)}, attrs: heads("delta")},
		{op: "LinearAttention", opset: 27, single: true, out: 2, wrt: []int{0, 1, 2, 3, 4, 5}, in: []tensor.Value{q, k, v, past, random(r, 2, 3, 2), random(r, 2, 3, 1)}, attrs: heads("gated_delta")},
		{op: "CausalConvWithState", opset: 27, single: true, out: 2, wrt: []int{0, 1}, in: []tensor.Value{random(r, 2, 3, 4), random(r, 3, 1, 3)}},
		{op: "CausalConvWithState", opset: 27, single: true, out: 2, wrt: []int{0, 1, 2, 3}, in: []tensor.Value{random(r, 2, 3, 4), random(r, 3, 1, 3), random(r, 3), random(r, 2, 3, 2)}, attrs: A{"activation": "silu"}},
		{op: "CausalConvWithState", opset: 27, single: true, out: 2, name: "longer than the input", wrt: []int{0, 1, 3}, in: []tensor.Value{random(r, 1, 2, 2), random(r, 2, 1, 5), nil, random(r, 1, 2, 4)}},
		{op: "RotaryEmbedding", opset: 23, single: true, wrt: []int{0, 1, 2}, in: []tensor.Value{random(r, 2, 2, 3, 4), random(r, 2, 3, 2), random(r, 2, 3, 2)}},
		{op: "RotaryEmbedding", opset: 23, single: true, wrt: []int{0, 1, 2}, attrs: A{"interleaved": 1, "num_heads": 2, "rotary_embedding_dim": 4}, in: []tensor.Value{random(r, 2, 3, 12), random(r, 5, 2), random(r, 5, 2), tensor.Of(tensor.Shape{2, 3}, int64(0), 1, 4, 4, 1, 2)}},
	})
}
