package contrib

import (
	"errors"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// with returns attributes of one head of two queries and more.
func with(more optest.Attrs) optest.Attrs {
	a := optest.Attrs{"num_heads": 2, "kv_num_heads": 1}
	maps.Copy(a, more)
	return a
}

func ints(v ...int32) *tensor.Tensor { return tensor.Of(tensor.Shape{len(v)}, v...) }

// TestSlidingCacheStepByStep compares a cache that slides, in steps of several
// lengths, with a window over all rows at once.
func TestSlidingCacheStepByStep(t *testing.T) {
	const total, size, window = 23, 4, 3
	q, k, v := random(1, 1, total, 2*size), random(2, 1, total, size), random(3, 1, total, size)
	all := optest.MustRun(t, Defs, optest.Node{Domain: domain, Op: "GroupQueryAttention", Opset: 1, Outputs: 3, Attrs: with(optest.Attrs{"local_window_size": window})},
		q, k, v, nil, nil, ints(total-1), ints(total))
	rows := func(x *tensor.Tensor, at, n int) *tensor.Tensor {
		width := x.Dim(2)
		return tensor.Of(tensor.Shape{1, n, width}, tensor.Data[float32](x)[at*width:(at+n)*width]...)
	}
	for _, capacity := range []int{3, 5, 8} {
		past := []tensor.Value{random(4, 1, 1, capacity, size), random(5, 1, 1, capacity, size)}
		at := 0
		for _, n := range []int{2, 1, 1, 3, 1, 9, 1, 1, 4} {
			node := optest.Node{Domain: domain, Op: "GroupQueryAttention", Opset: 1, Outputs: 3,
				Attrs: with(optest.Attrs{"local_window_size": window, "sliding_window_cache": 1})}
			out := optest.MustRun(t, Defs, node, rows(q, at, n), rows(k, at, n), rows(v, at, n), past[0], past[1], ints(int32(at+n-1)), ints(int32(at+n)))
			want := tensor.Data[float32](all[0])[at*2*size:]
			for i, g := range tensor.Data[float32](out[0]) {
				if math.Abs(float64(g-want[i])) > 1e-5 {
					t.Fatalf("capacity %d, rows from %d: element %d is %v, want %v", capacity, at, i, g, want[i])
				}
			}
			past[0], past[1] = out[1], out[2]
			at += n
		}
	}
}

func TestResidentRowsAreThoseOfTheDocumentation(t *testing.T) {
	for _, c := range []struct{ capacity, window int }{{3, 3}, {5, 3}, {8, 1}} {
		rows := 0
		for total := 1; total < 50; total++ {
			if rows++; rows > c.capacity { // one row too many: those out of the window go
				rows = c.window
			}
			if got := resident(total, c.capacity, c.window); got != rows {
				t.Fatalf("%d rows, capacity %d, window %d: got %d, want %d", total, c.capacity, c.window, got, rows)
			}
		}
	}
}

func TestWrongCachesAreErrors(t *testing.T) {
	x := func(shape ...int) *tensor.Tensor { return random(1, shape...) }
	query := []tensor.Value{x(1, 2, 4), x(1, 2, 2), x(1, 2, 2)}
	past := func(key, value tensor.Value, more ...tensor.Value) []tensor.Value {
		in := append(append([]tensor.Value{}, query...), key, value, ints(3), ints(4))
		return append(in, more...)
	}
	scaled := func(key, value *tensor.Tensor, scale *tensor.Tensor) []tensor.Value {
		return past(key, value, nil, nil, nil, nil, nil, scale, scale)
	}
	bytes, signed := tensor.Of(tensor.Shape{1, 1, 4, 1}, make([]uint8, 4)...), tensor.Of(tensor.Shape{1, 1, 4, 2}, make([]int8, 8)...)
	one, cache := tensor.Of(tensor.Shape{1}, float32(0.5)), x(1, 1, 4, 2)
	quantized := with(optest.Attrs{"k_quant_type": "PER_TENSOR", "v_quant_type": "PER_TENSOR", "kv_cache_bit_width": 8})
	channels := with(optest.Attrs{"k_quant_type": "PER_CHANNEL", "v_quant_type": "PER_CHANNEL", "kv_cache_bit_width": 4})
	slides := with(optest.Attrs{"sliding_window_cache": 1, "local_window_size": 3})
	shared := func(length *tensor.Tensor, beams tensor.Value) []tensor.Value {
		return []tensor.Value{x(2, 1, 4), x(2, 1, 4), x(2, 1, 4), nil, nil, nil, x(2, 2, 5, 2), x(2, 2, 5, 2), length, beams}
	}
	beams := func(shape tensor.Shape, v int32) *tensor.Tensor {
		d := make([]int32, shape.Len())
		for i := range d {
			d[i] = v
		}
		return tensor.Of(shape, d...)
	}
	heads := optest.Attrs{"num_heads": 2}
	for _, c := range []struct {
		op     string
		attrs  optest.Attrs
		inputs []tensor.Value
		want   string // "" where it is right
	}{
		{"GroupQueryAttention", quantized, scaled(signed, signed, one), ""},
		{"GroupQueryAttention", quantized, scaled(bytes, bytes, one), "input 3 (past_key)"},
		{"GroupQueryAttention", quantized, scaled(signed, signed, nil), "input 12 (scale)"},
		{"GroupQueryAttention", quantized, scaled(nil, nil, one), "inputs 3 (past_key) and 4 (past_value)"},
		{"GroupQueryAttention", channels, scaled(bytes, bytes, tensor.Of(tensor.Shape{1, 1, 1, 2}, float32(1), 2)), ""},
		{"GroupQueryAttention", channels, scaled(bytes, bytes, one), "input 12 (scale)"},
		{"GroupQueryAttention", with(nil), scaled(signed, signed, one), "input 3 (past_key)"},
		{"GroupQueryAttention", with(optest.Attrs{"kv_cache_bit_width": 8}), past(cache, cache), "kv_cache_bit_width"},
		{"GroupQueryAttention", with(optest.Attrs{"k_quant_type": "PER_TENSOR", "v_quant_type": "PER_TENSOR"}), scaled(signed, signed, one), "kv_cache_bit_width"},
		{"GroupQueryAttention", with(optest.Attrs{"k_quant_type": "PER_TENSOR", "kv_cache_bit_width": 8}), scaled(signed, signed, one), "unsupported"},
		{"GroupQueryAttention", slides, past(cache, cache), ""},
		{"GroupQueryAttention", slides, past(x(1, 1, 2, 2), x(1, 1, 2, 2)), "local_window_size"},
		{"GroupQueryAttention", slides, past(nil, nil), "inputs 3 (past_key) and 4 (past_value)"},
		{"GroupQueryAttention", with(optest.Attrs{"sliding_window_cache": 1}), past(cache, cache), "sliding_window_cache"},
		{"GroupQueryAttention", slides, append(query[:3:3], cache, cache, ints(0), ints(4)), "input 5 (seqlens_k)"},
		{"GroupQueryAttention", with(nil), past(cache, cache, nil, nil, nil, nil, nil, nil, nil, nil, nil, ints(2)), ""},
		{"GroupQueryAttention", with(nil), past(cache, cache, nil, nil, nil, nil, nil, nil, nil, nil, nil, ints(3)), "input 16 (query_seqlens)"},
		{"GroupQueryAttention", with(nil), past(cache, cache, nil, nil, nil, nil, nil, nil, nil, nil, nil, ints(-1)), "input 16 (query_seqlens)"},
		{"GroupQueryAttention", with(nil), past(cache, cache, nil, nil, nil, nil, nil, nil, nil, nil, nil, ints(1, 1)), "input 16 (query_seqlens)"},
		{"GroupQueryAttention", with(optest.Attrs{"causal": 0}), past(cache, cache, nil, nil, nil, nil, nil, nil, nil, nil, nil, ints(1)), "unsupported"},
		{"MultiHeadAttention", heads, shared(ints(4), nil), ""},
		{"MultiHeadAttention", heads, shared(ints(5), nil), "input 8 (past_sequence_length)"},
		{"MultiHeadAttention", heads, shared(ints(-1), nil), "input 8 (past_sequence_length)"},
		{"MultiHeadAttention", heads, shared(ints(1, 1), nil), "input 8 (past_sequence_length)"},
		{"MultiHeadAttention", heads, shared(ints(4), beams(tensor.Shape{1, 2, 5}, 1)), ""},
		{"MultiHeadAttention", heads, shared(ints(4), beams(tensor.Shape{1, 2, 5}, 2)), "input 9 (cache_indirection)"},
		{"MultiHeadAttention", heads, shared(ints(4), beams(tensor.Shape{2, 1, 5}, -1)), "input 9 (cache_indirection)"},
		{"MultiHeadAttention", heads, shared(ints(4), beams(tensor.Shape{1, 2, 4}, 0)), "input 9 (cache_indirection)"},
		{"MultiHeadAttention", heads, shared(ints(4), beams(tensor.Shape{3, 1, 5}, 0)), "input 9 (cache_indirection)"},
		{"MultiHeadAttention", heads, shared(ints(4), beams(tensor.Shape{2, 0, 5}, 0)), "input 9 (cache_indirection)"},
		{"Attention", optest.Attrs{"num_heads": 2, "past_present_share_buffer": 1}, []tensor.Value{x(1, 2, 4), x(4, 12), nil, nil, x(2, 1, 2, 5, 2)}, "unsupported"},
		{"Attention", optest.Attrs{"num_heads": 2, "do_rotary": 1}, []tensor.Value{x(1, 2, 4), x(4, 12)}, "unsupported"},
		{"MatMulNBits", optest.Attrs{"N": 1, "K": 16, "block_size": 16}, []tensor.Value{x(2, 16), tensor.Of(tensor.Shape{1, 1, 8}, make([]uint8, 8)...), x(1), nil, beams(tensor.Shape{16}, 0)}, ""},
		{"MatMulNBits", optest.Attrs{"N": 1, "K": 16, "block_size": 16}, []tensor.Value{x(2, 16), tensor.Of(tensor.Shape{1, 1, 8}, make([]uint8, 8)...), x(1), nil, beams(tensor.Shape{16}, 1)}, "input 4 (g_idx)"},
		{"MatMulNBits", optest.Attrs{"N": 1, "K": 16, "block_size": 16}, []tensor.Value{x(2, 16), tensor.Of(tensor.Shape{1, 1, 8}, make([]uint8, 8)...), x(1), nil, beams(tensor.Shape{15}, 0)}, "input 4 (g_idx)"},
	} {
		for i, in := range c.inputs {
			if u, ok := in.(*tensor.Tensor); ok && u == nil {
				c.inputs[i] = nil
			}
		}
		_, err := optest.Run(Defs, optest.Node{Domain: domain, Op: c.op, Opset: 1, Attrs: c.attrs, Outputs: 2}, c.inputs...)
		if c.op == "MatMulNBits" {
			_, err = optest.Run(Defs, optest.Node{Domain: domain, Op: c.op, Opset: 1, Attrs: c.attrs}, c.inputs...)
		}
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s %v %v: got %v, want an error with %q", c.op, c.attrs, c.inputs, err, c.want)
		case c.want == "unsupported" && !errors.Is(err, ops.ErrUnsupported):
			t.Errorf("%s: %v is not ErrUnsupported", c.op, err)
		}
	}
}
