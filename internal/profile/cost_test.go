package profile

import (
	"testing"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

func f32(dims ...int) Value { return Value{Elem: tensor.F32, Shape: dims} }

func of(d tensor.DType, dims ...int) Value { return Value{Elem: d, Shape: dims} }

type attrs map[string]any

func node(domain, op string, a attrs) *onnx.Node {
	n := &onnx.Node{Domain: domain, OpType: op}
	for name, v := range a {
		switch v := v.(type) {
		case int:
			n.Attrs = append(n.Attrs, &onnx.Attr{Name: name, Kind: onnx.AttrInt, Int: int64(v)})
		case []int64:
			n.Attrs = append(n.Attrs, &onnx.Attr{Name: name, Kind: onnx.AttrInts, Ints: v})
		case string:
			n.Attrs = append(n.Attrs, &onnx.Attr{Name: name, Kind: onnx.AttrString, String: v})
		}
	}
	return n
}

// The numbers are written as what is multiplied how often.
func TestCostOfProducts(t *testing.T) {
	const ms = "com.microsoft"
	absent := Value{}
	for name, k := range map[string]struct {
		node    *onnx.Node
		in, out []Value
		pairs   float64 // of a multiplication and an addition
		elem    tensor.DType
	}{
		// 2·8·30·30 outputs, of 3·3·3 pairs each.
		"Conv": {node("", "Conv", nil), []Value{f32(2, 3, 32, 32), f32(8, 3, 3, 3), f32(8)}, []Value{f32(2, 8, 30, 30)}, 2 * 8 * 30 * 30 * 27, tensor.F32},
		// One channel for each feature.
		"depthwise":   {node("", "Conv", nil), []Value{f32(1, 16, 10, 10), f32(16, 1, 3, 3)}, []Value{f32(1, 16, 8, 8)}, 16 * 64 * 9, tensor.F32},
		"one signal":  {node("", "Conv", nil), []Value{f32(1, 1, 100), f32(4, 1, 5)}, []Value{f32(1, 4, 96)}, 4 * 96 * 5, tensor.F32},
		"FusedConv":   {node(ms, "FusedConv", nil), []Value{f32(1, 3, 5, 5), f32(2, 3, 5, 5)}, []Value{f32(1, 2, 1, 1)}, 2 * 75, tensor.F32},
		"ConvAdd":     {node("org.onnxrun", "ConvAdd", nil), []Value{f32(1, 3, 5, 5), f32(2, 3, 5, 5), absent, f32(1, 2, 1, 1)}, []Value{f32(1, 2, 1, 1)}, 2 * 75, tensor.F32},
		"QLinearConv": {node("", "QLinearConv", nil), []Value{of(tensor.U8, 1, 3, 5, 5), f32(), of(tensor.U8), of(tensor.I8, 2, 3, 5, 5), f32(2), of(tensor.I8, 2), f32(), of(tensor.U8)}, []Value{of(tensor.U8, 1, 2, 1, 1)}, 2 * 75, tensor.I8},
		// Each of 4·5·5 inputs goes to 3 features at 2·2 places.
		"ConvTranspose": {node("", "ConvTranspose", nil), []Value{f32(1, 4, 5, 5), f32(4, 3, 2, 2)}, []Value{f32(1, 3, 10, 10)}, 4 * 25 * 12, tensor.F32},

		"Gemm":          {node("", "Gemm", nil), []Value{f32(4, 7), f32(7, 5), f32(5)}, []Value{f32(4, 5)}, 4 * 5 * 7, tensor.F32},
		"Gemm transA":   {node("", "Gemm", attrs{"transA": 1}), []Value{f32(7, 4), f32(7, 5)}, []Value{f32(4, 5)}, 4 * 5 * 7, tensor.F32},
		"double Gemm":   {node("", "Gemm", nil), []Value{of(tensor.F64, 4, 7), of(tensor.F64, 7, 5)}, []Value{of(tensor.F64, 4, 5)}, 4 * 5 * 7, tensor.F64},
		"half Gemm":     {node("", "Gemm", nil), []Value{of(tensor.F16, 4, 7), of(tensor.F16, 7, 5)}, []Value{of(tensor.F16, 4, 5)}, 4 * 5 * 7, tensor.F32},
		"MatMul":        {node("", "MatMul", nil), []Value{f32(2, 3, 4, 7), f32(7, 5)}, []Value{f32(2, 3, 4, 5)}, 6 * 4 * 5 * 7, tensor.F32},
		"vectors":       {node("", "MatMul", nil), []Value{f32(7), f32(7)}, []Value{f32()}, 7, tensor.F32},
		"whole numbers": {node("", "MatMul", nil), []Value{of(tensor.I64, 2, 2), of(tensor.I64, 2, 2)}, []Value{of(tensor.I64, 2, 2)}, 8, tensor.I64},
		"FusedMatMul":   {node(ms, "FusedMatMul", attrs{"transA": 1}), []Value{f32(3, 7, 4), f32(3, 7, 5)}, []Value{f32(3, 4, 5)}, 3 * 4 * 5 * 7, tensor.F32},
		"transBatchA":   {node(ms, "FusedMatMul", attrs{"transA": 1, "transBatchA": 1}), []Value{f32(7, 3, 4), f32(3, 7, 5)}, []Value{f32(3, 4, 5)}, 3 * 4 * 5 * 7, tensor.F32},
		"MatMulInteger": {node("", "MatMulInteger", nil), []Value{of(tensor.U8, 4, 7), of(tensor.I8, 7, 5)}, []Value{of(tensor.I32, 4, 5)}, 4 * 5 * 7, tensor.I8},
		"MatMulNBits":   {node(ms, "MatMulNBits", nil), []Value{f32(4, 64), of(tensor.U8, 8, 2, 16), f32(16)}, []Value{f32(4, 8)}, 4 * 8 * 64, tensor.F32},
		"Linear":        {node("org.onnxrun", "Linear", nil), []Value{f32(2, 3, 7), f32(5, 7), f32(5)}, []Value{f32(2, 3, 5)}, 6 * 5 * 7, tensor.F32},

		"Einsum product":  {node("", "Einsum", attrs{"equation": "ij,jk->ik"}), []Value{f32(4, 7), f32(7, 5)}, []Value{f32(4, 5)}, 4 * 5 * 7, tensor.F32},
		"Einsum heads":    {node("", "Einsum", attrs{"equation": "bqhd, bkhd -> bhqk"}), []Value{f32(2, 5, 3, 8), f32(2, 6, 3, 8)}, []Value{f32(2, 3, 5, 6)}, 2 * 5 * 6 * 3 * 8, tensor.F32},
		"Einsum ellipsis": {node("", "Einsum", attrs{"equation": "...ij,...jk"}), []Value{f32(9, 2, 4, 7), f32(2, 7, 5)}, []Value{f32(9, 2, 4, 5)}, 18 * 4 * 5 * 7, tensor.F32},
		"Einsum of one":   {node("", "Einsum", attrs{"equation": "ij->ji"}), []Value{f32(4, 7)}, []Value{f32(7, 4)}, 0, tensor.F32},

		// 10 ticks of 3 sequences; 4 gates of 6 from 5 inputs and 6 states.
		"LSTM": {node("", "LSTM", nil), []Value{f32(10, 3, 5), f32(1, 24, 5), f32(1, 24, 6)}, []Value{f32(10, 1, 3, 6)}, 30 * 24 * (5 + 6), tensor.F32},
		"GRU":  {node("", "GRU", nil), []Value{f32(10, 3, 5), f32(2, 18, 5), f32(2, 18, 6)}, []Value{f32(10, 2, 3, 6)}, 30 * 2 * 18 * (5 + 6), tensor.F32},

		// 2·3 heads, 4 queries, 6 keys, products of 8 and sums of 10 values.
		"Attention": {node("", "Attention", nil), []Value{f32(2, 3, 4, 8), f32(2, 3, 6, 8), f32(2, 3, 6, 10)}, []Value{f32(2, 3, 4, 10)}, 6 * 4 * 6 * (8 + 10), tensor.F32},
		"Attention of hidden sizes": {node("", "Attention", attrs{"q_num_heads": 3, "kv_num_heads": 3}),
			[]Value{f32(2, 4, 24), f32(2, 6, 24), f32(2, 6, 30)}, []Value{f32(2, 4, 30)}, 6 * 4 * 6 * (8 + 10), tensor.F32},
		"Attention with a past": {node("", "Attention", nil),
			[]Value{f32(2, 3, 4, 8), f32(2, 3, 6, 8), f32(2, 3, 6, 10), absent, f32(2, 3, 5, 8), f32(2, 3, 5, 10)}, []Value{f32(2, 3, 4, 10)}, 6 * 4 * 11 * (8 + 10), tensor.F32},
		// Q is [queries, batch, heads, size], K [batch, heads, size, keys], V
		// [3 of which one, keys, batch, heads, size].
		"Attention in any order": {node("org.onnxrun", "Attention", attrs{"q": []int64{2, 0, 1, 3}, "k": []int64{0, 1, 3, 2}, "v": []int64{-2, 2, 0, 1, 3}, "y": []int64{0, 1, 2, 3}}),
			[]Value{f32(4, 2, 3, 8), f32(2, 3, 8, 6), f32(3, 6, 2, 3, 10)}, []Value{f32(2, 3, 4, 10)}, 6 * 4 * 6 * (8 + 10), tensor.F32},
		"MultiHeadAttention": {node(ms, "MultiHeadAttention", attrs{"num_heads": 3}), []Value{f32(2, 4, 24), f32(2, 6, 24), f32(2, 6, 24)}, []Value{f32(2, 4, 24)}, 6 * 4 * 6 * 16, tensor.F32},
		"packed":             {node(ms, "MultiHeadAttention", attrs{"num_heads": 3}), []Value{f32(2, 4, 3, 3, 8)}, []Value{f32(2, 4, 24)}, 6 * 4 * 4 * 16, tensor.F32},
		// Projection of 2·4 rows of 16 to 3·24, then 4 queries over 4 keys.
		"projected": {node(ms, "Attention", attrs{"num_heads": 3}), []Value{f32(2, 4, 16), f32(16, 72), f32(72)}, []Value{f32(2, 4, 24)}, 8*16*72 + 6*4*4*16, tensor.F32},

		"a sum": {node("", "Add", nil), []Value{f32(4, 7), f32(4, 7)}, []Value{f32(4, 7)}, 0, tensor.Undefined},
	} {
		c := CostOf(k.node, k.in, k.out)
		if c.Ops != 2*k.pairs || c.Elem != k.elem {
			t.Errorf("%s: got %v of %v, want %v of %v", name, c.Ops, c.Elem, 2*k.pairs, k.elem)
		}
	}
}

func TestCostInBytes(t *testing.T) {
	for name, k := range map[string]struct {
		op      string
		in, out []Value
		want    float64
	}{
		"everything read and written once": {"Add", []Value{f32(10, 4), f32(4)}, []Value{f32(10, 4)}, 4 * (40 + 4 + 40)},
		"a product as well":                {"MatMul", []Value{f32(2, 3), f32(3, 5)}, []Value{f32(2, 5)}, 4 * (6 + 15 + 10)},
		"absent inputs are nothing":        {"Clip", []Value{f32(8), {}, f32()}, []Value{f32(8)}, 4 * (8 + 1 + 8)},
		"rows of a table":                  {"Gather", []Value{f32(1000, 4), of(tensor.I64, 3)}, []Value{f32(3, 4)}, 2*4*12 + 8*3},
		"a chain":                          {"Chain", []Value{f32(10, 4), f32(1)}, []Value{f32(10, 4)}, 4 * (40 + 1 + 40)},
		"a view":                           {"Reshape", []Value{f32(2, 3), of(tensor.I64, 1)}, []Value{f32(6)}, 0},
		"bodies count themselves":          {"Scan", []Value{f32(9)}, []Value{f32(9)}, 0},
		"a conversion":                     {"Cast", []Value{f32(6)}, []Value{of(tensor.U8, 6)}, 30},
		"a conversion to the same":         {"Cast", []Value{f32(6)}, []Value{f32(6)}, 0},
		"sequences have no size":           {"SplitToSequence", []Value{f32(6)}, []Value{{Other: "sequence"}}, 24},
		"nothing":                          {"Add", []Value{f32(0, 4), f32(4)}, []Value{f32(0, 4)}, 16},
	} {
		if c := CostOf(node("", k.op, nil), k.in, k.out); c.Bytes != k.want {
			t.Errorf("%s: got %v bytes, want %v", name, c.Bytes, k.want)
		}
	}
}

// Whatever shapes stand there, a cost is a number.
func TestCostOfOddShapes(t *testing.T) {
	odd := [][]Value{nil, {{}}, {f32()}, {f32(), f32(), f32()}, {f32(0), f32(0, 0), f32(0, 0, 0), {}, f32(1)}, {{Other: "map"}, {Other: "map"}}}
	for name := range products {
		for _, in := range odd {
			for _, out := range odd {
				n := node("", name, attrs{"equation": "...ab,bc->", "transA": 1})
				n.OpType = name
				if c := CostOf(n, in, out); !(c.Ops >= 0) || !(c.Bytes >= 0) || c.Ops > 1e9 {
					t.Errorf("%s of %v to %v: got %+v", name, in, out, c)
				}
			}
		}
	}
}

func TestSignature(t *testing.T) {
	for want, k := range map[string][2][]Value{
		"float32[2 3] [3 4] → [2 4]":             {{f32(2, 3), {}, f32(3, 4)}, {f32(2, 4)}},
		"float32[5] int64[2] → float32[2]":       {{f32(5), of(tensor.I64, 2)}, {f32(2)}},
		"→ float32[2]":                           {nil, {f32(2)}},
		"float32[2] → sequence":                  {{f32(2)}, {{Other: "sequence"}}},
		"float32[] → int64[1]":                   {{f32()}, {of(tensor.I64, 1)}},
		"map":                                    {{{Other: "map"}}, {{}}},
		"float32[2] float64[2] float32[2] → [2]": {{f32(2), of(tensor.F64, 2), f32(2)}, {f32(2)}},
	} {
		if got := Signature(k[0], k[1]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
