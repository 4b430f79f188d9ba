package attention

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

func attend(t *testing.T, n optest.Node, inputs ...tensor.Value) []*tensor.Tensor {
	t.Helper()
	if n.Op == "" {
		n.Op = "Attention"
	}
	if n.Opset == 0 {
		n.Opset = 25
	}
	return optest.MustRun(t, Defs, n, inputs...)
}

// same fails unless two tensors of the same shape are alike.
func same(t *testing.T, what string, got, want *tensor.Tensor, tolerance float64) {
	t.Helper()
	if !got.Shape().Equal(want.Shape()) || got.DType() != want.DType() {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
	g, w := floatsOf(t, got), floatsOf(t, want)
	for i := range w {
		if math.Abs(g[i]-w[i]) > tolerance || math.IsNaN(g[i]) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, g[i], w[i])
		}
	}
}

func floatsOf(t *testing.T, x *tensor.Tensor) []float64 {
	t.Helper()
	w, err := tensor.New(tensor.F64, x.Shape())
	if err != nil {
		t.Fatal(err)
	}
	if err := tensor.Convert(w, x, tensor.Conversion{}); err != nil {
		t.Fatal(err)
	}
	return tensor.Data[float64](w)
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

func TestAttentionOfOneKeyIsItsValue(t *testing.T) {
	q, k, v := random(1, 1, 2, 3, 4), random(2, 1, 2, 1, 4), random(3, 1, 2, 1, 5)
	y := floatsOf(t, attend(t, optest.Node{}, q, k, v)[0])
	for h := range 2 {
		for i := range 3 {
			for d := range 5 {
				if got, want := y[(h*3+i)*5+d], float64(tensor.Data[float32](v)[h*5+d]); got != want {
					t.Errorf("head %d, query %d, element %d: got %v, want %v", h, i, d, got, want)
				}
			}
		}
	}
}

func TestAttentionStepByStepEqualsOneRun(t *testing.T) {
	const heads, kvHeads, size, vSize, length = 4, 2, 6, 5, 7
	q, k, v := random(1, 1, length, heads*size), random(2, 1, length, kvHeads*size), random(3, 1, length, kvHeads*vSize)
	attrs := optest.Attrs{"q_num_heads": heads, "kv_num_heads": kvHeads, "is_causal": 1, "left_window_size": 3}
	whole := attend(t, optest.Node{Attrs: attrs}, q, k, v)[0]
	var pastK, pastV tensor.Value = tensor.Of[float32](tensor.Shape{1, kvHeads, 0, size}), tensor.Of[float32](tensor.Shape{1, kvHeads, 0, vSize})
	row := func(x *tensor.Tensor, i int) *tensor.Tensor {
		n := x.Dim(2)
		return tensor.Of(tensor.Shape{1, 1, n}, tensor.Data[float32](x)[i*n:(i+1)*n]...)
	}
	for i := range length {
		out := attend(t, optest.Node{Attrs: attrs, Outputs: 3}, row(q, i), row(k, i), row(v, i), nil, pastK, pastV)
		same(t, "step", out[0], row(whole, i), 1e-6)
		pastK, pastV = out[1], out[2]
	}
	if got := pastV.(*tensor.Tensor); !got.Shape().Equal(tensor.Shape{1, kvHeads, length, vSize}) {
		t.Errorf("the values at the end are %v", got)
	}
}

func TestAttentionLayoutsAgree(t *testing.T) {
	// With one head, rank 3 and rank 4 lie alike in memory.
	q, k, v := random(1, 2, 3, 4), random(2, 2, 6, 4), random(3, 2, 6, 4)
	merged := attend(t, optest.Node{Attrs: optest.Attrs{"q_num_heads": 1, "kv_num_heads": 1}}, q, k, v)[0]
	var packed []tensor.Value
	for _, x := range []*tensor.Tensor{q, k, v} {
		p, err := x.Reshape(tensor.Shape{2, 1, x.Dim(1), x.Dim(2)})
		if err != nil {
			t.Fatal(err)
		}
		packed = append(packed, p)
	}
	y, err := attend(t, optest.Node{}, packed...)[0].Reshape(merged.Shape())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rank 4", y, merged, 0)
}

func TestAttentionShortMaskHidesTheRest(t *testing.T) {
	q, k, v := random(1, 1, 1, 3, 4), random(2, 1, 1, 5, 4), random(3, 1, 1, 5, 4)
	short := tensor.Of(tensor.Shape{2}, true, true)
	whole := tensor.Of(tensor.Shape{5}, true, true, false, false, false)
	same(t, "short", attend(t, optest.Node{Opset: 24}, q, k, v, short)[0], attend(t, optest.Node{Opset: 24}, q, k, v, whole)[0], 0)
	if _, err := optest.Run(Defs, optest.Node{Op: "Attention", Opset: 23}, q, k, v, short); err == nil {
		t.Error("version 23 takes a mask of fewer keys")
	}
}

func TestAttentionRowsWithoutKeysAreZero(t *testing.T) {
	q, k, v := random(1, 1, 1, 2, 4), random(2, 1, 1, 3, 4), random(3, 1, 1, 3, 4)
	inf := float32(math.Inf(-1))
	mask := tensor.Of(tensor.Shape{2, 3}, inf, inf, inf, 0, inf, 0)
	out := attend(t, optest.Node{Outputs: 4, Attrs: optest.Attrs{"qk_matmul_output_mode": 3}}, q, k, v, mask)
	for i, want := range []bool{true, false} {
		zero := true
		for _, x := range tensor.Data[float32](out[0])[i*4 : (i+1)*4] {
			zero = zero && x == 0
		}
		if zero != want {
			t.Errorf("row %d: zero is %v, want %v", i, zero, want)
		}
	}
	for i, p := range tensor.Data[float32](out[3])[:3] {
		if p != 0 {
			t.Errorf("probability %d of the row without keys is %v", i, p)
		}
	}
}

func TestAttentionHalfTypesAreRoundedOnce(t *testing.T) {
	q, k, v := random(1, 1, 2, 5, 16), random(2, 1, 2, 9, 16), random(3, 1, 2, 9, 16)
	for d, step := range map[tensor.DType]float64{tensor.F16: 0x1p-11, tensor.BF16: 0x1p-8} {
		q, k, v := as(t, d, q), as(t, d, k), as(t, d, v)
		got := attend(t, optest.Node{}, q, k, v)[0]
		exact := attend(t, optest.Node{}, as(t, tensor.F64, q), as(t, tensor.F64, k), as(t, tensor.F64, v))[0]
		w := floatsOf(t, exact)
		for i, g := range floatsOf(t, got) {
			if math.Abs(g-w[i]) > step*1.01*math.Abs(w[i])+1e-6 {
				t.Errorf("%v: element %d is %v, want %v", d, i, g, w[i])
			}
		}
	}
}

func TestAttentionTakesMixedTypes(t *testing.T) {
	q, k, v := random(1, 1, 1, 3, 4), random(2, 1, 1, 5, 4), as(t, tensor.F16, random(3, 1, 1, 5, 4))
	out := attend(t, optest.Node{Outputs: 3}, q, k, v)
	same(t, "float16 values", out[0], attend(t, optest.Node{}, q, k, as(t, tensor.F32, v))[0], 0)
	if out[2].DType() != tensor.F16 {
		t.Errorf("present_value is %v", out[2])
	}
	wide := attend(t, optest.Node{}, as(t, tensor.F64, q), as(t, tensor.F64, k), v)[0]
	same(t, "float64 queries", as(t, tensor.F32, wide), out[0], 1e-6)
}

func TestFlexAttentionWithoutBodiesIsAttention(t *testing.T) {
	q, k, v := random(1, 1, 4, 3, 4), random(2, 1, 2, 5, 4), random(3, 1, 2, 5, 6)
	flex := attend(t, optest.Node{Op: "FlexAttention", Domain: "ai.onnx.preview", Opset: 1, Attrs: optest.Attrs{"scale": float32(0.3)}}, q, k, v)[0]
	same(t, "FlexAttention", flex, attend(t, optest.Node{Attrs: optest.Attrs{"scale": float32(0.3)}}, q, k, v)[0], 0)
}

func TestErrorsNameTheInput(t *testing.T) {
	x := func(shape ...int) *tensor.Tensor { return random(1, shape...) }
	ids := func(v ...int64) *tensor.Tensor { return tensor.Of(tensor.Shape{1, len(v)}, v...) }
	heads := optest.Attrs{"q_num_heads": 2, "kv_num_heads": 2}
	linear := optest.Attrs{"q_num_heads": 2, "kv_num_heads": 1, "update_rule": "linear"}
	for _, c := range []struct {
		want   string
		node   optest.Node
		inputs []tensor.Value
	}{
		{"input 0 (Q)", optest.Node{}, []tensor.Value{x(2, 3), x(2, 3), x(2, 3)}},
		{"attribute q_num_heads", optest.Node{}, []tensor.Value{x(1, 2, 4), x(1, 2, 4), x(1, 2, 4)}},
		{"input 0 (Q)", optest.Node{Attrs: heads}, []tensor.Value{x(1, 2, 5), x(1, 2, 4), x(1, 2, 4)}},
		{"input 1 (K)", optest.Node{}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 5), x(1, 2, 3, 4)}},
		{"input 1 (K)", optest.Node{}, []tensor.Value{x(1, 3, 3, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"input 2 (V)", optest.Node{}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 4, 4)}},
		{"input 3 (attn_mask)", optest.Node{}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), x(2, 3)}},
		{"past_value", optest.Node{}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, x(1, 2, 5, 4)}},
		{"input 5 (past_value)", optest.Node{}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, x(1, 2, 5, 4), x(1, 2, 4, 4)}},
		{"nonpad_kv_seqlen", optest.Node{}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, nil, nil, tensor.Of(tensor.Shape{1}, int64(4))}},
		{"left_window_size", optest.Node{Attrs: optest.Attrs{"left_window_size": -2}}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"left_window_size", optest.Node{Opset: 24, Attrs: optest.Attrs{"left_window_size": 2}}, []tensor.Value{x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"input 3 (position_ids): element 1", optest.Node{Op: "RotaryEmbedding"}, []tensor.Value{x(1, 2, 2, 4), x(3, 2), x(3, 2), ids(2, 3)}},
		{"input 1 (cos_cache)", optest.Node{Op: "RotaryEmbedding"}, []tensor.Value{x(1, 2, 2, 4), x(3, 2), x(3, 2)}},
		{"input 2 (sin_cache)", optest.Node{Op: "RotaryEmbedding"}, []tensor.Value{x(1, 2, 2, 4), x(3, 2), x(2, 2), ids(2, 1)}},
		{"even number", optest.Node{Op: "RotaryEmbedding"}, []tensor.Value{x(1, 2, 2, 5), x(3, 2), x(3, 2), ids(2, 1)}},
		{"input 1 (key)", optest.Node{Op: "LinearAttention", Opset: 27, Outputs: 2, Attrs: linear}, []tensor.Value{x(1, 2, 8), x(1, 2, 5), x(1, 2, 3)}},
		{"update_rule linear", optest.Node{Op: "LinearAttention", Opset: 27, Outputs: 2, Attrs: linear}, []tensor.Value{x(1, 2, 8), x(1, 2, 4), x(1, 2, 3), nil, x(1, 2, 1)}},
		{"input 3 (past_state)", optest.Node{Op: "CausalConvWithState", Opset: 27, Outputs: 2}, []tensor.Value{x(1, 2, 8), x(2, 1, 3), nil, x(1, 2, 3)}},
		{"input 1 (weight)", optest.Node{Op: "CausalConvWithState", Opset: 27, Outputs: 2}, []tensor.Value{x(1, 2, 8), x(2, 1, 0)}},
		{"attribute activation", optest.Node{Op: "CausalConvWithState", Opset: 27, Outputs: 2, Attrs: optest.Attrs{"activation": "relu"}}, []tensor.Value{x(1, 2, 8), x(2, 1, 3)}},
	} {
		if c.node.Op == "" {
			c.node.Op = "Attention"
		}
		if c.node.Opset == 0 {
			c.node.Opset = 25
		}
		_, err := optest.Run(Defs, c.node, c.inputs...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.node.Op, err, c.want)
		}
	}
}
