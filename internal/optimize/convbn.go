package optimize

import (
	"math"
	"slices"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/tensor"
)

// foldConvBatchNorm turns
//
//	y = scale · (conv(x, W, b) − mean) / √(var + ε) + B
//
// into one convolution with the weights W·s and the bias (b − mean)·s + B,
// where s = scale / √(var + ε) for each output channel. A transposed
// convolution is folded in the same way.
func foldConvBatchNorm(g *graph) {
	uses := g.uses()
	for _, b := range g.bodies() {
		b.Nodes = slices.DeleteFunc(b.Nodes, func(bn *onnx.Node) bool {
			if bn.OpType != "BatchNormalization" || bn.Domain != "" || !infers(bn) {
				return false
			}
			conv := bn.Inputs[0].Producer
			if conv == nil || conv.OpType != "Conv" && conv.OpType != "ConvTranspose" || conv.Domain != "" || len(conv.Inputs) < 2 || !single(conv) || uses[bn.Inputs[0]] != 1 || bn.Inputs[0].Graph != b {
				return false
			}
			w, bias, ok := folded(conv, bn)
			if !ok {
				return false
			}
			conv.Inputs = []*onnx.Value{
				conv.Inputs[0],
				newConstant(b, bn.Outputs[0].Name+"/W", w),
				newConstant(b, bn.Outputs[0].Name+"/B", bias),
			}
			conv.Outputs[0] = bn.Outputs[0]
			bn.Outputs[0].Producer = conv
			return true
		})
	}
}

// infers reports whether a BatchNormalization uses the given statistics, per
// channel, and has no output but the first.
func infers(bn *onnx.Node) bool {
	get := func(name string, def int64) int64 {
		if a := bn.Attr(name); a != nil {
			return a.Int
		}
		return def
	}
	if len(bn.Inputs) < 5 || len(bn.Outputs) == 0 || slices.Contains(bn.Inputs, nil) || bn.Outputs[0] == nil {
		return false
	}
	for _, o := range bn.Outputs[1:] {
		if o != nil {
			return false
		}
	}
	switch {
	case bn.Opset < 7:
		return get("is_test", 0) != 0 && get("spatial", 1) == 1
	case bn.Opset < 9:
		return get("spatial", 1) == 1
	}
	return get("training_mode", 0) == 0
}

// folded returns the weights and bias of the joined convolution; ok is false
// where the operands are not constants of matching float32 shapes.
func folded(conv, bn *onnx.Node) (w, b *tensor.Tensor, ok bool) {
	wt := floatConstant(conv.Inputs[1])
	scale, shift, mean, variance := floatConstant(bn.Inputs[1]), floatConstant(bn.Inputs[2]), floatConstant(bn.Inputs[3]), floatConstant(bn.Inputs[4])
	if wt == nil || wt.Rank() < 2 || wt.Len() == 0 {
		return nil, nil, false
	}
	m, channel := channelsOf(conv, wt)
	if m < 0 {
		return nil, nil, false
	}
	bias := make([]float32, m)
	if len(conv.Inputs) > 2 && conv.Inputs[2] != nil {
		t := floatConstant(conv.Inputs[2])
		if t == nil || t.Len() != m {
			return nil, nil, false
		}
		copy(bias, tensor.Data[float32](t))
	}
	for _, t := range []*tensor.Tensor{scale, shift, mean, variance} {
		if t == nil || t.Len() != m {
			return nil, nil, false
		}
	}
	epsilon := float32(1e-5)
	if a := bn.Attr("epsilon"); a != nil {
		epsilon = a.Float
	}
	w = wt.Clone()
	wd := tensor.Data[float32](w)
	factor := make([]float64, m)
	for i := range m {
		s := float64(tensor.Data[float32](scale)[i]) / math.Sqrt(float64(tensor.Data[float32](variance)[i])+float64(epsilon))
		factor[i] = s
		bias[i] = float32((float64(bias[i])-float64(tensor.Data[float32](mean)[i]))*s + float64(tensor.Data[float32](shift)[i]))
	}
	for i := range wd {
		wd[i] = float32(float64(wd[i]) * factor[channel(i)])
	}
	return w, tensor.Of(tensor.Shape{m}, bias...), true
}

// channelsOf returns how many output channels a convolution has, and which of
// them an element of its weights belongs to. Weights are [out, in/group, …], of
// transposed convolutions [in, out/group, …]. There are no channels where group
// does not divide them.
func channelsOf(conv *onnx.Node, w *tensor.Tensor) (n int, channel func(i int) int) {
	if conv.OpType == "Conv" {
		row := w.Shape().Span(1, w.Rank())
		return w.Dim(0), func(i int) int { return i / row }
	}
	group, each, inner := intOf(conv, "group", 1), w.Dim(1), w.Shape().Span(2, w.Rank())
	if group < 1 || w.Dim(0)%group != 0 {
		return -1, nil
	}
	in := w.Dim(0) / group
	return each * group, func(i int) int {
		row := i / inner // of all input channels' output channels
		return row/each/in*each + row%each
	}
}

// floatConstant returns the float32 tensor that v is known to be, nil if none.
func floatConstant(v *onnx.Value) *tensor.Tensor {
	if v == nil || !v.Constant() {
		return nil
	}
	if t, ok := v.Const.(*tensor.Tensor); ok && t.DType() == tensor.F32 {
		return t
	}
	return nil
}
