package contribq_test

import (
	"testing"

	"github.com/onnxrun/onnxrun/conformance"
	"github.com/onnxrun/onnxrun/internal/optest"
	"github.com/onnxrun/onnxrun/internal/optest/vectors"
	"github.com/onnxrun/onnxrun/ops/contribq"
	"github.com/onnxrun/onnxrun/tensor"
)

// The expected outputs are onnxruntime's; see contribq.md beside the archive.
func TestResultsAreThoseOfOnnxruntime(t *testing.T) {
	vectors.Replay(t, "contribq", conformance.Options{RTol: 1e-4, ATol: 1e-5}, 62)
}

func TestWrongShapesAreErrors(t *testing.T) {
	one, two := tensor.Scalar[float32](0.5), tensor.Of[float32](tensor.Shape{2}, 1, 2)
	zero, bytes := tensor.Scalar[uint8](7), tensor.Of[uint8](tensor.Shape{2}, 1, 2)
	signed := tensor.Of[int8](tensor.Shape{2}, 1, 2)
	a, b := tensor.Of[uint8](tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6), tensor.Of[uint8](tensor.Shape{3, 1}, 1, 2, 3)
	bias := tensor.Of[float32](tensor.Shape{3}, 1, 2, 3)
	image := tensor.Of[uint8](tensor.Shape{1, 2, 2, 1}, 1, 2, 3, 4)
	for _, c := range []struct {
		op    string
		attrs optest.Attrs
		good  []tensor.Value
		wrong map[int]tensor.Value
	}{
		{"QLinearAdd", nil, []tensor.Value{a, one, zero, a, one, zero, one, zero},
			map[int]tensor.Value{1: two, 2: bytes, 3: bytes, 4: two, 5: bytes, 6: tensor.Of[float32](tensor.Shape{0}), 7: tensor.Of[uint8](tensor.Shape{0})}},
		{"QLinearSigmoid", nil, []tensor.Value{a, one, zero, one, nil}, map[int]tensor.Value{1: two, 2: bytes, 3: two, 4: bytes}},
		{"QLinearLeakyRelu", nil, []tensor.Value{a, one, nil, one}, map[int]tensor.Value{3: two}},
		{"QLinearSoftmax", optest.Attrs{"opset": 13}, []tensor.Value{a, one, zero, one, zero}, map[int]tensor.Value{4: bytes}},
		{"QLinearConcat", optest.Attrs{"axis": 0}, []tensor.Value{one, zero, a, one, zero, a, two.At(1), zero},
			map[int]tensor.Value{0: two, 1: bytes, 2: signed, 3: zero, 4: one, 5: b, 6: two}},
		{"QLinearAveragePool", optest.Attrs{"kernel_shape": []int{2, 2}, "channels_last": 1}, []tensor.Value{image, one, zero, one, zero},
			map[int]tensor.Value{0: bytes, 2: bytes}},
		{"QLinearGlobalAveragePool", nil, []tensor.Value{image, one, zero, one, zero}, map[int]tensor.Value{0: zero, 1: two}},
		{"MatMulIntegerToFloat", nil, []tensor.Value{a, b, one, one, zero, zero, tensor.Of[float32](tensor.Shape{1}, 3)},
			map[int]tensor.Value{0: zero, 1: a, 2: two, 3: two, 4: signed, 5: bytes, 6: two}},
		{"DynamicQuantizeMatMul", nil, []tensor.Value{bias, b, one, zero}, map[int]tensor.Value{0: two, 1: zero, 2: two, 3: bytes}},
		{"QGemm", optest.Attrs{"transB": 1}, []tensor.Value{a, one, zero, a, one, zero, tensor.Scalar[int32](4), one, zero},
			map[int]tensor.Value{0: bytes, 1: two, 2: tensor.Of[uint8](tensor.Shape{3}, 1, 2, 3), 3: b, 4: bias, 5: b, 6: tensor.Of[int32](tensor.Shape{3}, 1, 2, 3), 7: two, 8: bytes}},
		{"QAttention", optest.Attrs{"num_heads": 1}, []tensor.Value{tensor.Of[uint8](tensor.Shape{1, 2, 1}, 1, 2), tensor.Of[uint8](tensor.Shape{1, 3}, 1, 2, 3), bias, one, one, nil, zero, zero},
			map[int]tensor.Value{0: a, 1: zero, 2: two, 3: two, 4: two, 6: bytes, 7: bytes}},
		{"DynamicQuantizeLSTM", nil, []tensor.Value{
			tensor.Of[float32](tensor.Shape{2, 1, 1}, 1, 2), tensor.Of[uint8](tensor.Shape{1, 1, 4}, 1, 2, 3, 4), tensor.Of[uint8](tensor.Shape{1, 1, 4}, 1, 2, 3, 4),
			nil, tensor.Of[int32](tensor.Shape{1}, 1), nil, nil, nil, two.Rows(0, 1), bytes.Rows(0, 1), two.Rows(0, 1), bytes.Rows(0, 1)},
			map[int]tensor.Value{0: two, 1: bytes, 2: zero, 3: two, 4: tensor.Of[int32](tensor.Shape{1}, 3), 5: two, 6: two, 7: two, 8: two, 9: bytes, 10: one, 11: zero}},
	} {
		for _, constants := range []bool{false, true} {
			n := optest.Node{Domain: "com.microsoft", Op: c.op, Opset: 1, Attrs: c.attrs, Constants: constants}
			if _, err := optest.Run(contribq.Defs, n, c.good...); err != nil {
				t.Errorf("%s: %v", c.op, err)
			}
			for i, v := range c.wrong {
				in := append([]tensor.Value(nil), c.good...)
				in[i] = v
				if _, err := optest.Run(contribq.Defs, n, in...); err == nil {
					t.Errorf("%s, input %d as %v: got no error", c.op, i, v)
				}
			}
		}
	}
}
